//! API tokens: what a program shows instead of its user's password. A token may do what its user may do, or less.

mod api;
mod bounds;
mod last_use;
mod list;
mod make;
mod model;
mod revoke;
mod row;
mod scope;

pub(crate) use api::routes;
pub use bounds::Bounds;
pub(crate) use last_use::{LastUse, note_use};
pub(crate) use make::require_all_rights;
pub use model::{MadeToken, NewToken, Token};
pub(crate) use revoke::delete_all_of;
pub(crate) use row::{LETTERS, PREFIX, TokenRow, hash};
