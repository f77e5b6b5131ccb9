//! Files attached to resources: contracts, diagrams, photographs of racks.
//!
//! The record of a file is a row as any other. The file itself is an object in a [`Storage`] outside of the database.
//! Objects are written before their record and removed after it, never inside a transaction; what is left over in
//! between, because a node died, is removed by a job ([`sweep`]).

mod add;
pub(crate) mod api;
mod delete;
mod inspect;
mod media_type;
mod model;
mod read;
mod storage;
mod sweep;

pub use model::Attachment;
pub(crate) use read::{attachment, attachments};
pub use storage::Storage;
pub(crate) use sweep::Sweep;
