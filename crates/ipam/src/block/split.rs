//! Splitting a block.

use kernel::{Action, Error, Result, Timestamp};
use resources::system;
use store::{RequestKey, Tx, Work};

use super::{Block, BlockRef, BlockView, State, assign, pick::Held, tree::Pieces};
use crate::space::Edit;

/// Splits a block: into its halves, or as far as a mask or a number of pieces says.
pub(crate) struct SplitBlock {
    pub(crate) block: BlockRef,
    pub(crate) mask: Option<u8>,
    pub(crate) limit: Option<u32>,
    /// What the door calls the mask and the limit.
    pub(crate) names: (&'static str, &'static str),
    pub(crate) key: Option<RequestKey>,
}

/// What has become of the block.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct SplitInto {
    /// The block itself, now split.
    pub(crate) block: BlockView,
    /// Its lower and upper half.
    pub(crate) halves: [Block; 2],
    /// The new leaves, in address order.
    pub(crate) leaves: Vec<BlockView>,
}

impl Work for SplitBlock {
    type Out = SplitInto;
    const NAME: &'static str = "block.split";

    async fn run(&self, tx: &mut Tx) -> Result<SplitInto> {
        let mut edit = Edit::begin(tx).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let held = self.block.load(tx, None).await?;
        held.allow(tx, Action::Update)?;
        let pieces = may_split(&held, tx.now())
            .and_then(|()| Pieces::of(held.prefix(), self.mask, self.limit, self.names))
            .map_err(|e| e.about(self.block.field()))?;
        let made = assign::split(tx, &mut edit, &held.block, pieces).await?;
        edit.finish(tx).await?;
        let [low, high] = halves(&held.block, &made)?;
        let whole = Block {
            state: State::Split,
            version: held.block.version + 1,
            child1: Some(low.id),
            child2: Some(high.id),
            updated_at: Some(tx.now()),
            ..held.block
        };
        let leaves = made.into_iter().filter(Block::is_leaf).collect();
        let block = BlockView::one(tx, whole).await?;
        let answer = SplitInto { block, halves: [low, high], leaves: BlockView::all(tx, leaves).await? };
        tx.remember(self.key.as_ref(), &answer).await?;
        Ok(answer)
    }
}

fn halves(whole: &Block, made: &[Block]) -> Result<[Block; 2]> {
    let mut halves = made.iter().filter(|block| block.parent_id == Some(whole.id)).cloned();
    match (halves.next(), halves.next()) {
        (Some(low), Some(high)) => Ok([low, high]),
        _ => Err(Error::internal("a split made no halves")),
    }
}

/// A block may be split when it is available, or a pool whose pieces may be given away.
pub(crate) fn may_split(held: &Held, now: Timestamp) -> Result<()> {
    let prefix = held.prefix();
    if let Some(reservation) = held.block.reservation(now) {
        return Err(Error::conflict(format!("{prefix} can't be split: it is {}", reservation.words())));
    }
    let why = match held.block.state {
        State::Available | State::Pool => return Ok(()),
        State::Split => "is split already".to_owned(),
        State::Holding => "is in the holding tank; it must be available first".to_owned(),
        State::Assigned if held.holder.id == system::REVERSE => "is reserved".to_owned(),
        State::Assigned => format!(
            "is assigned to \"{}\" without sub-assignments; allow sub-assignments on it first",
            held.holder.name
        ),
    };
    Err(Error::conflict(format!("{prefix} can't be split: it {why}")))
}
