//! Users: people and programs that sign in.

mod add;
mod administrator;
mod api;
mod change;
mod change_password;
mod delete;
mod me;
mod model;
mod password;
mod read;
mod reset_password;
mod row;

pub(crate) use add::{insert, insert_outsider};
pub(crate) use administrator::require_administrator;
pub(crate) use api::routes;
pub(crate) use model::check_name;
pub use model::{Me, NewUser, User, UserPatch};
pub(crate) use password::{Passwords, Turn, check_new, check_new_of};
pub use read::address_of;
pub(crate) use read::{by_name, load};
pub(crate) use row::UserRow;
