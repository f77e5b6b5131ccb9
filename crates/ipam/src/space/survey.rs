//! Looking over the free space from above: why nothing is found, or what else there was. Sets of leaves that are alike are
//! looked at, never the leaves, so that it takes no longer with more blocks.

use kernel::Family;

use super::{Place, Pool, index::Index};
use crate::profile::{Criteria, Profile};

/// A set of free leaves that are alike.
#[derive(Debug)]
pub(crate) struct Set<'a> {
    pub(crate) pool: Pool,
    pub(crate) profile: &'a Profile,
    pub(crate) blocks: usize,
    /// The mask of the largest leaf.
    pub(crate) largest: u8,
    /// What keeps it from being taken; nothing when it may be.
    pub(crate) obstacle: Option<Obstacle>,
}

/// What keeps a set of leaves from being taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// They don't meet the criterion of this name.
    Criterion(&'static str),
    /// None of them is in the aggregate.
    Aggregate,
    /// None of them is large enough.
    Size,
    /// In all that are large enough, a rule keeps something back.
    Rule,
    /// They are reserved.
    Reserved,
}

impl Index {
    /// The sets of free leaves in these pools, and what keeps each from being taken for a block of this mask.
    pub(crate) fn survey(
        &self,
        family: Family,
        pools: &[Pool],
        criteria: &Criteria,
        mask: u8,
        bounds: Option<(Place, Place)>,
    ) -> Vec<Set<'_>> {
        let mut sets = Vec::new();
        for pool in pools {
            for (profile, class) in self.classes(family, *pool) {
                let (blocks, largest) = class.size();
                let largest = largest.unwrap_or_else(|| family.bits());
                let obstacle = match criteria.broken(profile) {
                    Some(name) => Some(Obstacle::Criterion(name)),
                    None if !class.begins(bounds) => Some(Obstacle::Aggregate),
                    None if largest > mask => Some(Obstacle::Size),
                    None if class.has(mask, bounds) => None,
                    None if class.rule().is_some() => Some(Obstacle::Rule),
                    None => Some(Obstacle::Size),
                };
                sets.push(Set { pool: *pool, profile, blocks, largest, obstacle });
            }
        }
        for leaf in self.asleep(family).filter(|leaf| pools.contains(&leaf.pool)) {
            let Some(profile) = self.profiles.get(&leaf.profile) else { continue };
            let inside = |(from, to): (Place, Place)| (from..=to).contains(&leaf.place);
            if leaf.mask <= mask && criteria.fits(profile) && bounds.is_none_or(inside) {
                let obstacle = Some(Obstacle::Reserved);
                sets.push(Set { pool: leaf.pool, profile, blocks: 1, largest: leaf.mask, obstacle });
            }
        }
        sets
    }
}
