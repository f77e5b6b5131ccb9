//! LIRs: local Internet registries, each an account at a regional one. An LIR is a resource of kind `lir`, so that rights,
//! links to contacts and search are those of every resource; what an account is made of stands in a table of its own,
//! the API key and the password sealed with the master key.

mod add;
pub(crate) mod api;
mod change;
mod delete;
mod model;
mod read;
mod row;

pub(crate) use delete::guard;
pub use model::{Lir, LirPatch, NewLir};
pub(crate) use model::{RIRS, handle};
pub(crate) use read::{check, load, visible};
pub(crate) use row::{LirRow, Secret};

/// The kind of the resource that an LIR is.
pub(crate) const LIR: &str = "lir";
