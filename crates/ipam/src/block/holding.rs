//! The holding tank: blocks that were given back rest there before they are given away again.

use kernel::{Action, Error, Family, Result};
use resources::system;
use store::{RequestKey, Tx, Work, params};

use super::{
    Block, BlockRef, BlockView, State,
    pick::Held,
    system::{allow, system_resource},
    unassign,
};
use crate::space::Edit;

/// How long a block rests, in days, as in the original product.
pub(crate) const DAYS: i64 = 30;

/// Takes one block out of the tank at once.
pub(crate) struct OverrideHolding {
    pub(crate) block: BlockRef,
    pub(crate) key: Option<RequestKey>,
}

impl Work for OverrideHolding {
    type Out = BlockView;
    const NAME: &'static str = "block.override_holding";

    async fn run(&self, tx: &mut Tx) -> Result<BlockView> {
        let mut edit = Edit::begin(tx).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let held = self.block.load(tx, None).await?;
        held.allow(tx, Action::Update)?;
        if held.block.state != State::Holding {
            let message = format!("{} is not in the holding tank", held.prefix());
            return Err(Error::conflict_of(self.block.field(), message));
        }
        let block = unassign::give_back(tx, &mut edit, &held).await?;
        edit.finish(tx).await?;
        let view = BlockView::one(tx, block).await?;
        tx.remember(self.key.as_ref(), &view).await?;
        Ok(view)
    }
}

/// Takes every block out of the tank that has rested long enough.
pub(crate) struct ProcessHoldingTank {
    pub(crate) key: Option<RequestKey>,
}

/// The blocks that were in the tank long enough.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Processed {
    pub(crate) blocks: Vec<BlockView>,
}

impl Processed {
    /// How many are of this family.
    pub(crate) fn count(&self, family: Family) -> usize {
        self.blocks.iter().filter(|view| view.block.family() == family).count()
    }
}

/// The blocks that may leave the tank, as they are in it.
pub(crate) async fn due(tx: &mut Tx) -> Result<Vec<Held>> {
    let tank = system_resource(tx, system::HOLDING).await?;
    allow(tx, &tank, Action::Read)?;
    let before = tx.now().plus_seconds(-DAYS * 24 * 3600);
    let values = params![tank.id, before];
    let blocks: Vec<Block> =
        tx.find("holder = $1 AND holder <> 2 AND held_since <= $2 ORDER BY family, first, mask", values).await?;
    Held::all(tx, blocks).await
}

impl Work for ProcessHoldingTank {
    type Out = Processed;
    const NAME: &'static str = "block.process_holding";

    async fn run(&self, tx: &mut Tx) -> Result<Processed> {
        let mut edit = Edit::begin(tx).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let held = due(tx).await?;
        let mut blocks = Vec::with_capacity(held.len());
        for held in &held {
            held.allow(tx, Action::Update)?;
            blocks.push(unassign::give_back(tx, &mut edit, held).await?);
        }
        edit.finish(tx).await?;
        let processed = Processed { blocks: BlockView::all(tx, blocks).await? };
        tx.remember(self.key.as_ref(), &processed).await?;
        Ok(processed)
    }
}

/// What a run would take out of the tank, as the blocks are now.
pub(crate) async fn preview(tx: &mut Tx) -> Result<Processed> {
    let held = due(tx).await?;
    let blocks = held.into_iter().map(|held| held.block).collect();
    Ok(Processed { blocks: BlockView::all(tx, blocks).await? })
}
