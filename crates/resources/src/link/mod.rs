//! Links: named relations between two resources.

mod add;
mod model;
mod read;
pub(crate) mod v1;

pub use add::{NewLink, add_link};
pub use model::{Link, LinkFilter, Side};
pub use read::{FoundLinks, LinkQuery, find_links};
pub(crate) use read::{links_of, remove_all};
