//! The free leaves that are alike: of one profile in one pool.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use kernel::{BlockId, Family, Prefix, ProfileId};

use super::{
    FreeLeaf, Place, Pool,
    placement::{self, Scheme},
};
use crate::{profile::Profile, rule::Ruled};

/// The free leaves with one profile in one pool.
#[derive(Debug, Default)]
pub(super) struct Class {
    /// A bit for each mask that has a leaf: bit 128 - mask, so that the longest mask is the lowest bit; /0 does not
    /// fit and is looked up by itself.
    masks: u128,
    /// By the mask of the largest block that may be taken out of the leaf: its own, unless a rule keeps addresses back.
    by_mask: BTreeMap<u8, BTreeMap<Place, BlockId>>,
    /// How many leaves there are.
    count: usize,
    /// How blocks are spread over it.
    scheme: Option<Scheme>,
    ruled: Option<Box<RuledLeaves>>,
}

/// What there is to know of leaves of which a rule keeps something back.
#[derive(Debug)]
struct RuledLeaves {
    rule: Ruled,
    /// The blocks that carry the rule, by their own mask: as a whole they may be given away.
    wholes: BTreeMap<u8, BTreeMap<Place, BlockId>>,
    /// All leaves, with their own masks.
    own: HashMap<BlockId, (u8, Place)>,
}

/// The mask under which a leaf is kept of which nothing may be given away: longer than any that is asked for.
const NOTHING: u8 = u8::MAX;

/// The places between which a leaf must begin.
pub(super) type Bounds = Option<(Place, Place)>;

impl Class {
    pub(super) fn of(profile: Option<&Arc<Profile>>) -> Self {
        let rule = profile.and_then(|profile| profile.rule.clone());
        let ruled = rule.map(|rule| Box::new(RuledLeaves { rule, wholes: BTreeMap::new(), own: HashMap::new() }));
        Self { scheme: profile.and_then(|profile| profile.sparse), ruled, ..Self::default() }
    }

    pub(super) const fn bit(mask: u8) -> u128 {
        if mask == 0 || mask == NOTHING { 0 } else { 1 << (128 - mask) }
    }

    pub(super) fn add(&mut self, leaf: &FreeLeaf) {
        let key = match &mut self.ruled {
            None => leaf.mask,
            Some(ruled) => ruled.add(leaf),
        };
        self.masks |= Self::bit(key);
        // A leaf that is planned ahead comes twice.
        let is_new = self.by_mask.entry(key).or_default().insert(leaf.place, leaf.id).is_none();
        self.count += usize::from(is_new);
    }

    pub(super) fn remove(&mut self, leaf: &FreeLeaf) {
        let key = match &mut self.ruled {
            None => leaf.mask,
            Some(ruled) => ruled.remove(leaf),
        };
        if let Some(leaves) = self.by_mask.get_mut(&key) {
            self.count -= usize::from(leaves.remove(&leaf.place).is_some());
            if leaves.is_empty() {
                self.by_mask.remove(&key);
                self.masks &= !Self::bit(key);
            }
        }
    }

    /// The masks that a request for this mask may look at.
    pub(super) fn masks_for(&self, mask: u8) -> u128 {
        let whole = self.ruled.as_ref().is_some_and(|ruled| ruled.wholes.contains_key(&mask));
        if whole { self.masks | Self::bit(mask) } else { self.masks }
    }

    /// The lowest leaf of this key that a request for a mask may have, within the bounds.
    pub(super) fn lowest(&self, key: u8, mask: u8, bounds: Bounds) -> Option<(Place, BlockId)> {
        let parts = first(self.by_mask.get(&key), bounds);
        match &self.ruled {
            Some(ruled) if key == mask => first(ruled.wholes.get(&mask), bounds).into_iter().chain(parts).min(),
            _ => parts,
        }
    }

    /// The leaf of this key that the scheme prefers.
    pub(super) fn preferred(&self, key: u8, mask: u8, bounds: Bounds) -> Option<(Place, BlockId)> {
        if self.scheme != Some(Scheme::Rightmost) {
            return self.lowest(key, mask, bounds);
        }
        let parts = last(self.by_mask.get(&key), bounds);
        match &self.ruled {
            Some(ruled) if key == mask => last(ruled.wholes.get(&mask), bounds).into_iter().chain(parts).max(),
            _ => parts,
        }
    }

