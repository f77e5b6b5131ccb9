//! Folding: a split block becomes a leaf again and everything below it goes.

use kernel::{Error, Result, Timestamp};
use store::Tx;

use super::{Block, State, find};
use crate::space::Edit;

/// Whether all these leaves could be one: all available, all the free pool of one holder, or all in holding; and nobody
/// has reserved one of them.
pub(crate) fn alike(leaves: &[&Block], now: Timestamp) -> bool {
    let Some(first) = leaves.first() else { return false };
    first.state != State::Assigned
        && leaves
            .iter()
            .all(|leaf| leaf.state == first.state && leaf.holder == first.holder && leaf.custody == first.custody)
        && leaves.iter().all(|leaf| leaf.reservation(now).is_none())
}

/// Makes a leaf of a split block whose leaves are alike. The block keeps its own attributes and gets the state and
/// the holder of its leaves.
pub(crate) async fn fold(tx: &mut Tx, edit: &mut Edit, block: &Block) -> Result<Block> {
    let below = find::below(tx, block).await?;
    let leaves: Vec<_> = below.iter().filter(|b| b.is_leaf()).collect();
    if !alike(&leaves, tx.now()) {
        return Err(Error::internal(format!("{} can't be folded", block.prefix())));
    }
    let Some(first) = leaves.first() else { return Ok(block.clone()) };
    let newest = leaves.iter().filter_map(|leaf| leaf.held_since).max();
    let mut folded = Block {
        state: first.state,
        holder: first.holder,
        sub_assignable: first.sub_assignable,
        custody: first.custody.clone(),
        assigned_at: first.assigned_at,
        held_since: newest,
        child1: None,
        child2: None,
        ..block.clone()
    };
    edit.delete(tx, &below).await?;
    edit.update(tx, block, &mut folded).await?;
    Ok(folded)
}

/// A sentence about the first leaf that is in the way of folding.
pub(crate) fn obstacle(leaves: &[&Block], now: Timestamp) -> String {
    let Some(first) = leaves.first() else { return "there is nothing to aggregate".to_owned() };
    let is = |leaf: &Block| format!("{} is {}", leaf.prefix(), leaf.state.words());
    if let Some(leaf) = leaves.iter().find(|leaf| leaf.state == State::Assigned) {
        return format!("{}, and all child blocks must be available", is(leaf));
    }
    let reserved = leaves.iter().find_map(|leaf| Some((leaf.prefix(), leaf.reservation(now)?)));
    if let Some((prefix, reservation)) = reserved {
        return format!("{prefix} is {}", reservation.words());
    }
    if let Some(leaf) = leaves.iter().find(|leaf| leaf.state != first.state) {
        return format!("{} while {}, and all child blocks must be available", is(leaf), is(first));
    }
    match leaves.iter().find(|leaf| leaf.holder != first.holder) {
        Some(leaf) => format!("{} and {} are pools of different resources", first.prefix(), leaf.prefix()),
        None => format!("the blocks below go back to different resources, {} among them", first.prefix()),
    }
}
