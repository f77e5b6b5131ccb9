//! Which addresses a rule keeps back. Arithmetic alone.

use kernel::{Prefix, RuleId};
use serde::{Deserialize, Serialize};

/// A rule at work: as a part of the profile of the block that carries it and of all below.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Ruled {
    /// The rule.
    pub(crate) id: RuleId,
    /// The mask of the block that carries it, whose positions are counted.
    pub(crate) mask: u8,
    /// The positions, sorted: 1 is the first address, 0 the last, -1 the one before the last.
    pub(crate) positions: Vec<i64>,
}

impl Ruled {
    /// The addresses that are kept back within a range that lies in the block of the rule, in order.
    pub(crate) fn kept_in(&self, range: Prefix) -> Vec<u128> {
        let Some(block) = Prefix::containing(range.family(), range.first(), self.mask) else { return Vec::new() };
        let address = |position: &i64| {
            let step = u128::from(position.unsigned_abs());
            let at = if *position > 0 { block.first().checked_add(step - 1) } else { block.last().checked_sub(step) };
            at.filter(|at| (range.first()..=range.last()).contains(at))
        };
        let mut kept: Vec<u128> = self.positions.iter().filter_map(address).collect();
        kept.sort_unstable();
        kept.dedup();
        kept
    }

    /// The position of an address of the block, as people would name it: counted from the nearer end.
    pub(crate) fn position_of(&self, range: Prefix, address: u128) -> Option<i64> {
        let block = Prefix::containing(range.family(), range.first(), self.mask)?;
        let from_first = i64::try_from(address - block.first()).ok().map(|n| n + 1);
        let from_last = i64::try_from(block.last() - address).ok().map(|n| -n);
        [from_first, from_last].into_iter().flatten().find(|position| self.positions.contains(position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(positions: &[i64], range: &str) -> Vec<u128> {
        let rule = Ruled { id: RuleId(1), mask: 29, positions: positions.to_vec() };
        let range: Prefix = range.parse().unwrap();
        rule.kept_in(range).into_iter().map(|address| address - 0x0a00_0000).collect()
    }

    #[test]
    fn positions_count_from_both_ends() {
        assert_eq!(kept(&[1, 2, 0, -1], "10.0.0.0/29"), [0, 1, 6, 7]);
        assert_eq!(kept(&[8, 0], "10.0.0.0/29"), [7], "two names of one address");
        assert_eq!(kept(&[9, -8, i64::MAX, i64::MIN], "10.0.0.0/29"), [0_u128; 0], "beyond the block there is nothing");
        assert_eq!(kept(&[1, 2, 0, -1], "10.0.0.4/30"), [6, 7]);
    }
}
