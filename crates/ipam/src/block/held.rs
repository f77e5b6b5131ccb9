//! Blocks as the slices above this one see them: with their holder, and what their registry has to know.

use kernel::{BlockId, LirId, Prefix, Result, Timestamp};
use resources::Resource;
use store::Tx;

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
            holder: held.holder,
        }
    }
}

/// The block that an id or a CIDR names, if the actor may see it; errors of form are about the field `block`.
pub async fn held_block(tx: &mut Tx, name: &str) -> Result<HeldBlock> {
    BlockRef::parse("block", name)?.load(tx, None).await.map(HeldBlock::from)
}

/// Those of the blocks with these ids that the actor may see, in address order.
pub async fn held_blocks(tx: &mut Tx, ids: &[BlockId]) -> Result<Vec<HeldBlock>> {
    let found = find::by_ids(tx, ids).await?;
    Ok(Held::visible(tx, found).await?.into_iter().map(HeldBlock::from).collect())
}
