//! Archived copies of resources: kept on request, whenever a resource is deleted, and before one is overwritten by an
//! older copy of itself. From a copy a resource comes back as it was, under its own id.

pub(crate) mod api;
mod back_up;
mod keep;
mod model;
mod read;
mod restore;
pub(crate) mod v1;

pub(crate) use keep::keep;
pub(crate) use model::Reason;
pub use model::{ArchivedCopy, Backup};
pub(crate) use read::{backups, backups_below};
