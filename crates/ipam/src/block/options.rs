//! What can be done with a block, and looking around in it.

use kernel::{Action, AddrKey, Family, Prefix, Result};
use store::Tx;

use super::{Block, BlockRef, State, find, fold, pick::Held};
use crate::{list, space::first_address};

/// What can be done with a block.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Options {
    pub(crate) block: Block,
    /// Whether it and its sibling can be merged.
    pub(crate) can_aggregate: bool,
    /// The masks it can be split to.
    pub(crate) split_masks: Vec<u8>,
}

/// The options of a block, for someone who may use them.
pub(crate) async fn options(tx: &mut Tx, block: BlockRef) -> Result<Options> {
    let held = block.load(tx, None).await?;
    let may_update = held.allow(tx, Action::Update).is_ok();
    let can_aggregate = may_update && can_aggregate(tx, &held).await?;
    let splittable = may_update && matches!(held.block.state, State::Available | State::Pool);
    let family = held.prefix().family();
    let longer = held.block.mask + 1..=family.bits();
    let split_masks = match family {
        _ if !splittable => Vec::new(),
        Family::Ipv4 => longer.collect(),
        Family::Ipv6 => list::sizes(family).into_iter().filter(|mask| longer.contains(mask)).collect(),
    };
    Ok(Options { block: held.block, can_aggregate, split_masks })
}

async fn can_aggregate(tx: &mut Tx, held: &Held) -> Result<bool> {
    let Some(parent) = held.block.parent_id else { return Ok(false) };
    let Some(parent) = find::by_ids(tx, &[parent]).await?.pop() else { return Ok(false) };
    let halves = [parent.child1, parent.child2].into_iter().flatten().collect::<Vec<_>>();
    let halves = find::by_ids(tx, &halves).await?;
    Ok(halves.iter().all(Block::is_leaf) && fold::alike(&halves.iter().collect::<Vec<_>>(), tx.now()))
}

/// Leaves looked at at a time.
const PIECE: u32 = 100;

/// The free address with the lowest number in a block, of those that the caller may see. What is reserved, and what a rule
/// keeps back, is not free.
pub(crate) async fn first_available(tx: &mut Tx, block: BlockRef) -> Result<Option<Prefix>> {
    let held = block.load(tx, None).await?;
    let mut from = held.prefix().key();
    loop {
        let leaves = find::free_below(tx, &held.block, from, PIECE).await?;
        let last = leaves.last().filter(|_| leaves.len() == PIECE as usize).map(Block::prefix);
        let now = tx.now();
        let free = |free: &Held| match free.block.reservation(now) {
            None => first_address(free.prefix(), free.profile.rule.as_ref()),
            Some(_) => None,
        };
        if let Some(address) = Held::visible(tx, leaves).await?.iter().find_map(free) {
            return Ok(Some(address));
        }
        let Some(next) = last.and_then(|last| last.last().checked_add(1)) else { return Ok(None) };
        from = AddrKey::new(held.prefix().family(), next);
    }
}
