//! The index of free leaves: by pool and profile, and there by mask and address.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use kernel::{BlockId, Family, ProfileId, ResourceId};
use serde::{Deserialize, Serialize};

use crate::profile::{Criteria, Profile};

/// From whose space an assignment may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Pool {
    /// The general space: blocks of the Available resource.
    Available,
    /// The free pieces of blocks that this resource holds and allows to be sub-assigned.
    Of(ResourceId),
}

/// Where a leaf lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Place {
    /// Which of the overlapping spaces.
    pub(crate) space: i64,
    /// The first address.
    pub(crate) first: u128,
}

/// A leaf that can be given away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct FreeLeaf {
    pub(crate) id: BlockId,
    pub(crate) family: Family,
    pub(crate) pool: Pool,
    pub(crate) profile: ProfileId,
    pub(crate) mask: u8,
    pub(crate) place: Place,
}

/// The free leaves with one profile in one pool.
#[derive(Debug, Default)]
struct Class {
    /// A bit for each mask that has a leaf: bit 128 - mask, so that the longest mask is the lowest bit; /0 does not
    /// fit and is looked up by itself.
    masks: u128,
    by_mask: BTreeMap<u8, BTreeMap<Place, BlockId>>,
}

/// All free leaves.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pools: HashMap<(Family, Pool), HashMap<ProfileId, Class>>,
    /// Profiles of the classes, to resolve criteria against.
    pub(super) profiles: HashMap<ProfileId, Arc<Profile>>,
    /// Resolved criteria; emptied when a profile is added.
    resolved: HashMap<Criteria, Arc<[ProfileId]>>,
    /// Up to where the journal has been read; nothing when the index must be built anew.
    pub(super) position: Option<i64>,
}

/// How many resolved criteria are kept.
const MOST_RESOLVED: usize = 4_096;

impl Class {
    const fn bit(mask: u8) -> u128 {
        if mask == 0 { 0 } else { 1 << (128 - mask) }
    }

    /// The lowest leaf with this mask, within the bounds.
    fn lowest(&self, mask: u8, bounds: Option<(Place, Place)>) -> Option<(Place, BlockId)> {
        let leaves = self.by_mask.get(&mask)?;
        let found = match bounds {
            None => leaves.first_key_value(),
            Some((from, to)) => leaves.range(from..=to).next(),
        };
        found.map(|(place, id)| (*place, *id))
    }
}

impl Index {
    pub(super) fn clear(&mut self) {
        self.pools.clear();
        self.position = None;
    }

    pub(super) fn add(&mut self, leaf: &FreeLeaf) {
        let class = self.pools.entry((leaf.family, leaf.pool)).or_default().entry(leaf.profile).or_default();
        class.masks |= Class::bit(leaf.mask);
        class.by_mask.entry(leaf.mask).or_default().insert(leaf.place, leaf.id);
    }

    pub(super) fn remove(&mut self, leaf: &FreeLeaf) {
        let Some(pool) = self.pools.get_mut(&(leaf.family, leaf.pool)) else { return };
        let Some(class) = pool.get_mut(&leaf.profile) else { return };
        if let Some(leaves) = class.by_mask.get_mut(&leaf.mask) {
            leaves.remove(&leaf.place);
            if leaves.is_empty() {
                class.by_mask.remove(&leaf.mask);
                class.masks &= !Class::bit(leaf.mask);
            }
        }
        if class.by_mask.is_empty() {
            pool.remove(&leaf.profile);
            if pool.is_empty() {
                self.pools.remove(&(leaf.family, leaf.pool));
            }
        }
    }

    /// Profiles that are not known yet, among those of the classes.
    pub(super) fn unknown_profiles(&self) -> Vec<ProfileId> {
        let used = self.pools.values().flat_map(HashMap::keys);
        used.filter(|id| !self.profiles.contains_key(id)).copied().collect()
    }

    pub(super) fn learn(&mut self, profiles: impl IntoIterator<Item = (ProfileId, Arc<Profile>)>) {
        self.profiles.extend(profiles);
        self.resolved.clear();
    }

    fn resolve(&mut self, criteria: &Criteria) -> Arc<[ProfileId]> {
        if let Some(ids) = self.resolved.get(criteria) {
            return ids.clone();
        }
        if self.resolved.len() >= MOST_RESOLVED {
            self.resolved.clear();
        }
        let fitting = self.profiles.iter().filter(|(_, profile)| criteria.fits(profile));
        let ids: Arc<[ProfileId]> = fitting.map(|(id, _)| *id).collect();
        self.resolved.insert(criteria.clone(), ids.clone());
        ids
    }

