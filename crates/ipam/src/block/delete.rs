//! Deleting a top-level aggregate.

use kernel::{Action, Error, Result, Timestamp};
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
            let message = format!("{prefix} is part of a larger aggregate; only a top-level aggregate can be deleted");
            return Err(Error::conflict_of(self.block.field(), message));
        }
        if !self.force {
            may_delete(&held, tx.now()).map_err(|e| e.about(self.block.field()))?;
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

/// Without force, only an aggregate that is whole and free.
fn may_delete(held: &Held, now: Timestamp) -> Result<()> {
    let (prefix, holder) = (held.prefix(), &held.holder.name);
    let why = match held.block.state {
        State::Available => match held.block.reservation(now) {
            None => return Ok(()),
            Some(reservation) => format!("is {}, or use force=true", reservation.words()),
        },
        State::Split => "is split; aggregate it first, or use force=true to delete all that is below it".to_owned(),
        State::Holding => {
            "is in the holding tank; take it out with overrideHolding first, or use force=true".to_owned()
        }
        State::Assigned | State::Pool => format!("is held by \"{holder}\"; unassign it first, or use force=true"),
    };
    Err(Error::conflict(format!("{prefix} {why}")))
}
