//! Taking back everything that resources hold.

use kernel::{Action, Area, Error, FieldErrors, Prefix, ResourceId, Result};
use store::{RequestKey, Tx, Work, params};

use super::{
    Block, BlockView, State, find,
    pick::Held,
    unassign::{hold, whole},
};
use crate::space::Edit;

/// The most resources that one request may name.
const MOST_RESOURCES: usize = 1000;
/// The most blocks that one request takes back.
const MOST_BLOCKS: usize = 10_000;
/// The parameter, as callers know it.
const FIELD: &str = "resource_ids";

/// Puts all blocks of these resources into the holding tank, or none when one of them can't be taken back. The caller
/// needs the right to update the address space of each resource and of the tank.
pub(crate) struct UnassignAll {
    pub(crate) holders: Vec<ResourceId>,
    pub(crate) key: Option<RequestKey>,
}

impl Work for UnassignAll {
    type Out = Vec<BlockView>;
    const NAME: &'static str = "block.unassign_all";

    async fn run(&self, tx: &mut Tx) -> Result<Vec<BlockView>> {
        let mut edit = Edit::begin(tx).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        self.check(tx).await?;
        let (mut held, mut reasons) = (Vec::new(), Vec::new());
        for top in tops(tx, &self.holders).await? {
            match parts(tx, &mut edit, top).await {
                Ok(parts) => held.extend(parts),
                Err(Error::Conflict(obstacle)) => reasons.push(obstacle.message),
                Err(other) => return Err(other),
            }
        }
        if !reasons.is_empty() {
            return Err(Error::conflict_of(FIELD, format!("{}.", reasons.join("; "))));
        }
        let mut blocks = Vec::with_capacity(held.len());
        for held in &held {
            blocks.push(hold(tx, &mut edit, held).await?);
        }
        edit.finish(tx).await?;
        let views = BlockView::all(tx, blocks).await?;
        tx.remember(self.key.as_ref(), &views).await?;
        Ok(views)
    }
}

impl UnassignAll {
    /// Refuses resources that are not there or may not be seen, each by its place in the list, and then what may not
    /// be done to those that are.
    async fn check(&self, tx: &mut Tx) -> Result<()> {
        if !(1..=MOST_RESOURCES).contains(&self.holders.len()) {
            return Err(Error::invalid(FIELD, format!("must name 1 to {MOST_RESOURCES} resources")));
        }
        let known = resources::load(tx, &self.holders).await?;
        let (mut errors, mut forbidden) = (FieldErrors::default(), Vec::new());
        for (n, id) in self.holders.iter().enumerate() {
            let allowed = match known.get(id) {
                Some(resource) => resource.allow(tx.actor(), Area::Ipam, Action::Update),
                None => Err(Error::not_found("")),
            };
            match allowed {
                Ok(()) if known.get(id).is_some_and(|resource| resource.is_system) => {
                    errors.push(format!("{FIELD}[{n}]"), "belongs to the system, and nothing is assigned to it");
                }
                Ok(()) => {}
                Err(Error::Forbidden(why)) => forbidden.push(why),
                Err(_) => errors.push(format!("{FIELD}[{n}]"), format!("No resource found with ID: {id}")),
            }
        }
        errors.into_result()?;
        if forbidden.is_empty() { Ok(()) } else { Err(Error::forbidden(forbidden.join(" "))) }
    }
}

/// The blocks of these holders that do not lie in a block of the same holder, in address order.
async fn tops(tx: &mut Tx, holders: &[ResourceId]) -> Result<Vec<Held>> {
    // The index on holders leaves out what is available, which is nobody's.
    let condition = "holder <> 2 AND holder = ANY($1) ORDER BY family, first, mask, space LIMIT $2";
    let most = i64::try_from(MOST_BLOCKS + 1).map_err(Error::internal)?;
    let mut blocks: Vec<Block> = tx.find(condition, params![holders, most]).await?;
    if blocks.len() > MOST_BLOCKS {
        let rule = format!("hold more than {MOST_BLOCKS} blocks together; name fewer of them at a time");
        return Err(Error::invalid(FIELD, rule));
    }
    // Whatever lies around a block comes before it.
    let mut around: Vec<(i64, ResourceId, Prefix)> = Vec::new();
    blocks.retain(|block| {
        let (space, prefix) = (block.space, block.prefix());
        around.retain(|(other, _, outer)| *other != space || outer.contains(prefix));
        let is_top = !around.iter().any(|(other, holder, _)| *other == space && *holder == block.holder);
        around.push((space, block.holder, prefix));
        is_top
    });
    Held::all(tx, blocks).await
}

/// What there is to take back of a block: itself, made whole where it is a pool that was split; or, where it was split
/// otherwise, the leaves that are still its holder's.
async fn parts(tx: &mut Tx, edit: &mut Edit, mut top: Held) -> Result<Vec<Held>> {
    if top.block.state != State::Split {
        return Ok(vec![top]);
    }
    let below = find::below(tx, &top.block).await?;
    let leaves: Vec<Block> = below.into_iter().filter(|b| b.is_leaf() && b.holder == top.holder.id).collect();
    if leaves.is_empty() || leaves.iter().any(|leaf| leaf.state == State::Pool) {
        top.block = whole(tx, edit, &top).await?;
        return Ok(vec![top]);
    }
    Held::all(tx, leaves).await
}