    /// The best leaf of a pool for a block of this mask: the smallest that is large enough, and among those the one
    /// with the lowest address.
    pub(crate) fn best(
        &mut self,
        family: Family,
        pool: Pool,
        criteria: &Criteria,
        mask: u8,
        bounds: Option<(Place, Place)>,
    ) -> Option<FreeLeaf> {
        let fitting = self.resolve(criteria);
        let classes = self.pools.get(&(family, pool))?;
        // Whichever list is shorter is walked.
        let found: Vec<(ProfileId, &Class)> = if fitting.len() <= classes.len() {
            fitting.iter().filter_map(|id| Some((*id, classes.get(id)?))).collect()
        } else {
            let fits = |id: &ProfileId| self.profiles.get(id).is_some_and(|profile| criteria.fits(profile));
            classes.iter().filter(|(id, _)| fits(id)).map(|(id, class)| (*id, class)).collect()
        };
        // The bits tell which masks there are, so that only the classes that have the best one are looked into.
        let allowed = if mask == 0 { 0 } else { u128::MAX << (128 - mask) };
        let mut masks = found.iter().fold(0, |masks, (_, class)| masks | class.masks) & allowed;
        let lowest = |mask: u8| {
            let bit = Class::bit(mask);
            let having = found.iter().filter(|(_, class)| class.masks & bit == bit);
            let leaves = having.filter_map(|(profile, class)| Some((class.lowest(mask, bounds)?, *profile)));
            let ((place, id), profile) = leaves.min()?;
            Some(FreeLeaf { id, family, pool, profile, mask, place })
        };
        while masks != 0 {
            let longest = u8::try_from(128 - masks.trailing_zeros()).unwrap_or(128);
            if let Some(leaf) = lowest(longest) {
                return Some(leaf);
            }
            masks &= masks - 1;
        }
        lowest(0)
    }

    /// All pools of a family that have free space.
    pub(crate) fn pools(&self, family: Family) -> Vec<Pool> {
        let mut pools: Vec<_> = self.pools.keys().filter(|(f, _)| *f == family).map(|(_, pool)| *pool).collect();
        pools.sort_unstable();
        pools
    }

    /// All leaves, for comparison with the table.
    pub(crate) fn leaves(&self) -> Vec<FreeLeaf> {
        let mut leaves = Vec::new();
        for ((family, pool), classes) in &self.pools {
            for (profile, class) in classes {
                for (mask, places) in &class.by_mask {
                    leaves.extend(places.iter().map(|(place, id)| FreeLeaf {
                        id: *id,
                        family: *family,
                        pool: *pool,
                        profile: *profile,
                        mask: *mask,
                        place: *place,
                    }));
                }
            }
        }
        leaves.sort_unstable_by_key(|leaf| leaf.id);
        leaves
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn leaf(id: i64, mask: u8, first: u128) -> FreeLeaf {
        let place = Place { space: 0, first };
        FreeLeaf { id: BlockId(id), family: Family::Ipv4, pool: Pool::Available, profile: ProfileId(1), mask, place }
    }

    fn index(leaves: &[FreeLeaf]) -> Index {
        let mut index = Index::default();
        index.learn([(ProfileId(1), Arc::new(Profile::default()))]);
        for leaf in leaves {
            index.add(leaf);
        }
        index
    }

    #[test]
    fn the_smallest_sufficient_leaf_wins_then_the_lowest_address() {
        let mut index = index(&[leaf(1, 8, 0), leaf(2, 24, 512), leaf(3, 24, 256), leaf(4, 29, 1024)]);
        let mut best =
            |mask| index.best(Family::Ipv4, Pool::Available, &Criteria::default(), mask, None).map(|l| l.id.0);
        assert_eq!(best(24), Some(3));
        assert_eq!(best(28), Some(3), "a /29 is too small for a /28");
        assert_eq!(best(30), Some(4));
        assert_eq!(best(9), Some(1));
        assert_eq!(best(7), None);
    }

    proptest! {
        #[test]
        fn finds_what_a_walk_over_all_leaves_finds(
            leaves in proptest::collection::btree_map(0_u128..64, (0_u8..=32, any::<bool>()), 0..40),
            mask in 0_u8..=32,
            bounds in proptest::option::of((0_u128..64, 0_u128..64)),
        ) {
            let leaves: Vec<_> =
                (1..).zip(leaves).map(|(id, (first, (mask, gone)))| (leaf(id, mask, first), gone)).collect();
            let all: Vec<_> = leaves.iter().map(|(leaf, _)| *leaf).collect();
            let mut index = index(&all);
            leaves.iter().filter(|(_, gone)| *gone).for_each(|(leaf, _)| index.remove(leaf));
            let bounds = bounds.map(|(a, b)| (Place { space: 0, first: a.min(b) }, Place { space: 0, first: a.max(b) }));
            let naive = leaves.iter().filter(|(_, gone)| !gone).map(|(leaf, _)| *leaf)
                .filter(|l| l.mask <= mask && bounds.is_none_or(|(a, b)| a <= l.place && l.place <= b))
                .min_by_key(|l| (std::cmp::Reverse(l.mask), l.place));
            prop_assert_eq!(index.best(Family::Ipv4, Pool::Available, &Criteria::default(), mask, bounds), naive);
        }
    }
}
