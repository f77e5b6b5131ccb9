//! Giving a block to a resource, and what that does to the tree.

use kernel::{BlockId, Error, Prefix, Result};
use resources::{Resource, system};
use store::Tx;

use super::{Block, State, tree};
use crate::space::Edit;

/// The state of a leaf that this resource holds.
pub(crate) fn state_of(holder: kernel::ResourceId, sub_assignable: bool) -> State {
    match holder {
        system::AVAILABLE => State::Available,
        system::HOLDING => State::Holding,
        _ if sub_assignable => State::Pool,
        _ => State::Assigned,
    }
}

/// Ids for the halves that are made on the way from a leaf to a range inside it.
pub(crate) async fn ids_for_path(tx: &mut Tx, levels: u8) -> Result<Vec<[BlockId; 2]>> {
    let mut ids = Vec::with_capacity(levels.into());
    for _ in 0..levels {
        ids.push([BlockId(tx.new_id::<Block>().await?), BlockId(tx.new_id::<Block>().await?)]);
    }
    Ok(ids)
}

/// One half of a block that is being split: it inherits everything but its range.
pub(crate) fn half(of: &Block, prefix: Prefix, id: BlockId) -> Block {
    Block {
        id,
        version: 1,
        parent_id: Some(of.id),
        first: prefix.key(),
        mask: prefix.mask(),
        child1: None,
        child2: None,
        updated_at: None,
        marks: None,
        ..of.clone()
    }
}

/// Splits a leaf on the path to the range, and changes the block that is the range. Returns that block, and the
/// other halves, which stay as the leaf was.
pub(crate) async fn carve(
    tx: &mut Tx,
    edit: &mut Edit,
    leaf: &Block,
    wanted: Prefix,
    ids: &[[BlockId; 2]],
    change: impl Fn(&mut Block) + Send,
) -> Result<(Block, Vec<Block>)> {
    let (mut node, mut others) = (leaf.clone(), Vec::with_capacity(ids.len()));
    let mut ids = ids.iter();
    while node.mask < wanted.mask() {
        let unplanned = || Error::internal(format!("no way was planned from {} to {wanted}", leaf.prefix()));
        let [id1, id2] = *ids.next().ok_or_else(unplanned)?;
        let (low, high) = node.prefix().halves().ok_or_else(unplanned)?;
        let (low, high) = (half(&node, low, id1), half(&node, high, id2));
        let mut split = Block { state: State::Split, child1: Some(id1), child2: Some(id2), ..node.clone() };
        if node.id == leaf.id {
            edit.update(tx, leaf, &mut split).await?;
        } else {
            edit.insert(tx, &split).await?;
        }
        let (inner, outer) = if low.prefix().contains(wanted) { (low, high) } else { (high, low) };
        edit.insert(tx, &outer).await?;
        others.push(outer);
        node = inner;
    }
    change(&mut node);
    if node.id == leaf.id {
        edit.update(tx, leaf, &mut node).await?;
    } else {
        node.updated_at = Some(tx.now());
        edit.insert(tx, &node).await?;
    }
    Ok((node, others))
}

/// What becomes of a free block when a resource gets it. A piece of somebody's pool remembers whose it was.
pub(crate) fn hand_over(block: &mut Block, to: &Resource, sub_assignable: bool, now: kernel::Timestamp) {
    if block.state == State::Pool {
        let mut chain = block.custody_chain();
        chain.push(block.holder);
        block.set_custody(&chain);
    }
    block.holder = to.id;
    block.sub_assignable = sub_assignable;
    block.state = state_of(to.id, sub_assignable);
    block.assigned_at = Some(now);
    block.held_since = None;
    if block.marks.is_some() {
        let marks = block.marks();
        block.set_marks(&super::marks::Marks { reserved: None, ..marks });
    }
}

/// Whether a resource can hold blocks at all.
pub(crate) fn may_hold(field: &str, to: &Resource) -> Result<()> {
    if to.is_system && to.id != kernel::ResourceId::TOP {
        let message = format!("\"{}\" is a system resource; blocks get there by being unassigned", to.name);
        return Err(Error::invalid(field, message));
    }
    Ok(())
}

/// Splits a leaf into pieces. Returns all new blocks, in address order, the larger first.
pub(crate) async fn split(tx: &mut Tx, edit: &mut Edit, leaf: &Block, pieces: tree::Pieces) -> Result<Vec<Block>> {
    let (whole, mut made, mut nodes) = (leaf.prefix(), Vec::new(), vec![leaf.clone()]);
    while let Some(node) = nodes.pop() {
        let halves = node.prefix().halves().filter(|_| pieces.splits(whole, node.prefix()));
        let done = if let Some((low, high)) = halves {
            let ids = ids_for_path(tx, 1).await?;
            let [id1, id2] = *ids.first().ok_or_else(|| Error::internal("no ids"))?;
            nodes.push(half(&node, high, id2));
            nodes.push(half(&node, low, id1));
            Block { state: State::Split, child1: Some(id1), child2: Some(id2), ..node }
        } else {
            node
        };
        if done.id == leaf.id {
            edit.update(tx, leaf, &mut done.clone()).await?;
        } else {
            edit.insert(tx, &done).await?;
        }
        made.push(done);
    }
    made.remove(0);
    Ok(made)
}
