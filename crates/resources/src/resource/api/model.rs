//! What goes in and out at `/resources`.

mod answer;
mod change;
mod list;

pub(super) use answer::ResourceBody;
pub(crate) use answer::{attribute_values, shown};
pub(super) use change::{Recursive, ResourceInput};
pub(crate) use change::{read_attributes, read_id};
pub(super) use list::{Limit, ListQuery, QueryBody, Top};
