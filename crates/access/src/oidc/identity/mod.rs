//! By whom a provider means which of our users. One is made when somebody first signs in and becomes a user; for a user who
//! is there already, an administrator makes it.

mod add;
mod api;
mod delete;
mod model;
mod read;
mod row;

pub(crate) use api::routes;
pub(super) use delete::delete_all_at;
pub(crate) use delete::delete_all_of;
pub use model::{ExternalIdentity, NewExternalIdentity};
pub(super) use row::{IdentityRow, find, insert};
