//! Arithmetic of the tree: which nodes a split makes. No I/O.

use kernel::{Error, Prefix, Result};

/// The most leaves that one call may make: beyond that a list of them helps nobody, and the rows would hold up
/// everyone else.
pub(crate) const MOST_PIECES: u32 = 65_536;

/// How far a block is to be split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pieces {
    /// Into its two halves.
    Halves,
    /// All of it into blocks of this mask.
    All(u8),
    /// Into this many equal blocks, a power of two.
    Count(u32),
    /// Until there are this many blocks of this mask at the low end; the rest stays as large as possible.
    Some(u8, u32),
}

impl Pieces {
    /// What the parameters of a split ask for; they are named as the caller knows them.
    pub(crate) fn of(block: Prefix, mask: Option<u8>, limit: Option<u32>, names: (&str, &str)) -> Result<Self> {
        let longest = block.family().bits();
        if block.mask() == longest {
            return Err(Error::conflict(format!("{block} is a single address and can't be split")));
        }
        if let Some(mask) = mask
            && !(block.mask() + 1..=longest).contains(&mask)
        {
            let message = format!("{block} can be split to masks /{} to /{longest}, not /{mask}", block.mask() + 1);
            return Err(Error::invalid(names.0, message));
        }
        if let Some(limit) = limit
            && (limit < 2 || !limit.is_power_of_two())
        {
            return Err(Error::invalid(names.1, format!("{limit} is not a power of two of at least 2")));
        }
        let depth = |pieces: u32| u8::try_from(pieces.ilog2()).unwrap_or(u8::MAX);
        let pieces = match (mask, limit) {
            (None, None) => Self::Halves,
            (Some(mask), None) => Self::All(mask),
            (None, Some(limit)) if block.mask().saturating_add(depth(limit)) > longest => {
                return Err(Error::invalid(names.1, format!("{block} has fewer than {limit} addresses")));
            }
            (None, Some(limit)) => Self::Count(limit),
            // As many as there are, or more: all.
            (Some(mask), Some(limit)) if depth(limit) >= mask - block.mask() => Self::All(mask),
            (Some(mask), Some(limit)) => Self::Some(mask, limit),
        };
        let count = match pieces {
            Self::Halves => 2,
            Self::All(mask) => 1_u128 << (mask - block.mask()).min(127),
            Self::Count(count) | Self::Some(_, count) => u128::from(count),
        };
        if count > u128::from(MOST_PIECES) {
            let message = format!("this would make {count} blocks; one call makes at most {MOST_PIECES}");
            return Err(Error::invalid(if mask.is_some() { names.0 } else { names.1 }, message));
        }
        Ok(pieces)
    }

    /// Whether a node inside the block has to be split as well.
    pub(crate) fn splits(self, block: Prefix, node: Prefix) -> bool {
        match self {
            Self::Halves => node == block,
            Self::All(mask) => node.mask() < mask,
            Self::Count(count) => u32::from(node.mask() - block.mask()) < count.ilog2(),
            Self::Some(mask, count) => {
                // The wanted ones are the first `count` blocks of the mask: one node of that size, at the low end.
                let whole = mask - u8::try_from(count.ilog2()).unwrap_or(0);
                let wanted = Prefix::containing(block.family(), block.first(), whole);
                node.mask() < mask && wanted.is_some_and(|wanted| wanted.overlaps(node))
            }
        }
    }

    /// The leaves, in address order.
    #[cfg(test)]
    fn leaves(self, block: Prefix) -> Vec<Prefix> {
        let (mut leaves, mut nodes) = (Vec::new(), vec![block]);
        while let Some(node) = nodes.pop() {
            match node.halves().filter(|_| self.splits(block, node)) {
                Some((low, high)) => nodes.extend([high, low]),
                None => leaves.push(node),
            }
        }
        leaves
    }
}

