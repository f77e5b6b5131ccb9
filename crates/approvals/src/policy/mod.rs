//! Policies: what the members of a group may do without asking, not at all, or once others agree.

mod add;
pub(crate) mod api;
mod change;
mod delete;
mod model;
mod read;
mod row;
mod rules;

pub use model::{Effect, NewPolicy, Policy};
pub(crate) use row::PolicyRow;
pub(crate) use rules::{Rules, approvers_of};
