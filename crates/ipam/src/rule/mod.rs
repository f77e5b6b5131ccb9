//! IPAM rules: named sets of positions that are kept back in every block that carries the rule.
//!
//! A rule is about the parts of its block: whatever holds one of its positions is not given away, neither by a search
//! nor by name. The whole block may be. All below the block know the rule by their profile, so a search finds what may be
//! given away without looking at a rule.

mod add;
pub(crate) mod api;
mod carry;
mod change;
mod delete;
mod kept;
mod model;
mod read;
mod row;

pub(crate) use carry::{carry, refuse_kept_back, rule_for};
pub(crate) use kept::Ruled;
pub(crate) use read::is_current;
pub(crate) use row::Rule;
