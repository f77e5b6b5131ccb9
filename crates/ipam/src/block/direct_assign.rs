//! Direct assign: these very blocks to this resource.

use kernel::{Action, BlockId, Error, ResourceId, Result};
use resources::Resource;
use store::{RequestKey, Tx, Work};

use super::{
    Block, BlockRef, BlockView, State, assign, find,
    model::MetaPatch,
    pick::{Held, one_of},
    recipient::Recipient,
};
use crate::{list, profile::Criteria, rule::refuse_kept_back, space::Edit, vrf};

/// Assigns one or several blocks, all or none.
pub(crate) struct DirectAssign {
    pub(crate) blocks: Vec<BlockRef>,
    /// What the door calls the blocks.
    pub(crate) field: &'static str,
    pub(crate) to: Recipient,
    /// What the blocks must be like.
    pub(crate) criteria: Criteria,
    /// The top-level aggregate that they must lie in.
    pub(crate) root: Option<BlockId>,
    /// The resource that must hold them so far.
    pub(crate) from: Option<ResourceId>,
    /// Whether pieces may be given on; without it, a block keeps what it has.
    pub(crate) sub_assignable: Option<bool>,
    pub(crate) meta: MetaPatch,
    pub(crate) key: Option<RequestKey>,
}

/// The assigned blocks and who has them now.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Assigned {
    pub(crate) to: kernel::ResourceId,
    pub(crate) blocks: Vec<BlockView>,
}

impl Work for DirectAssign {
    type Out = Assigned;
    const NAME: &'static str = "block.direct_assign";

    async fn run(&self, tx: &mut Tx) -> Result<Assigned> {
        let mut edit = Edit::begin(tx).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        if self.blocks.is_empty() {
            return Err(Error::invalid(self.field, "names no block"));
        }
        let criteria = listed(tx, &self.criteria).await?;
        let to = self.to.find(tx, Action::Update).await?;
        let mut blocks = Vec::with_capacity(self.blocks.len());
        for named in &self.blocks {
            blocks.push(self.one(tx, &mut edit, *named, &to, &criteria).await?);
        }
        edit.finish(tx).await?;
        let answer = Assigned { to: to.id, blocks: BlockView::all(tx, blocks).await? };
        tx.remember(self.key.as_ref(), &answer).await?;
        Ok(answer)
    }
}

impl DirectAssign {
    async fn one(
        &self,
        tx: &mut Tx,
        edit: &mut Edit,
        named: BlockRef,
        to: &Resource,
        criteria: &Criteria,
    ) -> Result<Block> {
        let held = self.find(tx, named, criteria).await?;
        held.allow(tx, Action::Update)?;
        let wanted = if let BlockRef::Cidr(prefix) = named { prefix } else { held.prefix() };
        if let Some((field, why)) = criteria.refusal(&held.profile).or_else(|| self.misplaced(&held)) {
            return Err(Error::invalid(field, format!("{wanted} does not match: {why}")));
        }
        may_assign(&held, wanted).map_err(|e| e.about(self.field))?;
        refuse_reserved(tx, &held, wanted).map_err(|e| e.about(self.field))?;
        refuse_kept_back(tx, wanted, &held.profile).await.map_err(|e| e.about(self.field))?;
        let keeps = held.block.sub_assignable && held.block.state == State::Available && held.prefix() == wanted;
        let sub_assignable = self.sub_assignable.unwrap_or(keeps);
        let now = tx.now();
        let ids: Vec<[BlockId; 2]> = assign::ids_for_path(tx, wanted.mask() - held.block.mask).await?;
        let change = |block: &mut Block| {
            assign::hand_over(block, to, sub_assignable, now);
            block.meta = self.meta.apply(block.meta.as_deref());
        };
        Ok(assign::carve(tx, edit, &held.block, wanted, &ids, change).await?.0)
    }

    /// The block itself, or the free leaf that it lies in.
    async fn find(&self, tx: &mut Tx, named: BlockRef, criteria: &Criteria) -> Result<Held> {
        let BlockRef::Cidr(prefix) = named else { return named.load(tx, None).await };
        let of_rir = |held: &Held| {
            criteria.rir.as_ref().is_none_or(|rir| held.profile.rir == *rir)
                && criteria.vrf.is_none_or(|vrf| held.profile.vrf == vrf)
        };
        let exact = find::by_prefix(tx, prefix).await?;
        let mut found = Held::visible(tx, exact).await?;
        if !found.iter().any(of_rir) {
            let around = find::leaves_around(tx, prefix).await?;
            let around = Held::visible(tx, around).await?;
            if found.is_empty() || around.iter().any(of_rir) {
                found = around;
            }
        }
        if found.iter().any(of_rir) {
            found.retain(of_rir);
        }
        one_of(found, &prefix.to_string())?.ok_or_else(|| Error::not_found(format!("No block found: {prefix}")))
    }

    /// Why the block is not where it was expected to be.
    fn misplaced(&self, held: &Held) -> Option<(&'static str, String)> {
        let root = held.block.root_id;
        if self.root.is_some_and(|wanted| wanted != root) {
            return Some(("top_aggregate", format!("its top-level aggregate is {root}")));
        }
        let Resource { id, name, .. } = &held.holder;
        let elsewhere = self.from.is_some_and(|wanted| wanted != *id);
        elsewhere.then(|| ("assignedResourceId", format!("\"{name}\" ({id}) holds it")))
    }
}

/// Only free space can be given away; blocks in the holding tank by name, never by a search.
fn may_assign(held: &Held, wanted: kernel::Prefix) -> Result<()> {
    let (prefix, holder) = (held.prefix(), &held.holder.name);
    let why = match held.block.state {
        State::Available | State::Pool => return Ok(()),
        State::Holding if prefix == wanted => return Ok(()),
        State::Holding => format!("{prefix} is in the holding tank; only the whole of it can be assigned from there"),
        State::Split => format!("{prefix} is split; aggregate it first, or assign the blocks below it"),
        State::Assigned if prefix == wanted => format!("{prefix} is assigned to \"{holder}\""),
        State::Assigned => {
            format!("{wanted} lies in {prefix}, which is assigned to \"{holder}\" without sub-assignments")
        }
    };
    Err(Error::conflict(why))
}

/// What is reserved is for the one who reserved it, and then as a whole.
fn refuse_reserved(tx: &Tx, held: &Held, wanted: kernel::Prefix) -> Result<()> {
    let Some(reservation) = held.block.reservation(tx.now()) else { return Ok(()) };
    let prefix = held.prefix();
    if *reservation.by == *tx.actor().name && prefix == wanted {
        return Ok(());
    }
    Err(Error::conflict(format!("{prefix} is {}", reservation.words())))
}

/// The criteria with their values as the lists spell them; refused when one is in no list.
pub(crate) async fn listed(tx: &mut Tx, criteria: &Criteria) -> Result<Criteria> {
    let lists = list::current(tx).await?;
    let rir = criteria.rir.as_ref().map(|rir| lists.rir(rir)).transpose()?;
    let region = match &criteria.region {
        Some(names) => lists.regions("region", names)?,
        None => None,
    };
    if let Some(tags) = &criteria.tags {
        lists.tags("tags", tags)?;
    }
    if let Some(vrf) = criteria.vrf {
        vrf::refuse_unknown(tx, vrf).await?;
    }
    Ok(Criteria { rir, region, ..criteria.clone() })
}
