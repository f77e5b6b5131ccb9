//! The free space, in memory: which leaves can be given away, by what a request asks for.
//!
//! The table of blocks is the truth; the index is a cache beside it. It is only used by whoever holds the lock on
//! blocks, and every change it leads to repeats its precondition in the statement, so that a stale index can lead to
//! a refusal but never to a double assignment.

mod class;
mod edit;
mod index;
mod journal;
mod placement;
mod survey;

pub(crate) use edit::{Edit, LOCK};
pub(crate) use index::{Found, FreeLeaf, Place, Pool};
pub(crate) use placement::{Scheme, first_address, kept_back};
pub(crate) use survey::{Obstacle, Set};
