//! Permissions: what a group may do with a resource and all below it.

mod api;
mod explain;
mod grants;
mod model;
mod read;
mod row;
mod set;

pub(crate) use api::{routes, routes_of_users};
pub use explain::{Explanation, Given, Reason, TakenAway};
pub(crate) use grants::{in_force, of_group, of_user};
pub use model::Permission;
pub(crate) use row::PermissionRow;
pub(crate) use set::insert;
