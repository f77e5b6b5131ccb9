//! The resource itself: a node of the tree.

mod add;
pub(crate) mod api;
mod clone;
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
mod update_many;
pub(crate) mod v1;
mod visible;

use add::insert;
pub use add::{NewResource, add};
pub(crate) use clone::NewClone;
pub use details::{Details, Load, details};
pub(crate) use find::top_of_tree;
pub use find::{Found, find, page};
pub use history::{ResourceChange, history};
pub use model::Resource;
pub(crate) use model::TREE;
pub use past::details_as_of;
pub use query::{Modified, OrderBy, ResourceQuery, SearchColumn};
pub use read::{get, join, load, named_like};
pub use rule::SectionRef;
pub(crate) use rule::section_named;
pub use update::{ResourcePatch, update};
pub use visible::{visible, visible_condition};
