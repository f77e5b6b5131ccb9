//! Finding blocks in the table.

use kernel::{AddrKey, BlockId, Prefix, ProfileId, Result};
use store::{Merge, Query, Tx, params};

use super::{Block, State};

/// The blocks with these ids, in address order.
pub(crate) async fn by_ids(tx: &mut Tx, ids: &[BlockId]) -> Result<Vec<Block>> {
    tx.find("id = ANY($1) ORDER BY family, first, mask, space", params![ids]).await
}

/// All blocks with exactly this range; several when it was added more than once on purpose.
pub(crate) async fn by_prefix(tx: &mut Tx, prefix: Prefix) -> Result<Vec<Block>> {
    let values = params![prefix.family().number(), prefix.key(), prefix.mask()];
    tx.find("family = $1 AND first = $2 AND mask = $3 ORDER BY space", values).await
}

/// The leaves that contain this range: at most one in each space.
pub(crate) async fn leaves_around(tx: &mut Tx, prefix: Prefix) -> Result<Vec<Block>> {
    let mut around = ancestors(tx, prefix).await?;
    around.retain(Block::is_leaf);
    Ok(around)
}

/// The blocks that contain this range or are it, from the largest to the smallest, in all spaces.
pub(crate) async fn ancestors(tx: &mut Tx, prefix: Prefix) -> Result<Vec<Block>> {
    // Each block around the range begins at the range's first address with some bits cleared. Those are few, and
    // each is one look into the index.
    let family = prefix.family();
    let around = (0..=prefix.mask()).filter_map(|mask| Prefix::containing(family, prefix.first(), mask));
    let mut keys: Vec<AddrKey> = around.map(Prefix::key).collect();
    keys.dedup();
    let values = params![family.number(), keys, prefix.mask()];
    let found: Vec<Block> =
        tx.find("family = $1 AND first = ANY($2) AND mask <= $3 ORDER BY space, mask", values).await?;
    Ok(found.into_iter().filter(|block| block.prefix().contains(prefix)).collect())
}

/// Everything below a block, in address order, the larger block first.
pub(crate) async fn below(tx: &mut Tx, block: &Block) -> Result<Vec<Block>> {
    let prefix = block.prefix();
    let values = params![block.family, prefix.key(), prefix.last_key(), block.space, block.mask];
    tx.find(
        "family = $1 AND first >= $2 AND first <= $3 AND space = $4 AND mask > $5 ORDER BY family, first, mask, space",
        values,
    )
    .await
}

/// The leaves below a block (or itself, when it is one) from this address on, in address order.
pub(crate) async fn leaves_below(tx: &mut Tx, block: &Block, from: AddrKey, limit: u32) -> Result<Vec<Block>> {
    let last = block.prefix().last_key();
    let values = params![block.family, from, last, block.space, block.mask, limit];
    tx.find(
        "family = $1 AND first >= $2 AND first <= $3 AND space = $4 AND mask >= $5 AND child1 IS NULL
         ORDER BY family, first, mask, space LIMIT $6",
        values,
    )
    .await
}

/// The free leaves in a block (or itself, when it is one) from this address on, in address order.
pub(crate) async fn free_below(tx: &mut Tx, block: &Block, from: AddrKey, limit: u32) -> Result<Vec<Block>> {
    let (last, available, pool) = (block.prefix().last_key(), State::Available, State::Pool);
    let values = params![block.family, from, last, block.space, block.mask, available, pool, limit];
    tx.find(
        "family = $1 AND first >= $2 AND first <= $3 AND space = $4 AND mask >= $5 AND child1 IS NULL
         AND state IN ($6, $7) ORDER BY family, first, mask, space LIMIT $8",
        values,
    )
    .await
}

/// The first block inside this range, or equal to it, that is below one of these aggregates and has one of these
/// profiles.
pub(crate) async fn first_inside(
    tx: &mut Tx,
    prefix: Prefix,
    roots: &[BlockId],
    profiles: &[ProfileId],
) -> Result<Option<Block>> {
    let mut conditions = Query::new(" AND b.family = ");
    conditions.bind(prefix.family().number()).push(" AND b.first >= ").bind(prefix.key());
    conditions.push(" AND b.first <= ").bind(prefix.last_key()).push(" AND b.mask >= ").bind(prefix.mask());
    conditions.push(" AND b.root_id = ANY(").bind(roots.to_vec()).push(")");
    let merge = Merge {
        select: "SELECT b.family, b.first, b.mask, b.space, b.id FROM block b".to_owned(),
        stretch: "b.profile_id",
        order: &["b.family", "b.first", "b.mask", "b.space"],
        descending: false,
        conditions,
    };
    let keys: Vec<i64> = profiles.iter().map(|profile| profile.0).collect();
    let Some(mut row) = tx.merged(&merge, &keys, 1).await?.pop() else { return Ok(None) };
    tx.get(row.take::<BlockId>(4)?).await
}

/// The top-level aggregates that share an address with this range.
pub(crate) async fn overlapping_roots(tx: &mut Tx, prefix: Prefix) -> Result<Vec<Block>> {
    let mut roots: Vec<Block> = ancestors(tx, prefix).await?;
    roots.retain(|block| block.parent_id.is_none());
    let values = params![prefix.family().number(), prefix.key(), prefix.last_key(), prefix.mask()];
    let inside = "parent_id IS NULL AND family = $1 AND first >= $2 AND first <= $3 AND mask > $4
        ORDER BY family, first, mask";
    roots.extend(tx.find::<Block>(inside, values).await?);
    Ok(roots)
}
