//! Who held an address when: over all blocks that it has ever been in, from the change log.

use std::net::IpAddr;

use kernel::{AddrKey, BlockId, Error, Page, Prefix, Result, Timestamp, VrfId};
use resources::system;
use store::{Record as _, Tx, params};

use super::{
    Block, BlockView, find,
    past::{see_holders, versions},
    pick::Held,
};

/// A time during which one holder had an address.
#[derive(Debug, Clone)]
pub(crate) struct Tenure {
    /// The block in which it was, as it was at the end of that time.
    pub(crate) view: BlockView,
    pub(crate) from: Timestamp,
    /// The end; nothing when it has not come yet.
    pub(crate) until: Option<Timestamp>,
    /// Who gave it to the holder, and by which operation.
    pub(crate) by: String,
    pub(crate) operation: String,
}

/// A leaf that held the address for a while.
struct Stretch {
    block: Block,
    from: Timestamp,
    until: Option<Timestamp>,
    by: String,
    operation: String,
}

/// The most blocks that are looked through.
const MOST_BLOCKS: usize = 2_000;
/// Changes of a block that are read at a time.
const PIECE: u32 = 1_000;

/// Who held an address, the latest first: at an instant, or at all. While nobody held it, nobody is named. Holders that
/// the caller may not see are left out.
pub(crate) async fn tenures(
    tx: &mut Tx,
    address: IpAddr,
    at: Option<Timestamp>,
    vrf: Option<VrfId>,
) -> Result<Vec<Tenure>> {
    let mut stretches = Vec::new();
    for id in ever_around(tx, Prefix::host(address)).await? {
        stretches.extend(stretches_of(tx, id).await?);
    }
    stretches.retain(|stretch| stretch.until != Some(stretch.from) && stretch.block.holder != system::AVAILABLE);
    stretches.sort_by_key(|stretch| (stretch.block.space, stretch.from));
    let mut whole: Vec<Stretch> = Vec::new();
    for next in stretches {
        // A block that is split or merged does not change hands.
        match whole.last_mut() {
            Some(last)
                if last.block.space == next.block.space
                    && last.block.holder == next.block.holder
                    && last.until == Some(next.from) =>
            {
                (last.until, last.block) = (next.until, next.block);
            }
            _ => whole.push(next),
        }
    }
    whole.retain(|stretch| at.is_none_or(|at| stretch.from <= at && stretch.until.is_none_or(|until| at < until)));
    let blocks: Vec<Block> = whole.iter().map(|stretch| stretch.block.clone()).collect();
    see_holders(tx, &blocks, None).await?;
    let mut found = Vec::new();
    for Stretch { block, from, until, by, operation } in whole {
        let Some(held) = Held::visible(tx, vec![block]).await?.pop() else { continue };
        if vrf.is_none_or(|vrf| held.profile.vrf == vrf) {
            let view = BlockView::one(tx, held.block).await?;
            found.push(Tenure { view, from, until, by, operation });
        }
    }
    found.sort_by_key(|tenure| std::cmp::Reverse(tenure.from));
    Ok(found)
}

/// All blocks that are or were around this address.
async fn ever_around(tx: &mut Tx, host: Prefix) -> Result<Vec<BlockId>> {
    let family = host.family();
    let around = (0..=host.mask()).filter_map(|mask| Prefix::containing(family, host.first(), mask));
    let mut keys: Vec<AddrKey> = around.map(Prefix::key).collect();
    keys.dedup();
    let text = "SELECT first, mask, block_id FROM block_gone WHERE family = $1 AND first = ANY($2)";
    let mut ids: Vec<BlockId> = find::ancestors(tx, host).await?.into_iter().map(|block| block.id).collect();
    for mut row in tx.rows(text, params![family.number(), keys]).await? {
        let first = row.take::<AddrKey>(0)?.value(family);
        if Prefix::containing(family, first, row.take(1)?).is_some_and(|prefix| prefix.contains(host)) {
            ids.push(row.take(2)?);
        }
    }
    ids.sort_unstable();
    ids.dedup();
    if ids.len() > MOST_BLOCKS {
        let message = format!("has been in more than {MOST_BLOCKS} blocks, which is too much to look through");
        return Err(Error::invalid("address", message));
    }
    Ok(ids)
}

/// While a block was a leaf: what it was then.
async fn stretches_of(tx: &mut Tx, id: BlockId) -> Result<Vec<Stretch>> {
    let (table, now) = (Block::table().name, tx.get::<Block>(id).await?);
    let states = tx.past(table, id, Timestamp(i64::MIN)).await?.states::<Block>(id, now)?;
    let mut changes = Vec::new();
    loop {
        let offset = u32::try_from(changes.len()).map_err(Error::internal)?;
        let piece = tx.history_page(table, id, Page { offset, limit: PIECE }).await?;
        let complete = piece.len() < PIECE as usize;
        changes.extend(piece);
        if complete {
            break;
        }
    }
    // What orders changes is the version to which they led; a block that goes has none after its last one.
    let mut steps = Vec::with_capacity(changes.len());
    for change in changes {
        let [before, after] = versions(id, &change)?;
        steps.push((after.unwrap_or(i64::MAX).min(before.map_or(i64::MAX, |before| before + 1)), after, change));
    }
    steps.sort_by_key(|(order, after, _)| (*order, after.is_none()));
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut open = false;
    for (_, after, change) in steps {
        if let Some(last) = stretches.last_mut().filter(|_| open) {
            last.until = Some(change.at);
        }
        let leaf = after.and_then(|version| states.get(&version)).filter(|block| block.is_leaf());
        open = leaf.is_some();
        stretches.extend(leaf.map(|block| Stretch {
            block: block.clone(),
            from: change.at,
            until: None,
            by: change.actor,
            operation: change.operation,
        }));
    }
    Ok(stretches)
}
