//! Attributes: what is written on a resource, by name. One name may have several values, in order.

pub(crate) mod api;
mod change;
mod filter;
mod model;
mod read;
mod write;

pub use change::AttributeChange;
pub use filter::{AttributeFilter, Comparison, Join, Values};
pub(crate) use filter::{Form, LONGEST, SECTION, condition, like, telling};
pub use model::{Attribute, Attributes};
pub(crate) use read::{as_they_were, holders, load, load_named};
pub(crate) use write::{add, check, remove_all, set};
