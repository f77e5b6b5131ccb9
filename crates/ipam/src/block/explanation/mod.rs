//! Why a smart assign takes what it takes, or finds nothing: the sets of free blocks that there are, and for each the
//! criterion that leaves it out.

mod model;
mod words;

pub(crate) use model::Explanation;
pub(super) use words::{explain, summary};
