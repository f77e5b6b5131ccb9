//! Taking back changes of blocks. Counters, the journal and the index of free space follow, since they do with every
//! change; what is looked at here is that the tree stays whole and that who shall hold a block again is still there.

use std::collections::{BTreeSet, HashMap};

use kernel::{Action, Area, BlockId, ResourceId, Result};
use store::{Record as _, Reversal, Tx, Undo};

use crate::{
    block::{Block, checked, find},
    profile::Profiles,
    space::Edit,
};

/// What has to be written, once nothing is in the way.
pub struct BlockUndo {
    blocks: Vec<Reversal<Block>>,
    /// Nothing when no block is touched.
    edit: Option<Edit>,
}

/// Finds out what has to be written, and notes what is in the way. The actor needs the right to change blocks of both,
/// who holds each block and who will hold it again; for aggregates that come or go, the right to create or delete.
pub async fn plan_undo(tx: &mut Tx, undo: &mut Undo) -> Result<BlockUndo> {
    if !undo.touches(Block::table().name) {
        return Ok(BlockUndo { blocks: Vec::new(), edit: None });
    }
    let edit = Edit::begin(tx).await?;
    let blocks: Vec<Reversal<Block>> = undo.take(tx).await?;
    check_holders(tx, &blocks, undo).await?;
    check_profiles(tx, &blocks, undo).await?;
    check_tree(tx, &blocks, undo).await?;
    Ok(BlockUndo { blocks, edit: Some(edit) })
}

impl BlockUndo {
    /// Writes it.
    pub async fn write(self, tx: &mut Tx) -> Result<()> {
        let Some(mut edit) = self.edit else { return Ok(()) };
        let gone: Vec<Block> = self.blocks.iter().filter(|r| r.then.is_none()).filter_map(|r| r.now.clone()).collect();
        if !gone.is_empty() {
            edit.delete(tx, &gone).await?;
        }
        for Reversal { now, then } in &self.blocks {
            if let (Some(now), Some(then)) = (now, then) {
                edit.update(tx, now, &mut then.clone()).await?;
            }
        }
        for then in self.blocks.into_iter().filter(|r| r.now.is_none()).filter_map(|r| r.then) {
            edit.insert(tx, &then).await?;
        }
        edit.finish(tx).await
    }
}

/// The rights, and that nobody is gone who will hold a block.
async fn check_holders(tx: &mut Tx, blocks: &[Reversal<Block>], undo: &mut Undo) -> Result<()> {
    let both = || blocks.iter().flat_map(|r| r.now.iter().chain(&r.then));
    let mut ids: BTreeSet<ResourceId> = both().map(|block| block.holder).collect();
    ids.extend(both().flat_map(Block::custody_chain));
    let known = resources::load(tx, &ids.into_iter().collect::<Vec<_>>()).await?;
    for Reversal { now, then } in blocks {
        let alone = |one: &Block, other: &Option<Block>| one.parent_id.is_none() && other.is_none();
        if let Some(now) = now {
            let action = if alone(now, then) { Action::Delete } else { Action::Update };
            if let Some(holder) = known.get(&now.holder) {
                holder.allow(tx.actor(), Area::Ipam, action)?;
            }
        }
        if let Some(then) = then {
            let action = if alone(then, now) { Action::Create } else { Action::Update };
            if let Some(holder) = known.get(&then.holder) {
                holder.allow(tx.actor(), Area::Ipam, action)?;
            }
        }
    }
    for then in blocks.iter().filter_map(|r| r.then.as_ref()) {
        for id in then.custody_chain().into_iter().chain([then.holder]) {
            if !known.contains_key(&id) {
                undo.conflict(format!("resource {id}, to which {} belonged, is gone", then.prefix()));
            }
        }
    }
    Ok(())
}

/// What a block has again must still be in the lists of registries, regions and tags.
async fn check_profiles(tx: &mut Tx, blocks: &[Reversal<Block>], undo: &mut Undo) -> Result<()> {
    let changed =
        blocks.iter().filter(|r| r.now.as_ref().map(|b| b.profile_id) != r.then.as_ref().map(|b| b.profile_id));
    let mut ids: Vec<_> = changed.filter_map(|r| r.then.as_ref()).map(|block| block.profile_id).collect();
    ids.sort_unstable();
    ids.dedup();
    for profile in tx.memory::<Profiles>().of(tx, &ids).await?.into_values() {
        if let Err(why) = checked(tx, &profile).await {
            undo.conflict(why.public());
        }
    }
    Ok(())
}

/// Around everything that is put back, halves must tile their block, and aggregates of one space must not overlap.
async fn check_tree(tx: &mut Tx, blocks: &[Reversal<Block>], undo: &mut Undo) -> Result<()> {
    let mut around: BTreeSet<BlockId> = BTreeSet::new();
    for block in blocks.iter().flat_map(|r| r.now.iter().chain(&r.then)) {
        around.extend([Some(block.id), block.parent_id, block.child1, block.child2].into_iter().flatten());
    }
    let around: Vec<BlockId> = around.into_iter().collect();
    let mut after: HashMap<BlockId, Block> = HashMap::new();
    for piece in around.chunks(5_000) {
        after.extend(find::by_ids(tx, piece).await?.into_iter().map(|block| (block.id, block)));
    }
    for Reversal { now, then } in blocks {
        match (now, then) {
            (_, Some(then)) => _ = after.insert(then.id, then.clone()),
            (Some(now), None) => _ = after.remove(&now.id),
            (None, None) => {}
        }
    }
    let is_half = |half: Option<BlockId>, whole: &Block, prefix: kernel::Prefix| {
        half.and_then(|id| after.get(&id)).is_some_and(|half| {
            let belongs = half.parent_id == Some(whole.id) && half.root_id == whole.root_id;
            belongs && half.space == whole.space && half.prefix() == prefix
        })
    };
    let touched: BTreeSet<BlockId> = blocks.iter().map(|r| BlockId(r.id())).collect();
    for Reversal { now, then } in blocks {
        // A block that goes must not be missed by the one around it.
        let stays = |id: &BlockId| after.get(id).filter(|parent| !parent.is_leaf() && !touched.contains(id));
        if let (Some(now), None) = (now, then)
            && now.parent_id.as_ref().is_some_and(|parent| stays(parent).is_some())
        {
            undo.conflict(format!("the block around {} would lose a half", now.prefix()));
        }
        let Some(then) = then else { continue };
        let parent = then.parent_id.map(|id| after.get(&id));
        let is_missed = parent
            .is_some_and(|parent| parent.is_none_or(|parent| ![parent.child1, parent.child2].contains(&Some(then.id))));
        let halves = then.prefix().halves().filter(|_| !then.is_leaf());
        let is_open =
            halves.is_some_and(|(low, high)| !is_half(then.child1, then, low) || !is_half(then.child2, then, high));
        if is_missed || is_open {
            undo.conflict(format!("the tree around {} has changed since", then.prefix()));
        }
        if then.parent_id.is_none() && now.is_none() {
            let overlapping = find::overlapping_roots(tx, then.prefix()).await?;
            let staying = overlapping.into_iter().filter(|root| {
                root.space == then.space && (after.contains_key(&root.id) || !touched.contains(&root.id))
            });
            for root in staying {
                undo.conflict(format!("{} would overlap the aggregate {}", then.prefix(), root.prefix()));
            }
        }
    }
    Ok(())
}
