//! The resource itself: a node of the tree.

mod add;
pub(crate) mod api;
mod delete;
mod details;
mod find;
mod history;
mod model;
mod past;
mod place;
mod query;
mod read;
mod rule;
mod shape;
mod slug;
mod update;
pub(crate) mod v1;
mod visible;

pub use add::{NewResource, add};
pub use details::{Details, Load, details};
pub use find::{Found, find, page};
pub use history::{ResourceChange, history};
pub use model::Resource;
pub(crate) use model::TREE;
pub use past::details_as_of;
pub use query::{OrderBy, ResourceQuery, SearchColumn};
pub use read::{get, join, load, named_like};
pub use rule::SectionRef;
pub use update::{ResourcePatch, update};
pub use visible::{visible, visible_condition};
