//! Adding a top-level aggregate.

use std::collections::HashSet;

use kernel::{Action, BlockId, Error, Prefix, ProfileId, Result, RuleId};
use resources::{Resource, system};
use store::{RequestKey, Tx, Work};

use super::{
    Block, BlockView, asn_resource, assign, find,
    recipient::Recipient,
    sparse,
    system::{allow, system_resource},
};
use crate::{
    list,
    profile::{Profile, Profiles},
    registrar, rule,
    space::Edit,
    vlan, vrf,
};

/// What a new aggregate is like.
#[derive(Debug, Clone)]
pub(crate) struct NewBlock {
    pub(crate) prefix: Prefix,
    pub(crate) profile: Profile,
    pub(crate) holder: Option<Recipient>,
    pub(crate) sub_assignable: bool,
    /// Whether it may overlap an aggregate of the same RIR.
    pub(crate) allow_duplicate: bool,
    pub(crate) notes: Option<String>,
    pub(crate) meta: Option<String>,
    /// The rule that it carries.
    pub(crate) rule: Option<RuleId>,
}

/// Adds an aggregate.
pub(crate) struct AddBlock {
    pub(crate) new: NewBlock,
    pub(crate) key: Option<RequestKey>,
}

impl Work for AddBlock {
    type Out = BlockView;
    const NAME: &'static str = "block.add";

    async fn run(&self, tx: &mut Tx) -> Result<BlockView> {
        asn_resource::ensure(tx, self.new.profile.asn, Self::NAME).await?;
        let mut edit = Edit::begin(tx).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let mut profile = checked(tx, &self.new.profile).await?;
        sparse::may_be(self.new.prefix, profile.sparse)?;
        if let Some(rule) = self.new.rule {
            profile.rule = Some(rule::rule_for(tx, rule, self.new.prefix.mask()).await?);
        }
        let holder = self.holder(tx).await?;
        let space = space_for(tx, self.new.prefix, &profile, self.new.allow_duplicate).await?;
        let profile_id = profile.intern(tx).await?;
        let block = self.new.block(tx, &holder, profile_id, space).await?;
        edit.insert(tx, &block).await?;
        edit.finish(tx).await?;
        let view = BlockView::one(tx, block).await?;
        tx.remember(self.key.as_ref(), &view).await?;
        Ok(view)
    }
}

impl AddBlock {
    /// Who is to hold the aggregate.
    async fn holder(&self, tx: &mut Tx) -> Result<Resource> {
        if let Some(recipient) = &self.new.holder {
            return recipient.find(tx, Action::Create).await;
        }
        let available = system_resource(tx, system::AVAILABLE).await?;
        allow(tx, &available, Action::Create)?;
        Ok(available)
    }
}

/// The profile with its values as the lists spell them; refused when one is in no list.
pub(crate) async fn checked(tx: &mut Tx, profile: &Profile) -> Result<Profile> {
    let lists = list::current(tx).await?;
    let rir = lists.rir(&profile.rir)?;
    let region = profile.region.as_ref().map(|name| lists.region("region", name)).transpose()?;
    lists.tags("tags", &profile.tags)?;
    registrar::check_lir(tx, profile.lir, &rir).await?;
    vrf::refuse_unknown(tx, profile.vrf).await?;
    vlan::refuse_unknown(tx, profile.vlan_domain, profile.vlan).await?;
    if let Some(rule) = &profile.rule {
        rule::is_current(tx, rule).await?;
    }
    Ok(Profile { rir, region, ..profile.clone() })
}

/// The first space in which the aggregate overlaps nothing. Overlapping space of the same RIR in the same VRF is a
/// duplicate and refused unless that is wanted; other RIRs are other spaces, which is what custom RIRs are for, and so are
/// other VRFs.
async fn space_for(tx: &mut Tx, prefix: Prefix, profile: &Profile, allow_duplicate: bool) -> Result<i64> {
    let roots = find::overlapping_roots(tx, prefix).await?;
    if !allow_duplicate && let Some(other) = duplicate(tx, &roots, prefix, profile).await? {
        let rir = &profile.rir;
        let found = other.prefix();
        let what = match other.parent_id {
            _ if found == prefix => "exists already",
            None => "overlaps an aggregate that exists already",
            Some(_) => "overlaps a block that exists already",
        };
        let message = format!(
            "{prefix} {what}: {found} ({}) of the RIR {rir}. It can be added all the same if duplicates are allowed",
            other.id
        );
        return Err(Error::conflict_of("block", message));
    }
    let taken: HashSet<i64> = roots.iter().map(|root| root.space).collect();
    Ok(first_free_space(&taken))
}

/// A block of the RIR and the VRF of this profile that shares an address with this range, below any of these aggregates. A
/// part of an aggregate may be of another RIR than the whole.
pub(crate) async fn duplicate(tx: &mut Tx, roots: &[Block], prefix: Prefix, like: &Profile) -> Result<Option<Block>> {
    if roots.is_empty() {
        return Ok(None);
    }
    let all = tx.memory::<Profiles>().all(tx).await?;
    let same = |profile: &Profile| profile.rir == like.rir && profile.vrf == like.vrf;
    let profiles: Vec<ProfileId> = all.iter().filter(|(_, profile)| same(profile)).map(|(id, _)| *id).collect();
    let ids: Vec<BlockId> = roots.iter().map(|root| root.id).collect();
    let around = find::ancestors(tx, prefix).await?.into_iter();
    let around = around
        .filter(|block| ids.contains(&block.root_id) && profiles.contains(&block.profile_id))
        .min_by_key(|block| block.mask);
    match around {
        Some(block) => Ok(Some(block)),
        None => find::first_inside(tx, prefix, &ids, &profiles).await,
    }
}

/// The lowest number that is not taken.
pub(crate) fn first_free_space(taken: &HashSet<i64>) -> i64 {
    let mut space = 0;
    while taken.contains(&space) {
        space += 1;
    }
    space
}

impl NewBlock {
    /// The block as a row.
    pub(crate) async fn block(
        &self,
        tx: &mut Tx,
        holder: &Resource,
        profile_id: ProfileId,
        space: i64,
    ) -> Result<Block> {
        let id = BlockId(tx.new_id::<Block>().await?);
        let held = holder.id != system::AVAILABLE;
        Ok(Block {
            state: assign::state_of(holder.id, self.sub_assignable),
            holder: holder.id,
            sub_assignable: self.sub_assignable,
            profile_id,
            assigned_at: held.then(|| tx.now()),
            notes: self.notes.clone(),
            meta: self.meta.clone(),
            ..Block::available(id, self.prefix, space)
        })
    }
}