    /// How blocks are spread over it.
    pub(super) const fn scheme(&self) -> Option<Scheme> {
        self.scheme
    }

    /// The rule that keeps something of its leaves back.
    pub(super) fn rule(&self) -> Option<&Ruled> {
        self.ruled.as_ref().map(|ruled| &ruled.rule)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_mask.is_empty()
    }

    /// How many leaves there are, and the mask of the largest.
    pub(super) fn size(&self) -> (usize, Option<u8>) {
        let largest = match &self.ruled {
            Some(ruled) => ruled.own.values().map(|(mask, _)| *mask).min(),
            None => self.by_mask.keys().next().copied(),
        };
        (self.count, largest)
    }

    /// Whether there is a leaf out of which a block of this mask may be taken, within the bounds.
    pub(super) fn has(&self, mask: u8, bounds: Bounds) -> bool {
        let keys = self.by_mask.range(..=mask).map(|(key, _)| *key).chain([mask]);
        keys.into_iter().any(|key| self.lowest(key, mask, bounds).is_some())
    }

    /// Whether any leaf begins within the bounds.
    pub(super) fn begins(&self, bounds: Bounds) -> bool {
        self.by_mask.values().any(|leaves| first(Some(leaves), bounds).is_some())
    }

    /// A leaf as it is outside of the index.
    pub(super) fn found(
        &self,
        family: Family,
        pool: Pool,
        profile: ProfileId,
        key: u8,
        at: (Place, BlockId),
    ) -> FreeLeaf {
        let (place, id) = at;
        let own = self.ruled.as_ref().and_then(|ruled| ruled.own.get(&id));
        FreeLeaf { id, family, pool, profile, mask: own.map_or(key, |(mask, _)| *mask), place, until: None }
    }

    /// All leaves: their own masks, places and ids.
    pub(super) fn leaves(&self) -> Vec<(u8, Place, BlockId)> {
        if let Some(ruled) = &self.ruled {
            return ruled.own.iter().map(|(id, (mask, place))| (*mask, *place, *id)).collect();
        }
        let all = self.by_mask.iter();
        all.flat_map(|(mask, leaves)| leaves.iter().map(|(place, id)| (*mask, *place, *id))).collect()
    }
}

fn first(leaves: Option<&BTreeMap<Place, BlockId>>, bounds: Bounds) -> Option<(Place, BlockId)> {
    let found = match bounds {
        None => leaves?.first_key_value(),
        Some((from, to)) => leaves?.range(from..=to).next(),
    };
    found.map(|(place, id)| (*place, *id))
}

fn last(leaves: Option<&BTreeMap<Place, BlockId>>, bounds: Bounds) -> Option<(Place, BlockId)> {
    let found = match bounds {
        None => leaves?.last_key_value(),
        Some((from, to)) => leaves?.range(from..=to).next_back(),
    };
    found.map(|(place, id)| (*place, *id))
}

impl RuledLeaves {
    /// Takes a leaf in, and says under which mask its parts are to be found.
    fn add(&mut self, leaf: &FreeLeaf) -> u8 {
        self.own.insert(leaf.id, (leaf.mask, leaf.place));
        if leaf.mask <= self.rule.mask {
            self.wholes.entry(leaf.mask).or_default().insert(leaf.place, leaf.id);
        }
        self.key(leaf)
    }

    fn remove(&mut self, leaf: &FreeLeaf) -> u8 {
        self.own.remove(&leaf.id);
        if let Some(leaves) = self.wholes.get_mut(&leaf.mask) {
            leaves.remove(&leaf.place);
            if leaves.is_empty() {
                self.wholes.remove(&leaf.mask);
            }
        }
        self.key(leaf)
    }

    fn key(&self, leaf: &FreeLeaf) -> u8 {
        let prefix = Prefix::containing(leaf.family, leaf.place.first, leaf.mask);
        prefix.and_then(|prefix| placement::shortest(prefix, &self.rule)).unwrap_or(NOTHING)
    }
}
