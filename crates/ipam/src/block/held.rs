//! Blocks as the slices above this one see them: with their holder, and what their registry has to know.

use kernel::{BlockId, LirId, Prefix, ResourceId, Result, Timestamp};
use resources::Resource;
use store::{Tx, params};

use super::{BlockRef, State, find, pick::Held};

/// A block and who holds it.
#[derive(Debug, Clone)]
pub struct HeldBlock {
    /// Its id.
    pub id: BlockId,
    /// The range of addresses.
    pub prefix: Prefix,
    /// Where it stands.
    pub state: State,
    /// Who holds it: a resource, or the Available or the Holding resource of the system.
    pub holder: Resource,
    /// The numbering authority, such as `ARIN`.
    pub rir: String,
    /// The LIR that it is linked to.
    pub lir: Option<LirId>,
    /// When its holder got it.
    pub assigned_at: Option<Timestamp>,
    /// When it last changed.
    pub changed_at: Option<Timestamp>,
    /// Whether it is a top-level aggregate.
    pub is_top: bool,
}

impl From<Held> for HeldBlock {
    fn from(held: Held) -> Self {
        Self {
            id: held.block.id,
            prefix: held.prefix(),
            state: held.block.state,
            rir: held.profile.rir.clone(),
            lir: held.profile.lir,
            assigned_at: held.block.assigned_at,
            changed_at: held.block.updated_at,
            is_top: held.block.parent_id.is_none(),
            holder: held.holder,
        }
    }
}

/// The block that an id or a CIDR names, if the actor may see it; errors of form are about the field `block`.
pub async fn held_block(tx: &mut Tx, name: &str) -> Result<HeldBlock> {
    BlockRef::parse("block", name)?.load(tx, None).await.map(HeldBlock::from)
}

/// The blocks that contain this range or are it, and that the actor may see, in all spaces.
pub async fn blocks_around(tx: &mut Tx, range: Prefix) -> Result<Vec<HeldBlock>> {
    let found = find::ancestors(tx, range).await?;
    Ok(Held::visible(tx, found).await?.into_iter().map(HeldBlock::from).collect())
}

/// The first blocks, in address order, that this resource holds and that the actor may see. Not for the Available
/// resource, which holds too much.
pub async fn blocks_of(tx: &mut Tx, holder: ResourceId, limit: u32) -> Result<Vec<HeldBlock>> {
    let condition = "holder <> 2 AND holder = $1 ORDER BY family, first, mask, space LIMIT $2";
    let found = tx.find(condition, params![holder, limit]).await?;
    Ok(Held::visible(tx, found).await?.into_iter().map(HeldBlock::from).collect())
}
