//! Reserving a free block: no search finds it until the reservation ends or somebody releases it. It ends by itself, and
//! nothing has to be written then.

use kernel::{Action, Error, Result, Timestamp};
use store::{RequestKey, Tx, Work};

use super::{
    BlockRef, BlockView, State,
    marks::{FOR_GOOD, Marks, Reserved},
};
use crate::space::Edit;

/// Reserves a free block for the one who asks.
pub(crate) struct ReserveBlock {
    pub(crate) block: BlockRef,
    /// The end; nothing when it does not end by itself.
    pub(crate) until: Option<Timestamp>,
    pub(crate) key: Option<RequestKey>,
}

impl Work for ReserveBlock {
    type Out = BlockView;
    const NAME: &'static str = "block.reserve";

    async fn run(&self, tx: &mut Tx) -> Result<BlockView> {
        let mut edit = Edit::begin(tx).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let held = self.block.load(tx, None).await?;
        held.allow(tx, Action::Update)?;
        let (prefix, field) = (held.prefix(), self.block.field());
        if !matches!(held.block.state, State::Available | State::Pool) {
            let message = format!("{prefix} is {}; only a free block can be reserved", held.block.state.words());
            return Err(Error::conflict_of(field, message));
        }
        if let Some(other) = held.block.reservation(tx.now()).filter(|other| *other.by != *tx.actor().name) {
            return Err(Error::conflict_of(field, format!("{prefix} is {}", other.words())));
        }
        let until = self.until.unwrap_or(FOR_GOOD);
        if until <= tx.now() {
            return Err(Error::invalid("until", "must be a time to come"));
        }
        let by = tx.actor().name.to_string();
        let mut block = held.block.clone();
        block.set_marks(&Marks { reserved: Some(Reserved { until, by }), ..block.marks() });
        edit.update(tx, &held.block, &mut block).await?;
        edit.finish(tx).await?;
        let view = BlockView::one(tx, block).await?;
        tx.remember(self.key.as_ref(), &view).await?;
        Ok(view)
    }
}

/// Ends a reservation, whoever made it.
pub(crate) struct ReleaseBlock {
    pub(crate) block: BlockRef,
    pub(crate) key: Option<RequestKey>,
}

impl Work for ReleaseBlock {
    type Out = BlockView;
    const NAME: &'static str = "block.release";

    async fn run(&self, tx: &mut Tx) -> Result<BlockView> {
        let mut edit = Edit::begin(tx).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let held = self.block.load(tx, None).await?;
        held.allow(tx, Action::Update)?;
        if held.block.reservation(tx.now()).is_none() {
            return Err(Error::conflict_of(self.block.field(), format!("{} is not reserved", held.prefix())));
        }
        let mut block = held.block.clone();
        block.set_marks(&Marks { reserved: None, ..block.marks() });
        edit.update(tx, &held.block, &mut block).await?;
        edit.finish(tx).await?;
        let view = BlockView::one(tx, block).await?;
        tx.remember(self.key.as_ref(), &view).await?;
        Ok(view)
    }
}
