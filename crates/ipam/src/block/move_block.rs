//! Moving a block from its holder to another one, past the holding tank and the available space.

use kernel::{Action, Error, Result};
use resources::system;
use store::{RequestKey, Tx, Work};

use super::{Block, BlockRef, BlockView, State, find, pick::Held, recipient::Recipient};
use crate::space::Edit;

/// Moves a block with everything in it that its holder has. What its holder has given on stays with those who have it,
/// and will go back to the new holder. The caller needs the right to update blocks of both.
pub(crate) struct MoveBlock {
    pub(crate) block: BlockRef,
    pub(crate) to: Recipient,
    pub(crate) key: Option<RequestKey>,
}

impl Work for MoveBlock {
    type Out = BlockView;
    const NAME: &'static str = "block.move";

    async fn run(&self, tx: &mut Tx) -> Result<BlockView> {
        let mut edit = Edit::begin(tx).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let held = self.block.load(tx, None).await?;
        held.allow(tx, Action::Update)?;
        let to = self.to.find(tx, Action::Update).await?;
        self.check(&held, to.id)?;
        let (from, depth) = (held.holder.id, held.block.custody_chain().len());
        let now = tx.now();
        let below = find::below(tx, &held.block).await?;
        let mut moved = held.block.clone();
        for old in std::iter::once(&held.block).chain(&below) {
            let mut new = old.clone();
            let mut chain = old.custody_chain();
            if old.holder == from && chain.len() == depth {
                new.holder = to.id;
                new.assigned_at = Some(now);
            } else if chain.get(depth) == Some(&from) {
                chain[depth] = to.id;
                new.set_custody(&chain);
            } else {
                continue;
            }
            edit.update(tx, old, &mut new).await?;
            if new.id == moved.id {
                moved = new;
            }
        }
        edit.finish(tx).await?;
        let leaf = moved.is_leaf().then(|| crate::events::assigned(&moved, &to));
        if let Some((event, what)) = leaf {
            tx.emit(event, &what).await?;
        }
        let view = BlockView::one(tx, moved).await?;
        tx.remember(self.key.as_ref(), &view).await?;
        Ok(view)
    }
}

impl MoveBlock {
    fn check(&self, held: &Held, to: kernel::ResourceId) -> Result<()> {
        let Block { holder, state, .. } = &held.block;
        let prefix = held.prefix();
        let why = match (*holder, state) {
            (system::AVAILABLE, _) => format!("{prefix} is held by nobody; assign it instead"),
            (system::HOLDING, _) | (_, State::Holding) => {
                format!("{prefix} is in the holding tank; assign it directly instead")
            }
            (holder, _) if holder == to => format!("\"{}\" holds {prefix} already", held.holder.name),
            _ => return Ok(()),
        };
        Err(Error::conflict_of(self.block.field(), why))
    }
}
