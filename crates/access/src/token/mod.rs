//! API tokens: what a program shows instead of its user's password. A token may do what its user may do.

mod api;
mod last_use;
mod list;
mod make;
mod model;
mod revoke;
mod row;

pub(crate) use api::routes;
pub(crate) use last_use::{LastUse, note_use};
pub use model::{MadeToken, NewToken, Token};
pub(crate) use revoke::delete_all_of;
pub(crate) use row::{LETTERS, PREFIX, TokenRow, hash};
