//! The sign-in policy: what an instance demands of everybody who signs in.

mod api;
mod change;
mod model;
mod row;

pub(crate) use api::routes;
pub use model::{Policy, PolicyPatch};
pub(crate) use row::{load, requires_second_factor};
