//! What goes in and out at `/resources`.

mod answer;
mod change;
mod list;

pub(super) use answer::ResourceBody;
pub(super) use change::{Recursive, ResourceInput};
pub(super) use list::{ListQuery, QueryBody};
