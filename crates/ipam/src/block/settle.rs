//! The part of an update that reaches beyond the block itself: its rule, its VRF, the scheme of its aggregate, its partner.

use kernel::{Error, Patch, Result};
use store::Tx;

use super::{
    Block, nat,
    pick::Held,
    sparse,
    update::{BlockPatch, refuse_duplicate},
};
use crate::{profile::Profile, rule, space::Edit, vrf};

impl BlockPatch {
    /// Does it. The caller may change the block; whether also what is below and beside it, is looked at here.
    pub(super) async fn settle(&self, tx: &mut Tx, edit: &mut Edit, block: Block) -> Result<Block> {
        let mut block = block;
        if let Some(vrf) = self.vrf {
            vrf::refuse_unknown(tx, vrf).await?;
            let held = again(tx, block).await?;
            if vrf != held.profile.vrf {
                refuse_duplicate(tx, &held.block, &Profile { vrf, ..(*held.profile).clone() }).await?;
            }
            block = vrf::put(tx, edit, &held, vrf).await?;
        }
        if let Some(scheme) = self.sparse {
            let held = again(tx, block).await?;
            block = sparse::switch_on(tx, edit, &held, scheme).await?;
        }
        if self.rule != Patch::Keep {
            let held = again(tx, block).await?;
            block = rule::carry(tx, edit, &held, self.rule).await?;
        }
        nat::pair(tx, edit, block, &self.nat).await
    }
}

/// The block with what it is now.
async fn again(tx: &mut Tx, block: Block) -> Result<Held> {
    Held::all(tx, vec![block]).await?.pop().ok_or_else(|| Error::internal("a block was changed and is gone"))
}
