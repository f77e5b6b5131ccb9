//! Changing what is known of blocks.

use kernel::{Action, Asn, Error, LirId, Patch, Result, RuleId, VlanDomainId, VrfId};
use store::{RequestKey, Tx, Work};

use super::{
    Block, BlockRef, BlockView, State, add, asn_resource, assign, find, marks::Marks, model::MetaPatch, pick::Held,
};
use crate::{
    list,
    profile::{Profile, tag_set},
    registrar,
    space::{Edit, Scheme},
    vlan,
    vlan_domain::DEFAULT_DOMAIN,
};

/// What is to be changed. Fields that are kept are not touched.
#[derive(Debug, Clone, Default)]
pub(crate) struct BlockPatch {
    pub(crate) rir: Option<String>,
    pub(crate) region: Patch<String>,
    pub(crate) vlan: Patch<i64>,
    pub(crate) code: Patch<String>,
    pub(crate) asn: Patch<Asn>,
    pub(crate) lir: Patch<LirId>,
    pub(crate) tags: Option<(TagsAction, Vec<String>)>,
    pub(crate) notes: Patch<String>,
    pub(crate) meta: MetaPatch,
    pub(crate) sub_assignable: Option<bool>,
    pub(crate) vlan_domain: Patch<VlanDomainId>,
    /// Of the named blocks alone.
    pub(crate) important: Option<bool>,
    /// The rule that the named blocks carry; what is below follows it.
    pub(crate) rule: Patch<RuleId>,
    /// Of whole aggregates.
    pub(crate) vrf: Option<VrfId>,
    /// Of whole aggregates; once on, it stays as it is.
    pub(crate) sparse: Option<Scheme>,
    /// The block at the other side of an address translation.
    pub(crate) nat: Patch<BlockRef>,
}

/// What is done with the given tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum TagsAction {
    /// They become the block's only tags.
    #[default]
    Replace,
    /// They are added.
    Add,
    /// They are taken off.
    Delete,
}

impl TagsAction {
    /// `replace`, `add` or `delete`, in any case.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "replace" => Some(Self::Replace),
            "add" => Some(Self::Add),
            "delete" => Some(Self::Delete),
            _ => None,
        }
    }
}

/// Changes blocks, all or none.
pub(crate) struct UpdateBlocks {
    pub(crate) blocks: Vec<BlockRef>,
    pub(crate) patch: BlockPatch,
    /// Whether attributes and notes are given to everything below as well. Who holds what never changes.
    pub(crate) propagate: bool,
    pub(crate) key: Option<RequestKey>,
}

impl Work for UpdateBlocks {
    type Out = Vec<BlockView>;
    const NAME: &'static str = "block.update";

    async fn run(&self, tx: &mut Tx) -> Result<Vec<BlockView>> {
        if let Patch::Set(asn) = self.patch.asn {
            asn_resource::ensure(tx, Some(asn), Self::NAME).await?;
        }
        let mut edit = Edit::begin(tx).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let patch = self.patch.listed(tx).await?;
        let mut done = Vec::with_capacity(self.blocks.len());
        for named in &self.blocks {
            let held = named.load(tx, None).await?;
            let changed = patch.apply(tx, &mut edit, &held, true).await?;
            if self.propagate {
                let below = find::below(tx, &held.block).await?;
                let parts = Held::all(tx, below).await?;
                Held::allow_below(held.prefix(), &parts, tx, Action::Update)?;
                for part in &parts {
                    patch.apply(tx, &mut edit, part, false).await?;
                }
            }
            done.push(patch.settle(tx, &mut edit, changed).await?);
        }
        edit.finish(tx).await?;
        let views = BlockView::all(tx, done).await?;
        tx.remember(self.key.as_ref(), &views).await?;
        Ok(views)
    }
}

impl BlockPatch {
    /// The patch with its values as the lists spell them; refused when one is in no list.
    async fn listed(&self, tx: &mut Tx) -> Result<Self> {
        let lists = list::current(tx).await?;
        let mut patch = self.clone();
        patch.rir = self.rir.as_ref().map(|rir| lists.rir(rir)).transpose()?;
        if let Patch::Set(region) = &self.region {
            patch.region = Patch::Set(lists.region("region", region)?);
        }
        if let Some((action, tags)) = &self.tags
            && *action != TagsAction::Delete
        {
            lists.tags("tags", tags)?;
        }
        Ok(patch)
    }

