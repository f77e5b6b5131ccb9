//! Deleting a top-level aggregate.

use kernel::{Action, Error, Result};
use store::{RequestKey, Tx, Work};

use super::{BlockRef, BlockView, State, find, pick::Held};
use crate::space::Edit;

/// Deletes an aggregate; with force, together with everything below it and whoever holds it.
pub(crate) struct DeleteBlock {
    pub(crate) block: BlockRef,
    pub(crate) force: bool,
    pub(crate) key: Option<RequestKey>,
}

impl Work for DeleteBlock {
    type Out = BlockView;
    const NAME: &'static str = "block.delete";

    async fn run(&self, tx: &mut Tx) -> Result<BlockView> {
        let mut edit = Edit::begin(tx).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let held = self.block.load(tx, None).await?;
        held.allow(tx, Action::Delete)?;
        let (block, prefix) = (&held.block, held.prefix());
        if block.parent_id.is_some() {
            return Err(Error::conflict(format!(
                "{prefix} is part of a larger aggregate; only a top-level aggregate can be deleted"
            )));
        }
        if !self.force {
            match block.state {
                State::Available => {}
                State::Split => {
                    return Err(Error::conflict(format!(
                        "{prefix} is split; aggregate it first, or use force=true to delete all that is below it"
                    )));
                }
                State::Assigned | State::Pool | State::Holding => {
                    return Err(Error::conflict(format!(
                        "{prefix} is held by \"{}\"; unassign it first, or use force=true",
                        held.holder.name
                    )));
                }
            }
        }
        let mut below = find::below(tx, block).await?;
        let parts = Held::all(tx, below.clone()).await?;
        Held::allow_below(prefix, &parts, tx, Action::Delete)?;
        let view = BlockView::one(tx, block.clone()).await?;
        below.push(block.clone());
        edit.delete(tx, &below).await?;
        edit.finish(tx).await?;
        tx.remember(self.key.as_ref(), &view).await?;
        Ok(view)
    }
}
