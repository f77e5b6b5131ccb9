//! What goes in and out at `/resources`.

mod answer;
mod change;
mod list;

pub(crate) use answer::{ResourceBody, attribute_values, shown};
pub(super) use change::{Recursive, ResourceInput};
pub(crate) use change::{read_attributes, read_id};
pub(crate) use list::AttributeBody;
pub(super) use list::{Limit, ListQuery, QueryBody, Top};