    fn profile(&self, old: &Profile) -> Profile {
        let vlan = self.vlan.apply(old.vlan);
        let domain = self.vlan_domain.apply(Some(old.vlan_domain)).unwrap_or(DEFAULT_DOMAIN);
        let tags = match &self.tags {
            None => old.tags.clone(),
            Some((TagsAction::Replace, tags)) => tag_set(tags),
            Some((TagsAction::Add, tags)) => tag_set(old.tags.iter().chain(tags)),
            Some((TagsAction::Delete, tags)) => old.tags.iter().filter(|tag| !tags.contains(tag)).cloned().collect(),
        };
        Profile {
            rir: self.rir.clone().unwrap_or_else(|| old.rir.clone()),
            region: self.region.clone().apply(old.region.clone()),
            vlan,
            vlan_domain: if vlan.is_some() { domain } else { DEFAULT_DOMAIN },
            code: self.code.clone().apply(old.code.clone()),
            asn: self.asn.apply(old.asn),
            lir: self.lir.apply(old.lir),
            tags,
            ..old.clone()
        }
    }

    async fn apply(&self, tx: &mut Tx, edit: &mut Edit, held: &Held, named: bool) -> Result<Block> {
        held.allow(tx, Action::Update)?;
        let old = &held.block;
        let profile = self.profile(&held.profile);
        if profile.rir != held.profile.rir {
            refuse_duplicate(tx, old, &profile).await?;
        }
        if profile.lir != held.profile.lir || profile.rir != held.profile.rir {
            registrar::check_lir(tx, profile.lir, &profile.rir).await?;
        }
        if (profile.vlan, profile.vlan_domain) != (held.profile.vlan, held.profile.vlan_domain) {
            vlan::refuse_unknown(tx, profile.vlan_domain, profile.vlan).await?;
        }
        if profile.vlan.is_none() && matches!(self.vlan_domain, Patch::Set(_)) {
            return Err(Error::invalid("vlan_domain_id", "needs a VLAN: give vlan_id with it"));
        }

        let profile_id = if profile == *held.profile { old.profile_id } else { profile.intern(tx).await? };
        let notes = self.notes.clone().apply(old.notes.clone());
        let meta = self.meta.apply(old.meta.as_deref());
        let mut new = Block { profile_id, notes, meta, ..old.clone() };
        if let Some(important) = self.important.filter(|_| named) {
            new.set_marks(&Marks { important, ..new.marks() });
        }
        if let Some(wanted) = self.sub_assignable.filter(|wanted| named && *wanted != old.sub_assignable) {
            let is = match old.state {
                State::Split => Some("split"),
                State::Holding => Some("in the holding tank"),
                State::Available | State::Assigned | State::Pool => None,
            };
            if let Some(is) = is {
                let prefix = held.prefix();
                let message = format!("sub-assignments can't be allowed or forbidden on {prefix} while it is {is}");
                return Err(Error::conflict_of("allowSubAssignments", message));
            }
            new.sub_assignable = wanted;
            new.state = assign::state_of(old.holder, wanted);
        }
        if new != *old {
            edit.update(tx, old, &mut new).await?;
        }
        Ok(new)
    }
}

/// Checks that a block overlaps nothing of the RIR that it is to have, but for its own aggregate: as at the adding of an
/// aggregate, that would be a duplicate.
pub(super) async fn refuse_duplicate(tx: &mut Tx, block: &Block, profile: &Profile) -> Result<()> {
    let prefix = block.prefix();
    let mut others = find::overlapping_roots(tx, prefix).await?;
    others.retain(|root| root.id != block.root_id);
    let Some(other) = add::duplicate(tx, &others, prefix, profile).await? else { return Ok(()) };
    let (found, id, rir) = (other.prefix(), other.id, &profile.rir);
    let message = format!("{prefix} can't be of the RIR {rir}: it would overlap {found} ({id}) of that RIR");
    Err(Error::conflict_of("rir", message))
}

/// The most characters of notes.
pub(crate) const LONGEST_NOTES: usize = 10_000;
/// The most characters of a column of the instance's own.
pub(crate) const LONGEST_META: usize = 1_000;

/// Checks a VLAN id: 1 to 4094 (IEEE 802.1Q).
pub(crate) fn vlan(field: &str, vlan: i64) -> Result<i64> {
    if (1..=4094).contains(&vlan) {
        return Ok(vlan);
    }
    Err(Error::invalid(field, format!("{vlan} is not a VLAN id; use 1 to 4094")))
}

/// Checks free text: no control characters but line ends and tabs, and not longer than this.
pub(crate) fn text(field: &str, text: &str, longest: usize) -> Result<String> {
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Error::invalid(field, "must not contain control characters"));
    }
    if text.chars().count() > longest {
        return Err(Error::invalid(field, format!("must not be longer than {longest} characters")));
    }
    Ok(text.to_owned())
}
