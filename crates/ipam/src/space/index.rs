//! The index of free leaves: by pool and profile, and there by mask and address.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use kernel::{BlockId, Family, Prefix, ProfileId, ResourceId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    class::{Bounds, Class},
    placement,
};
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
    /// Until when it is reserved, and not to be found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<Timestamp>,
}

/// A leaf that was found, and where in it the wanted block is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) leaf: FreeLeaf,
    pub(crate) wanted: Prefix,
    /// How well it fits, the best first.
    pub(crate) rank: Rank,
}

/// Leaves of aggregates that are allocated sparsely come last, and of these the largest first; of all others the smallest
/// that is large enough comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    Packed(Reverse<u8>, Place),
    Sparse(u8, Place),
}

/// All free leaves.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pools: HashMap<(Family, Pool), HashMap<ProfileId, Class>>,
    /// Profiles of the classes, to resolve criteria against.
    pub(super) profiles: HashMap<ProfileId, Arc<Profile>>,
    /// Resolved criteria; emptied when a profile is added.
    resolved: HashMap<Criteria, Arc<[ProfileId]>>,
    /// Leaves that are or were reserved, and those that still are, by the end of that.
    reserved: HashMap<BlockId, FreeLeaf>,
    asleep: BTreeSet<(Timestamp, BlockId)>,
    /// Up to when reservations have ended.
    now: Option<Timestamp>,
    /// Up to where the journal has been read; nothing when the index must be built anew.
    pub(super) position: Option<i64>,
}

/// How many resolved criteria are kept.
const MOST_RESOLVED: usize = 4_096;

impl Index {
    pub(super) fn clear(&mut self) {
        self.pools.clear();
        self.reserved.clear();
        self.asleep.clear();
        self.position = None;
    }

    /// Brings back what is no longer reserved at this time.
    pub(super) fn wake(&mut self, now: Timestamp) {
        let now = self.now.map_or(now, |last| last.max(now));
        self.now = Some(now);
        while let Some((_, id)) = self.asleep.first().copied().filter(|(until, _)| *until <= now) {
            self.asleep.pop_first();
            if let Some(leaf) = self.reserved.get(&id).copied() {
                self.put(&leaf);
            }
        }
    }

    /// Adds a leaf whose profile is known.
    pub(super) fn add(&mut self, leaf: &FreeLeaf) {
        if let Some(until) = leaf.until {
            self.reserved.insert(leaf.id, *leaf);
            if self.now.is_none_or(|now| now < until) {
                self.asleep.insert((until, leaf.id));
                return;
            }
        }
        self.put(leaf);
    }

    fn put(&mut self, leaf: &FreeLeaf) {
        let Self { pools, profiles, .. } = self;
        let classes = pools.entry((leaf.family, leaf.pool)).or_default();
        let class = classes.entry(leaf.profile).or_insert_with(|| Class::of(profiles.get(&leaf.profile)));
        class.add(leaf);
    }

    pub(super) fn remove(&mut self, leaf: &FreeLeaf) {
        if let Some(until) = leaf.until {
            self.reserved.remove(&leaf.id);
            if self.asleep.remove(&(until, leaf.id)) {
                return;
            }
        }
        let Some(pool) = self.pools.get_mut(&(leaf.family, leaf.pool)) else { return };
        let Some(class) = pool.get_mut(&leaf.profile) else { return };
        class.remove(leaf);
        if class.is_empty() {
            pool.remove(&leaf.profile);
            if pool.is_empty() {
                self.pools.remove(&(leaf.family, leaf.pool));
            }
        }
    }

