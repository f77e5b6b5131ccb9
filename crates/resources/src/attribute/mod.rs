//! Attributes: what is written on a resource, by name. One name may have several values, in order.

pub(crate) mod api;
mod change;
mod decode;
mod filter;
mod in_use;
mod model;
mod read;
mod sealed;
mod write;

pub use change::AttributeChange;
pub use filter::{AttributeFilter, Comparison, Join, Values};
pub(crate) use filter::{LONGEST, Lookup, SECTION, condition, like, telling};
pub(crate) use in_use::in_use;
pub use model::{Attribute, Attributes};
pub(crate) use read::{as_they_were, holders, load, load_named};
pub(crate) use sealed::{MASK, set_key};
pub(crate) use write::{add, check, drop_lost, remove_all, set};
