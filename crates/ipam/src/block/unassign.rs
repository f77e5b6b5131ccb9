//! Taking a block back.

use kernel::{Action, Error, Result};
use resources::system;
use store::{RequestKey, Tx, Work};

use super::{
    Block, BlockRef, BlockView, State, find, fold,
    pick::Held,
    system::{allow, system_resource},
};
use crate::space::Edit;

/// Takes a block back from its holder: into the holding tank, or past it.
pub(crate) struct UnassignBlock {
    pub(crate) block: BlockRef,
    pub(crate) skip_holding: bool,
    pub(crate) key: Option<RequestKey>,
}

impl Work for UnassignBlock {
    type Out = BlockView;
    const NAME: &'static str = "block.unassign";

    async fn run(&self, tx: &mut Tx) -> Result<BlockView> {
        let mut edit = Edit::begin(tx).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let mut held = self.block.load(tx, None).await?;
        held.allow(tx, Action::Update)?;
        may_unassign(&held).map_err(|e| e.about(self.block.field()))?;
        if held.block.state == State::Split {
            held.block = whole(tx, &mut edit, &held).await.map_err(|e| e.about(self.block.field()))?;
        }
        let block =
            if self.skip_holding { give_back(tx, &mut edit, &held).await? } else { hold(tx, &mut edit, &held).await? };
        edit.finish(tx).await?;
        let view = BlockView::one(tx, block).await?;
        tx.remember(self.key.as_ref(), &view).await?;
        Ok(view)
    }
}

fn may_unassign(held: &Held) -> Result<()> {
    let prefix = held.prefix();
    match held.holder.id {
        system::AVAILABLE => Err(Error::conflict(format!("{prefix} is not assigned to anybody"))),
        system::HOLDING => Err(Error::conflict(format!("{prefix} is in the holding tank already"))),
        _ => Ok(()),
    }
}

/// A split pool of which no piece has been given away is whole again before it goes back.
pub(super) async fn whole(tx: &mut Tx, edit: &mut Edit, held: &Held) -> Result<Block> {
    let below = find::below(tx, &held.block).await?;
    let leaves: Vec<&Block> = below.iter().filter(|b| b.is_leaf()).collect();
    let given = leaves.iter().find(|b| b.holder != held.holder.id || b.state != State::Pool);
    let why = match given {
        Some(piece) => stays_away(tx, piece).await?,
        None if !fold::alike(&leaves, tx.now()) => fold::obstacle(&leaves, tx.now()),
        None => return fold::fold(tx, edit, &held.block).await,
    };
    Err(Error::conflict(format!("{} can't be unassigned: {why}", held.prefix())))
}

/// Why a piece keeps the block around it from going back. Who holds it is only said to those who may know.
async fn stays_away(tx: &mut Tx, piece: &Block) -> Result<String> {
    let prefix = piece.prefix();
    let holder = Held::visible(tx, vec![piece.clone()]).await?.pop().map(|held| held.holder.name);
    Ok(match (piece.state, holder) {
        (State::Assigned | State::Pool, Some(name)) => {
            format!("\"{name}\" holds {prefix} below it; unassign that first")
        }
        (State::Holding, _) => format!("{prefix} below it is in the holding tank; take it out of there first"),
        _ => format!("{prefix} below it belongs to somebody else"),
    })
}

/// Puts a block into the holding tank. It remembers when it was assigned and whom it goes back to.
pub(super) async fn hold(tx: &mut Tx, edit: &mut Edit, held: &Held) -> Result<Block> {
    let tank = system_resource(tx, system::HOLDING).await?;
    allow(tx, &tank, Action::Update)?;
    let mut block = Block {
        holder: tank.id,
        state: State::Holding,
        sub_assignable: false,
        held_since: Some(tx.now()),
        ..held.block.clone()
    };
    edit.update(tx, &held.block, &mut block).await?;
    Ok(block)
}

/// Gives a block back to the one it came from, and the split blocks around it as well when their last part has gone
/// that way: nobody is left holding a block of which they hold no part.
pub(crate) async fn give_back(tx: &mut Tx, edit: &mut Edit, held: &Held) -> Result<Block> {
    let block = hand_back(tx, edit, held).await?;
    let mut part = block.clone();
    while let Some(parent) = part.parent_id {
        let Some(parent) = tx.get::<Block>(parent).await? else { break };
        let halves =
            find::by_ids(tx, &[parent.child1, parent.child2].into_iter().flatten().collect::<Vec<_>>()).await?;
        let same = halves.iter().all(|half| half.holder == part.holder && half.custody == part.custody);
        if !same || !goes_back_to(&parent, &part) {
            break;
        }
        let Block { holder, sub_assignable, assigned_at, custody, .. } = part;
        let mut settled = Block { holder, sub_assignable, assigned_at, custody, ..parent.clone() };
        edit.update(tx, &parent, &mut settled).await?;
        part = settled;
    }
    Ok(block)
}

/// Whether a split block would go back to the holder of this part of it, at once or in several steps.
fn goes_back_to(split: &Block, part: &Block) -> bool {
    let (chain, left) = (split.custody_chain(), part.custody_chain());
    let next = chain.get(left.len()).copied();
    split.holder != part.holder
        && chain.starts_with(&left)
        && (part.holder == system::AVAILABLE || next == Some(part.holder))
}

/// Gives a block alone back to the one it came from: the holder of the pool it was a piece of, or nobody.
pub(crate) async fn hand_back(tx: &mut Tx, edit: &mut Edit, held: &Held) -> Result<Block> {
    let mut chain = held.block.custody_chain();
    let mut to = None;
    // A holder that has been deleted meanwhile gets nothing back; the one before it does.
    while let Some(id) = chain.pop() {
        if let Some(resource) = resources::load(tx, &[id]).await?.remove(&id) {
            to = Some(resource);
            break;
        }
    }
    let (to, state) = match to {
        Some(to) => (to, State::Pool),
        None => (system_resource(tx, system::AVAILABLE).await?, State::Available),
    };
    allow(tx, &to, Action::Update)?;
    let mut block = Block {
        holder: to.id,
        state,
        sub_assignable: state == State::Pool,
        assigned_at: (state == State::Pool).then(|| tx.now()),
        held_since: None,
        ..held.block.clone()
    };
    block.set_custody(&chain);
    edit.update(tx, &held.block, &mut block).await?;
    Ok(block)
}
