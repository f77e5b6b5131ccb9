//! Groups of users. Permissions are given to groups, never to a user alone.

mod add;
mod api;
mod change;
mod delete;
mod member;
mod model;
mod read;
mod row;
mod set_members;

pub(crate) use add::insert;
pub(crate) use api::routes;
pub use member::groups_in_force;
pub(crate) use member::{MemberRow, add_member, groups_of};
pub(crate) use model::GroupName;
pub use model::{Group, GroupPatch, Member, NewGroup};
pub use read::groups_by_id;
pub(crate) use read::load;
pub use read::load_group;
pub(crate) use row::GroupRow;
