//! Where in a free leaf a block is put: at its low end, unless addresses of the leaf are kept back by a rule or its
//! aggregate is allocated sparsely. Arithmetic alone.

use kernel::Prefix;
use serde::{Deserialize, Serialize};

use crate::rule::Ruled;

/// How blocks are spread over a sparse aggregate: always into the largest gap, and there to this place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scheme {
    /// To its low end.
    Leftmost,
    /// To its middle.
    Center,
    /// To its high end.
    Rightmost,
}

impl Scheme {
    const ALL: [Self; 3] = [Self::Leftmost, Self::Center, Self::Rightmost];

    /// The word for it in every API.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Leftmost => "leftmost",
            Self::Center => "center",
            Self::Rightmost => "rightmost",
        }
    }

    /// The scheme of this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.name().eq_ignore_ascii_case(name.trim()))
    }

    /// The number that stands for it in `sparse_allocation_id`.
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Leftmost => 1,
            Self::Center => 2,
            Self::Rightmost => 3,
        }
    }
}

/// Where a block of this mask is put in a leaf; nothing when whatever would fit holds an address that is kept back.
pub(crate) fn place(leaf: Prefix, mask: u8, scheme: Option<Scheme>, rule: Option<&Ruled>) -> Option<Prefix> {
    let kept = match rule {
        // A rule is about parts of its block. The whole of it may be given away.
        Some(rule) if mask > rule.mask => rule.kept_in(leaf),
        _ => Vec::new(),
    };
    match scheme {
        None | Some(Scheme::Leftmost) => lowest(leaf, mask, leaf.first(), &kept),
        Some(Scheme::Rightmost) => highest(leaf, mask, leaf.last(), &kept),
        Some(Scheme::Center) => {
            let Some((low, high)) = leaf.halves().filter(|_| mask > leaf.mask()) else {
                return lowest(leaf, mask, leaf.first(), &kept);
            };
            lowest(high, mask, high.first(), &kept).or_else(|| highest(low, mask, low.last(), &kept))
        }
    }
}

/// The shortest mask of a part of a leaf in which nothing is kept back; nothing when all of it is.
pub(super) fn shortest(leaf: Prefix, rule: &Ruled) -> Option<u8> {
    let kept = rule.kept_in(leaf);
    let parts = leaf.mask().max(rule.mask.saturating_add(1))..=leaf.family().bits();
    parts.into_iter().find(|mask| lowest(leaf, *mask, leaf.first(), &kept).is_some())
}

/// The first block of this mask from this address on in which nothing is kept back.
fn lowest(leaf: Prefix, mask: u8, from: u128, kept: &[u128]) -> Option<Prefix> {
    let mut next = Some(from);
    while let Some(at) = next.filter(|at| *at <= leaf.last()) {
        let candidate = Prefix::containing(leaf.family(), at, mask).filter(|found| leaf.contains(*found))?;
        if is_clear(candidate, kept) {
            return Some(candidate);
        }
        next = candidate.last().checked_add(1);
    }
    None
}

/// The last block of this mask up to this address in which nothing is kept back.
fn highest(leaf: Prefix, mask: u8, to: u128, kept: &[u128]) -> Option<Prefix> {
    let mut next = Some(to);
    while let Some(at) = next.filter(|at| *at >= leaf.first()) {
        let candidate = Prefix::containing(leaf.family(), at, mask).filter(|found| leaf.contains(*found))?;
        if is_clear(candidate, kept) {
            return Some(candidate);
        }
        next = candidate.first().checked_sub(1);
    }
    None
}

fn is_clear(candidate: Prefix, kept: &[u128]) -> bool {
    let at = kept.partition_point(|address| *address < candidate.first());
    kept.get(at).is_none_or(|address| *address > candidate.last())
}

/// The address that keeps a range from being given away, if one does.
pub(crate) fn kept_back(wanted: Prefix, rule: &Ruled) -> Option<u128> {
    if wanted.mask() <= rule.mask {
        return None;
    }
    rule.kept_in(wanted).first().copied()
}

/// The lowest address of a leaf that may be given away.
pub(crate) fn first_address(leaf: Prefix, rule: Option<&Ruled>) -> Option<Prefix> {
    place(leaf, leaf.family().bits(), None, rule)
}

