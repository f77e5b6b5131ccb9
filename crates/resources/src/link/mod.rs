//! Links: named relations between two resources.

mod add;
pub(crate) mod api;
mod change;
mod model;
mod named;
mod read;
mod remove;
mod set;
pub(crate) mod v1;

pub use add::{NewLink, add_link};
pub use model::{Link, LinkFilter, Side};
pub use read::{FoundLinks, LinkQuery, find_links};
pub(crate) use read::{all_of, links_of, remove_all};
