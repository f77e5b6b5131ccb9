//! Changing what is known of blocks.

use std::collections::BTreeSet;

use kernel::Patch as Field;

use super::{Answer, Block, Naive, Name, State, state_of};

/// What is done with tags.
#[derive(Debug, Clone)]
pub(crate) enum Tags {
    Replace(BTreeSet<&'static str>),
    Add(BTreeSet<&'static str>),
    Delete(BTreeSet<&'static str>),
}

/// What is changed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Patch {
    pub(crate) rir: Option<&'static str>,
    pub(crate) region: Field<&'static str>,
    pub(crate) vlan: Field<i64>,
    pub(crate) code: Field<&'static str>,
    pub(crate) tags: Option<Tags>,
    pub(crate) notes: Field<&'static str>,
    pub(crate) sub_assignable: Option<bool>,
    /// Whether the same is done to everything below; who may have pieces of it stays.
    pub(crate) propagate: bool,
}

impl Patch {
    fn apply(&self, block: &mut Block) {
        let profile = &mut block.profile;
        profile.rir = self.rir.unwrap_or(profile.rir);
        profile.region = self.region.apply(profile.region);
        profile.vlan = self.vlan.apply(profile.vlan);
        profile.code = self.code.apply(profile.code);
        match &self.tags {
            None => {}
            Some(Tags::Replace(tags)) => profile.tags.clone_from(tags),
            Some(Tags::Add(tags)) => profile.tags.extend(tags),
            Some(Tags::Delete(tags)) => profile.tags.retain(|tag| !tags.contains(tag)),
        }
        block.notes = self.notes.apply(block.notes);
    }
}

impl Naive {
    pub(crate) fn update(&mut self, name: Name, patch: &Patch) -> Answer {
        let at = self.named(name)?;
        let parts = if patch.propagate { self.below(at) } else { Vec::new() };
        for changed in [at].iter().chain(&parts) {
            let Block { root, prefix, profile, .. } = &self.blocks[*changed];
            let rir = patch.rir.unwrap_or(profile.rir);
            if rir != profile.rir && self.is_duplicate(Some(*root), *prefix, rir) {
                return Err("it would overlap space of that RIR");
            }
        }
        let block = &mut self.blocks[at];
        if let Some(wanted) = patch.sub_assignable.filter(|wanted| *wanted != block.sub_assignable) {
            if matches!(block.state, State::Split | State::Holding) {
                return Err("only a leaf that does not rest can become a pool or cease to be one");
            }
            block.sub_assignable = wanted;
            block.state = state_of(block.holder, wanted);
        }
        patch.apply(block);
        let answer = vec![block.prefix];
        for part in parts {
            patch.apply(&mut self.blocks[part]);
        }
        Ok(answer)
    }
}