/// The percentage of a part, cut (not rounded) to six decimals, as the mask report shows it.
pub(crate) fn percentage(part: u128, whole: u128) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    // Cut to what keeps the product below 2^128; both sides lose the same bits.
    let shift = 128_u32.saturating_sub(part.leading_zeros()).saturating_sub(100);
    let millionths = (part >> shift) * 100_000_000 / (whole >> shift).max(1);
    #[expect(clippy::cast_precision_loss, reason = "at most 10^8, which an f64 holds exactly")]
    let millionths = millionths as f64;
    millionths / 1_000_000.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn prefix(text: &str) -> Prefix {
        text.parse().unwrap()
    }

    fn pieces(block: &str, mask: Option<u8>, limit: Option<u32>) -> Result<Vec<String>> {
        let block = prefix(block);
        let pieces = Pieces::of(block, mask, limit, ("autoSplitToMask", "autoSplitLimit"))?;
        Ok(pieces.leaves(block).iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_limit_alone_makes_that_many_equal_blocks() {
        let four = ["10.0.0.0/26", "10.0.0.64/26", "10.0.0.128/26", "10.0.0.192/26"];
        assert_eq!(pieces("10.0.0.0/24", None, Some(4)).unwrap(), four);
        assert_eq!(pieces("10.0.0.0/24", None, None).unwrap(), ["10.0.0.0/25", "10.0.0.128/25"]);
    }

    #[test]
    fn a_mask_with_a_limit_keeps_the_rest_large() {
        let some = ["10.0.0.0/29", "10.0.0.8/29", "10.0.0.16/28", "10.0.0.32/27", "10.0.0.64/26", "10.0.0.128/25"];
        assert_eq!(pieces("10.0.0.0/24", Some(29), Some(2)).unwrap(), some);
        assert_eq!(pieces("10.0.0.0/24", Some(26), Some(64)).unwrap().len(), 4);
    }

    #[test]
    fn refusals_name_the_parameter() {
        let error = |block: &str, mask, limit| pieces(block, mask, limit).unwrap_err().to_string();
        assert_eq!(error("10.0.0.1/32", None, None), "10.0.0.1/32 is a single address and can't be split");
        assert_eq!(
            error("10.0.0.0/24", Some(24), None),
            "autoSplitToMask: 10.0.0.0/24 can be split to masks /25 to /32, not /24"
        );
        assert_eq!(error("10.0.0.0/24", None, Some(3)), "autoSplitLimit: 3 is not a power of two of at least 2");
        assert_eq!(error("10.0.0.0/30", None, Some(8)), "autoSplitLimit: 10.0.0.0/30 has fewer than 8 addresses");
        assert!(
            error("2001:db8::/32", Some(64), None).starts_with("autoSplitToMask: this would make 4294967296 blocks")
        );
        assert!(error("::/0", Some(128), None).contains("at most 65536"));
    }

    #[test]
    fn percentages_are_cut_to_six_decimals() {
        assert_eq!(percentage(11, 12).to_string(), "91.666666");
        assert_eq!(percentage(2, 3).to_string(), "66.666666");
        assert_eq!(percentage(555, 576).to_string(), "96.354166");
        assert_eq!(percentage(0, 0).to_string(), "0");
        assert_eq!(percentage(u128::MAX, u128::MAX).to_string(), "100");
    }

    proptest! {
        #[test]
        fn the_pieces_tile_the_block(mask in 0_u8..=24, to in proptest::option::of(1_u8..=8), log in proptest::option::of(1_u32..=7)) {
            let block = Prefix::containing(kernel::Family::Ipv4, 0x0a00_0000, mask).unwrap();
            let to = to.map(|more| mask + more);
            let leaves = Pieces::of(block, to, log.map(|log| 1 << log), ("m", "l")).unwrap().leaves(block);
            let mut next = block.first();
            for leaf in &leaves {
                prop_assert_eq!(leaf.first(), next);
                next = leaf.last().wrapping_add(1);
            }
            prop_assert_eq!(next, block.last().wrapping_add(1));
            if let (Some(to), Some(log)) = (to, log) {
                let wanted = leaves.iter().filter(|leaf| leaf.mask() == to).count();
                prop_assert!(wanted >= (1 << log).min(1_usize << (to - mask)));
            }
        }
    }
}
