//! What goes in and out at `/resources`.

mod answer;
mod change;
mod list;

pub(super) use answer::ResourceBody;
pub(crate) use change::read_id;
pub(super) use change::{Recursive, ResourceInput};
pub(super) use list::{ListQuery, QueryBody};
