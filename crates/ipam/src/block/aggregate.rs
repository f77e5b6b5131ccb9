//! Aggregating: merging blocks back into the block that they are parts of.

use kernel::{Action, Error, Prefix, Result};
use store::{RequestKey, Tx, Work};

use super::{Block, BlockRef, BlockView, State, find, fold, pick::Held, unassign};
use crate::space::Edit;

/// Merges a block and its sibling into their parent; or, with a mask, everything smaller than that mask.
pub(crate) struct AggregateBlock {
    pub(crate) block: BlockRef,
    pub(crate) mask: Option<u8>,
    /// What the door calls the mask.
    pub(crate) mask_name: &'static str,
    /// Whether blocks that somebody holds are unassigned first.
    pub(crate) ignore_assignments: bool,
    pub(crate) key: Option<RequestKey>,
}

/// What was aggregated.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Aggregated {
    /// The block that was named.
    pub(crate) named: String,
    /// The blocks that survive, in address order; one, unless a mask was given that is longer than the block's.
    pub(crate) into: Vec<BlockView>,
}

impl Work for AggregateBlock {
    type Out = Aggregated;
    const NAME: &'static str = "block.aggregate";

    async fn run(&self, tx: &mut Tx) -> Result<Aggregated> {
        let mut edit = Edit::begin(tx).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let held = self.block.load(tx, None).await?;
        held.allow(tx, Action::Update)?;
        let mut into = Vec::new();
        for survivor in self.survivors(tx, &held.block).await? {
            into.push(self.fold(tx, &mut edit, &survivor).await?);
        }
        edit.finish(tx).await?;
        let answer = Aggregated { named: held.prefix().to_string(), into: BlockView::all(tx, into).await? };
        tx.remember(self.key.as_ref(), &answer).await?;
        Ok(answer)
    }
}

impl AggregateBlock {
    /// The blocks that are to become leaves.
    async fn survivors(&self, tx: &mut Tx, block: &Block) -> Result<Vec<Block>> {
        let prefix = block.prefix();
        let Some(mask) = self.mask else {
            let Some(parent) = block.parent_id else {
                let message = format!("{prefix} is a top-level aggregate: there is nothing to aggregate it into");
                return Err(Error::conflict_of(self.block.field(), message));
            };
            return find::by_ids(tx, &[parent]).await;
        };
        let invalid = |message: String| Err(Error::invalid(self.mask_name, message));
        if mask > prefix.family().bits() {
            return invalid(format!("must be 0 to {}", prefix.family().bits()));
        }
        if mask > block.mask {
            let mut below = find::below(tx, block).await?;
            below.retain(|node| node.mask == mask && node.state == State::Split);
            if below.is_empty() {
                return invalid(format!("nothing below {prefix} is smaller than a /{mask}"));
            }
            return Ok(below);
        }
        let around = Prefix::containing(prefix.family(), prefix.first(), mask);
        let found = match around {
            Some(around) => find::by_prefix(tx, around).await?,
            None => Vec::new(),
        };
        match found.into_iter().find(|node| node.root_id == block.root_id) {
            Some(node) if node.state == State::Split => Ok(vec![node]),
            Some(node) => invalid(format!("{} is not split: there is nothing to aggregate", node.prefix())),
            None => invalid(format!("{prefix} lies in no /{mask} of its aggregate")),
        }
    }

    async fn fold(&self, tx: &mut Tx, edit: &mut Edit, survivor: &Block) -> Result<Block> {
        let below = find::below(tx, survivor).await?;
        let mut leaves = Held::all(tx, below.into_iter().filter(Block::is_leaf).collect()).await?;
        Held::allow_below(survivor.prefix(), &leaves, tx, Action::Update)?;
        let whole = Held::all(tx, vec![survivor.clone()]).await?;
        Held::allow_below(survivor.prefix(), &whole, tx, Action::Update)?;
        let now = tx.now();
        let alike = |leaves: &[Held]| fold::alike(&leaves.iter().map(|held| &held.block).collect::<Vec<_>>(), now);
        if !alike(&leaves) && self.ignore_assignments {
            // Back along their chains, step by step, until all belong to the same one again.
            while !alike(&leaves) {
                let longest = leaves.iter().map(|held| held.block.custody_chain().len()).max().unwrap_or(0);
                let mut returned = Vec::with_capacity(leaves.len());
                for held in leaves {
                    let goes_back = held.block.state != State::Available && held.block.custody_chain().len() == longest;
                    returned.push(if goes_back { unassign::hand_back(tx, edit, &held).await? } else { held.block });
                }
                leaves = Held::all(tx, returned).await?;
            }
        }
        if !alike(&leaves) {
            let blocks: Vec<_> = leaves.iter().map(|held| &held.block).collect();
            let message = format!("{} can't be aggregated: {}", survivor.prefix(), fold::obstacle(&blocks, now));
            return Err(Error::conflict_of(self.block.field(), message));
        }
        fold::fold(tx, edit, survivor).await
    }
}