#[cfg(test)]
mod tests {
    use kernel::{Family, RuleId};
    use proptest::prelude::*;

    use super::*;

    fn prefix(text: &str) -> Prefix {
        text.parse().unwrap()
    }

    fn rule(mask: u8, positions: &[i64]) -> Ruled {
        Ruled { id: RuleId(1), mask, positions: positions.to_vec() }
    }

    fn placed(leaf: &str, mask: u8, scheme: Option<Scheme>, rule: Option<&Ruled>) -> Option<String> {
        place(prefix(leaf), mask, scheme, rule).map(|found| found.to_string())
    }

    #[test]
    fn what_a_rule_keeps_back_is_stepped_over() {
        let gateways = rule(24, &[1, 2, 0]);
        let found = |leaf, mask| placed(leaf, mask, None, Some(&gateways));
        assert_eq!(found("10.0.0.0/24", 32).as_deref(), Some("10.0.0.2/32"));
        assert_eq!(found("10.0.0.0/24", 31).as_deref(), Some("10.0.0.2/31"));
        assert_eq!(found("10.0.0.0/24", 26).as_deref(), Some("10.0.0.64/26"));
        assert_eq!(found("10.0.0.0/24", 25), None, "both halves hold an end of the block");
        assert_eq!(found("10.0.0.0/24", 24).as_deref(), Some("10.0.0.0/24"), "the whole of it may be given away");
        assert_eq!(found("10.0.0.0/31", 32), None);
        assert_eq!(found("10.0.0.254/31", 32).as_deref(), Some("10.0.0.254/32"));
        assert_eq!(shortest(prefix("10.0.0.0/24"), &gateways), Some(26));
        assert_eq!(shortest(prefix("10.0.0.0/31"), &gateways), None);
    }

    #[test]
    fn sparse_blocks_go_to_the_ends_or_the_middle_of_a_gap() {
        let found = |scheme| placed("2001:db8::/32", 48, Some(scheme), None).unwrap();
        assert_eq!(found(Scheme::Leftmost), "2001:db8::/48");
        assert_eq!(found(Scheme::Center), "2001:db8:8000::/48");
        assert_eq!(found(Scheme::Rightmost), "2001:db8:ffff::/48");
        assert_eq!(placed("2001:db8::/48", 48, Some(Scheme::Center), None).unwrap(), "2001:db8::/48");
        let last = rule(32, &[0]);
        assert_eq!(
            placed("2001:db8::/32", 48, Some(Scheme::Rightmost), Some(&last)).unwrap(),
            "2001:db8:fffe::/48",
            "a rule goes before a scheme"
        );
    }

    proptest! {
        #[test]
        fn a_place_is_found_exactly_where_there_is_one(
            leaf in 24_u8..=32, at in 0_u32..256, mask in 24_u8..=32,
            positions in proptest::collection::vec(-260_i64..260, 0..12),
            scheme in proptest::sample::select(vec![None, Some(Scheme::Leftmost), Some(Scheme::Center), Some(Scheme::Rightmost)]),
        ) {
            let rule = rule(24, &positions);
            let leaf = Prefix::containing(Family::Ipv4, 0x0a00_0000 + u128::from(at), leaf).unwrap();
            let kept = rule.kept_in(leaf);
            let all = (0..256_u128).filter_map(|n| Prefix::containing(Family::Ipv4, 0x0a00_0000 + n, mask.max(leaf.mask())));
            let fits: Vec<Prefix> = all
                .filter(|p| leaf.contains(*p))
                .filter(|p| p.mask() == 24 || !kept.iter().any(|k| (p.first()..=p.last()).contains(k)))
                .collect();
            let found = place(leaf, mask.max(leaf.mask()), scheme, Some(&rule));
            prop_assert_eq!(found.is_some(), !fits.is_empty());
            prop_assert!(found.is_none_or(|found| fits.contains(&found)));
            if leaf.mask() > 24 {
                prop_assert_eq!(shortest(leaf, &rule).is_some_and(|m| m <= mask.max(leaf.mask())), !fits.is_empty());
            }
        }
    }
}
