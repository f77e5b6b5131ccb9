//! A rule in API v2.

use std::collections::BTreeSet;

use kernel::{Error, Result, RuleId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Rule;

/// A rule
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct IpamRule {
    /// Its id.
    #[schema(value_type = i64, example = 3)]
    pub(super) id: RuleId,
    /// Its name.
    #[schema(example = "gateways")]
    pub(super) name: String,
    /// The positions that it keeps back: 1 is the first address of a block, 2 the second; 0 is the last, -1 the one before
    /// it.
    #[schema(example = json!([1, 2, 0]))]
    pub(super) positions: Vec<i64>,
}

impl From<Rule> for IpamRule {
    fn from(rule: Rule) -> Self {
        let positions = rule.positions();
        Self { id: rule.id, name: rule.name, positions }
    }
}

/// A rule to add
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRule {
    /// Its name: 1 to 100 characters, and no other rule's.
    #[schema(example = "gateways")]
    pub(super) name: String,
    /// 1 to 256 positions, in any order.
    #[schema(example = json!([1, 2, 0]))]
    pub(super) positions: Vec<i64>,
}

/// What is to be changed; what is not named stays
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RulePatch {
    /// Its name.
    #[serde(default)]
    pub(super) name: Option<String>,
    /// Its positions. The blocks that carry the rule follow.
    #[serde(default)]
    pub(super) positions: Option<Vec<i64>>,
}

/// The most positions of one rule.
const MOST: usize = 256;
/// The farthest position, from either end: the addresses of the whole of IPv4.
const FARTHEST: i64 = 1 << 32;

/// The positions as they are kept: in the order in which they were given, each once.
pub(super) fn checked(positions: &[i64]) -> Result<String> {
    if positions.is_empty() || positions.len() > MOST {
        return Err(Error::invalid("positions", format!("must be 1 to {MOST} positions")));
    }
    if let Some(far) = positions.iter().find(|position| !(-FARTHEST..=FARTHEST).contains(*position)) {
        return Err(Error::invalid(
            "positions",
            format!("{far} is too far from either end; use -{FARTHEST} to {FARTHEST}"),
        ));
    }
    let mut seen = BTreeSet::new();
    let once: Vec<i64> = positions.iter().copied().filter(|position| seen.insert(*position)).collect();
    serde_json::to_string(&once).map_err(Error::internal)
}
