//! The scenarios: each fills what it needs, measures, and reports its figures.

pub(crate) mod assign;
mod disk;
pub(crate) mod import;
pub(crate) mod read;
mod requests;
pub(crate) mod resources;
pub(crate) mod shared;
pub(crate) mod start;
