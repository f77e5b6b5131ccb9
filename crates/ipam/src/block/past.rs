//! Blocks as they were, and what has happened to them.
//!
//! A block is read by whoever may read its holder, also in the past: the holder that it had then, at the place where that
//! one is now, by the rights of now.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{BlockId, Error, Page, Prefix, ResourceId, Result, Timestamp};
use resources::Resource;
use serde_json::{Map, Value};
use store::{Change, Record as _, Tx, params};

use super::{
    Block, BlockRef, BlockView, find,
    pick::{Held, one_of},
};

/// A change of a block.
#[derive(Debug)]
pub(crate) struct BlockChange {
    pub(crate) change: Change,
    /// What it was; nothing when it was made.
    pub(crate) before: Option<Seen>,
    /// What it became; nothing when it went.
    pub(crate) after: Option<Seen>,
}

/// A block in a history.
#[derive(Debug)]
pub(crate) enum Seen {
    Block(Box<BlockView>),
    /// Held by a resource that the caller may not read.
    Hidden,
}

/// A block as it was at this instant, all changes of the instant itself included. One that is named by its CIDR may be
/// another one now, or none.
pub(crate) async fn as_of(tx: &mut Tx, which: BlockRef, at: Timestamp) -> Result<BlockView> {
    let ids = match which {
        BlockRef::Id(id) => BTreeSet::from([id]),
        BlockRef::Cidr(prefix) => ever_at(tx, prefix).await?,
    };
    let mut then = Vec::new();
    for id in ids {
        then.extend(tx.as_of::<Block>(id, at).await?);
    }
    see_holders(tx, &then, Some(at)).await?;
    let visible = Held::visible(tx, then).await?;
    let missing = || Error::not_found(format!("There was no block {which} at {}", at.exact()));
    let held = one_of(visible, &which.to_string())?.ok_or_else(missing)?;
    BlockView::one(tx, held.block).await
}

/// A part of the changes of a block, the newest first, and whether there are more. Of one that is gone, too; of several
/// that were in the same place one after the other, those of the last. A change of which the caller may see neither side
/// is left out.
pub(crate) async fn history(tx: &mut Tx, which: BlockRef, page: Page) -> Result<(Vec<BlockChange>, bool)> {
    let missing = || Error::not_found(format!("No block found: {which}"));
    let id = match which {
        BlockRef::Id(id) => id,
        BlockRef::Cidr(prefix) => {
            let now = find::by_prefix(tx, prefix).await?;
            let now = Held::visible(tx, now).await?;
            let now = one_of(now, &which.to_string())?.map(|held| held.block.id);
            match now {
                Some(id) => id,
                None => ever_at(tx, prefix).await?.pop_last().ok_or_else(missing)?,
            }
        }
    };
    let (table, now) = (Block::table().name, tx.get::<Block>(id).await?);
    let past = tx.past(table, id, Timestamp(i64::MIN)).await?;
    let states = past.states::<Block>(id, now)?;
    let wanted = Page { limit: page.limit.saturating_add(1), ..page };
    let mut entries = tx.history_page(table, id, wanted).await?;
    let more = entries.len() > page.limit as usize;
    entries.truncate(page.limit as usize);
    let all: Vec<Block> = states.into_values().collect();
    see_holders(tx, &all, None).await?;
    let visible = Held::visible(tx, all).await?.into_iter().map(|held| held.block).collect::<Vec<_>>();
    if visible.is_empty() {
        return Err(missing());
    }
    let views = BlockView::all(tx, visible).await?;
    let views: BTreeMap<i64, BlockView> = views.into_iter().map(|view| (view.block.version, view)).collect();
    let mut changes = Vec::new();
    for change in entries {
        let [before, after] = versions(id, &change)?.map(|version| {
            let view = |version: i64| views.get(&version).cloned().map(Box::new);
            version.map(|version| view(version).map_or(Seen::Hidden, Seen::Block))
        });
        let is_seen = |side: &Option<Seen>| matches!(side, Some(Seen::Block(_)));
        if is_seen(&before) || is_seen(&after) {
            changes.push(BlockChange { change, before, after });
        }
    }
    Ok((changes, more))
}

/// Has a reading transaction find all blocks, and those who held them, as they were at this instant. An instant since
/// which too much has changed is refused.
pub(crate) async fn rewind_to(tx: &mut Tx, at: Option<Timestamp>) -> Result<()> {
    let Some(at) = at else { return Ok(()) };
    let past = tx.past_of(&[Block::table().name, Resource::table().name], at).await?;
    let (ids, then) = past.records::<Block>(tx).await?;
    resources::rewind(tx, &past).await?;
    if ids.is_empty() { Ok(()) } else { tx.see(ids, &then) }
}

/// All blocks that are or were in this place.
async fn ever_at(tx: &mut Tx, prefix: Prefix) -> Result<BTreeSet<BlockId>> {
    let gone = "SELECT block_id FROM block_gone WHERE family = $1 AND first = $2 AND mask = $3";
    let values = params![prefix.family().number(), prefix.key(), prefix.mask()];
    let gone = tx.rows(gone, values).await?.into_iter().map(|mut row| row.take(0));
    let mut ids = gone.collect::<Result<BTreeSet<BlockId>>>()?;
    ids.extend(find::by_prefix(tx, prefix).await?.iter().map(|block| block.id));
    Ok(ids)
}

/// Has the transaction find the holders of these blocks as they were, at the places where they are now.
pub(super) async fn see_holders(tx: &mut Tx, blocks: &[Block], at: Option<Timestamp>) -> Result<()> {
    let holders: BTreeSet<ResourceId> = blocks.iter().map(|block| block.holder).collect();
    let holders: Vec<ResourceId> = holders.into_iter().collect();
    let then = resources::as_they_were(tx, &holders, at).await?;
    tx.see(holders.into_iter().map(i64::from).collect(), &then)
}

/// From which version of the block to which a change led; nothing where the block was not there.
pub(super) fn versions(id: BlockId, change: &Change) -> Result<[Option<i64>; 2]> {
    type Item = (String, i64, Option<Map<String, Value>>, Option<Map<String, Value>>);
    let items: Vec<Item> = serde_json::from_value(change.items.clone()).map_err(Error::internal)?;
    let mut own = items.iter().filter(|(table, row, ..)| table == Block::table().name && *row == id.0);
    let version = |side: &Option<Map<String, Value>>| side.as_ref()?.get("version")?.as_i64();
    let first = own.next();
    let last = own.next_back().or(first);
    Ok([first.and_then(|item| version(&item.2)), last.and_then(|item| version(&item.3))])
}