    /// Whether the profile is among those that criteria are resolved against.
    pub(super) fn knows(&self, profile: ProfileId) -> bool {
        self.profiles.contains_key(&profile)
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
    /// with the lowest address. Where only sparse aggregates have space, the largest leaf.
    pub(crate) fn best(
        &mut self,
        family: Family,
        pool: Pool,
        criteria: &Criteria,
        mask: u8,
        bounds: Bounds,
    ) -> Option<Found> {
        let fitting = self.resolve(criteria);
        let classes = self.pools.get(&(family, pool))?;
        // Whichever list is shorter is walked.
        let mut packed: Vec<(ProfileId, &Class)> = if fitting.len() <= classes.len() {
            fitting.iter().filter_map(|id| Some((*id, classes.get(id)?))).collect()
        } else {
            let fits = |id: &ProfileId| self.profiles.get(id).is_some_and(|profile| criteria.fits(profile));
            classes.iter().filter(|(id, _)| fits(id)).map(|(id, class)| (*id, class)).collect()
        };
        let sparse: Vec<_> = packed.extract_if(.., |(_, class)| class.scheme().is_some()).collect();
        let (class, leaf, rank) = if let Some((key, at, (profile, class))) = smallest(&packed, mask, bounds) {
            (class, class.found(family, pool, profile, key, at), Rank::Packed(Reverse(key), at.0))
        } else {
            let (key, at, (profile, class)) = largest(&sparse, mask, bounds)?;
            (class, class.found(family, pool, profile, key, at), Rank::Sparse(key, at.0))
        };
        let whole = Prefix::containing(family, leaf.place.first, leaf.mask)?;
        let wanted = placement::place(whole, mask, class.scheme(), class.rule())?;
        Some(Found { leaf, wanted, rank })
    }

    /// The sets of free leaves of a pool that are alike, with their profiles.
    pub(super) fn classes(&self, family: Family, pool: Pool) -> impl Iterator<Item = (&Profile, &Class)> {
        let classes = self.pools.get(&(family, pool)).into_iter().flatten();
        classes.filter_map(|(id, class)| Some((&**self.profiles.get(id)?, class)))
    }

    /// The leaves of a family that are reserved.
    pub(super) fn asleep(&self, family: Family) -> impl Iterator<Item = &FreeLeaf> {
        let asleep = self.asleep.iter().filter_map(|(_, id)| self.reserved.get(id));
        asleep.filter(move |leaf| leaf.family == family)
    }

    /// All pools of a family that have free space.
    pub(crate) fn pools(&self, family: Family) -> Vec<Pool> {
        let mut pools: Vec<_> = self.pools.keys().filter(|(f, _)| *f == family).map(|(_, pool)| *pool).collect();
        pools.sort_unstable();
        pools
    }

    /// All leaves, those that are reserved too, for comparison with the table.
    pub(crate) fn leaves(&self) -> Vec<FreeLeaf> {
        let mut leaves: Vec<FreeLeaf> =
            self.asleep.iter().filter_map(|(_, id)| self.reserved.get(id)).copied().collect();
        for ((family, pool), classes) in &self.pools {
            for (profile, class) in classes {
                leaves.extend(class.leaves().into_iter().map(|(mask, place, id)| FreeLeaf {
                    id,
                    family: *family,
                    pool: *pool,
                    profile: *profile,
                    mask,
                    place,
                    until: self.reserved.get(&id).and_then(|leaf| leaf.until),
                }));
            }
        }
        leaves.sort_unstable_by_key(|leaf| leaf.id);
        leaves
    }
}

/// A leaf and the class that it is of, and the mask by which it was found.
type At<'a> = (u8, (Place, BlockId), (ProfileId, &'a Class));

/// The bits of the masks that are long enough to hold a block of this mask.
const fn allowed(mask: u8) -> u128 {
    if mask == 0 { 0 } else { u128::MAX << (128 - mask) }
}

/// The smallest leaf that is large enough, at the lowest place.
fn smallest<'a>(classes: &[(ProfileId, &'a Class)], mask: u8, bounds: Bounds) -> Option<At<'a>> {
    // The bits tell which masks there are, so that only the classes that have the best one are looked into.
    let mut masks = classes.iter().fold(0, |masks, (_, class)| masks | class.masks_for(mask)) & allowed(mask);
    let lowest = |key: u8| {
        let bit = Class::bit(key);
        let having = classes.iter().filter(|(_, class)| class.masks_for(mask) & bit == bit);
        let leaves = having.filter_map(|(profile, class)| Some((class.lowest(key, mask, bounds)?, *profile, *class)));
        let (at, profile, class) = leaves.min_by_key(|(at, profile, _)| (*at, *profile))?;
        Some((key, at, (profile, class)))
    };
    while masks != 0 {
        let longest = u8::try_from(128 - masks.trailing_zeros()).unwrap_or(128);
        if let Some(found) = lowest(longest) {
            return Some(found);
        }
        masks &= masks - 1;
    }
    lowest(0)
}

/// The largest leaf; among those, where the scheme of its aggregate begins.
fn largest<'a>(classes: &[(ProfileId, &'a Class)], mask: u8, bounds: Bounds) -> Option<At<'a>> {
    let keys = (0..=mask).filter(|key| {
        let bit = Class::bit(*key);
        classes.iter().any(|(_, class)| class.masks_for(mask) & bit == bit)
    });
    keys.into_iter().find_map(|key| {
        let leaves =
            classes.iter().filter_map(|(profile, class)| Some((class.preferred(key, mask, bounds)?, *profile, *class)));
        let (at, profile, class) = leaves.min_by_key(|(at, profile, _)| (*at, *profile))?;
        Some((key, at, (profile, class)))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn leaf(id: i64, mask: u8, first: u128) -> FreeLeaf {
        let place = Place { space: 0, first };
        FreeLeaf {
            id: BlockId(id),
            family: Family::Ipv4,
            pool: Pool::Available,
            profile: ProfileId(1),
            mask,
            place,
            until: None,
        }
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
            |mask| index.best(Family::Ipv4, Pool::Available, &Criteria::default(), mask, None).map(|f| f.leaf.id.0);
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
            let found = index.best(Family::Ipv4, Pool::Available, &Criteria::default(), mask, bounds);
            prop_assert_eq!(found.map(|found| found.leaf), naive);
        }
    }
}
