//! Working out where each block of a file goes, before anything is written.
//!
//! The larger blocks come first. One that lies in a block of the same RIR is split out of it; any other becomes an
//! aggregate of its own, in the first space where it overlaps nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use kernel::{AddrKey, Family, Prefix, ProfileId, Result};
use store::{Tx, params};

use super::{BadLine, Wanted};
use crate::{
    block::{State, find, first_free_space},
    list,
    profile::Profiles,
    registrar,
    vrf::NO_VRF,
};

/// Where one block goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// An aggregate of its own, in this space.
    Aggregate(i64),
    /// Split out of a block that is there (or will be by then) in this space.
    Inside(i64),
}

/// The plan.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// In the order in which they are to be written.
    pub(crate) places: Vec<(Wanted, Place)>,
    pub(crate) bad: Vec<BadLine>,
    /// Lines that are there already, exactly alike, in a file that may be loaded again.
    pub(crate) skipped: u64,
}

#[derive(Debug, Clone)]
struct Known {
    space: i64,
    /// Nothing for space in a VRF, which a file says nothing about.
    rir: Option<String>,
    /// Whether it comes from this file.
    new: bool,
    /// Whether others may be split out of it.
    free: bool,
}

/// All aggregates, and the new blocks, by their range.
#[derive(Default)]
struct Map {
    by_prefix: HashMap<Prefix, Vec<Known>>,
    /// The old aggregates in address order.
    old: BTreeMap<(Family, u128), Vec<Prefix>>,
    masks: BTreeSet<(Family, u8)>,
}

impl Map {
    fn add(&mut self, prefix: Prefix, known: Known) {
        if !known.new {
            self.old.entry((prefix.family(), prefix.first())).or_default().push(prefix);
        }
        self.masks.insert((prefix.family(), prefix.mask()));
        self.by_prefix.entry(prefix).or_default().push(known);
    }

    /// What contains the range or is it, the smallest first.
    fn around(&self, prefix: Prefix) -> impl Iterator<Item = (Prefix, &Known)> {
        let masks = self.masks.range((prefix.family(), 0)..=(prefix.family(), prefix.mask())).rev();
        let blocks = masks.filter_map(move |(family, mask)| Prefix::containing(*family, prefix.first(), *mask));
        blocks.flat_map(|block| self.by_prefix.get(&block).into_iter().flatten().map(move |known| (block, known)))
    }

    /// Old aggregates that lie inside the range.
    fn inside(&self, prefix: Prefix) -> impl Iterator<Item = (Prefix, &Known)> {
        let range = (prefix.family(), prefix.first())..=(prefix.family(), prefix.last());
        let blocks = self.old.range(range).flat_map(|(_, blocks)| blocks).filter(move |b| b.mask() > prefix.mask());
        blocks.flat_map(|block| {
            let old = self.by_prefix.get(block).into_iter().flatten().filter(|known| !known.new);
            old.map(move |known| (*block, known))
        })
    }
}

/// Plans a file. `again` says that lines which are there already are no mistake.
pub(crate) async fn plan(tx: &mut Tx, mut wanted: Vec<Wanted>, again: bool) -> Result<Plan> {
    let (mut plan, mut map) = (Plan::default(), Map::default());
    load(tx, &mut map).await?;
    let lists = list::current(tx).await?;
    wanted.sort_by_key(|w| (w.prefix.mask(), w.prefix.first(), w.line));
    let mut holders = HashSet::new();
    let mut checked: HashMap<crate::profile::Profile, Result<crate::profile::Profile, String>> = HashMap::new();
    for mut block in wanted {
        let line = block.line;
        let spelt = if let Some(spelt) = checked.get(&block.profile) {
            spelt.clone()
        } else {
            let spelt = spell(tx, &lists, &block.profile).await;
            checked.insert(block.profile.clone(), spelt.clone());
            spelt
        };
        match spelt {
            Ok(profile) => block.profile = profile,
            Err(reason) => {
                plan.bad.push(BadLine { line, reason });
                continue;
            }
        }
        holders.extend(block.holder);
        match place(tx, &map, &block).await? {
            Ok(Some(place)) => {
                let (Place::Aggregate(space) | Place::Inside(space)) = place;
                let free = block.holder.is_none() || block.sub_assignable;
                map.add(block.prefix, Known { space, rir: Some(block.profile.rir.clone()), new: true, free });
                plan.places.push((block, place));
            }
            Ok(None) if again => plan.skipped += 1,
            Ok(None) => plan.bad.push(BadLine { line, reason: format!("{} is there already", block.prefix) }),
            Err(reason) => plan.bad.push(BadLine { line, reason }),
        }
    }
    refuse_unknown_holders(tx, &mut plan, holders).await?;
    plan.bad.sort_by_key(|bad| bad.line);
    Ok(plan)
}

async fn spell(
    tx: &mut Tx,
    lists: &list::Lists,
    profile: &crate::profile::Profile,
) -> Result<crate::profile::Profile, String> {
    let mut spelt = profile.clone();
    spelt.rir = lists.rir(&profile.rir).map_err(|e| e.to_string())?;
    if let Some(region) = &profile.region {
        spelt.region = Some(lists.region("region", region).map_err(|e| e.to_string())?);
    }
    lists.tags("tags", &profile.tags).map_err(|e| e.to_string())?;
    registrar::check_lir(tx, spelt.lir, &spelt.rir).await.map_err(|e| e.to_string())?;
    Ok(spelt)
}

async fn refuse_unknown_holders(tx: &mut Tx, plan: &mut Plan, holders: HashSet<kernel::ResourceId>) -> Result<()> {
    let ids: Vec<_> = holders.into_iter().collect();
    let known = if ids.is_empty() { HashMap::new() } else { resources::load(tx, &ids).await? };
    for (block, _) in &plan.places {
        let Some(holder) = block.holder else { continue };
        let refused = match known.get(&holder) {
            None => Some(format!("resourceId: No resource found with ID: {holder}")),
            Some(resource) => resource
                .allow(tx.actor(), kernel::Area::Ipam, kernel::Action::Create)
                .and_then(|()| crate::block::may_hold("resourceId", resource))
                .err()
                .map(|error| error.to_string()),
        };
        plan.bad.extend(refused.map(|reason| BadLine { line: block.line, reason }));
    }
    Ok(())
}

/// Where a block goes; nothing when it is there already.
async fn place(tx: &mut Tx, map: &Map, block: &Wanted) -> Result<Result<Option<Place>, String>> {
    let prefix = block.prefix;
    let mut taken = HashSet::new();
    for (around, known) in map.around(prefix) {
        if known.rir.as_ref() != Some(&block.profile.rir) {
            taken.insert(known.space);
        } else if around == prefix {
            return Ok(Ok(None));
        } else if known.new {
            let held = || format!("lies in {around} of this file, which a resource holds without sub-assignments");
            return Ok(if known.free { Ok(Some(Place::Inside(known.space))) } else { Err(held()) });
        } else {
            return inside_old(tx, prefix, known.space).await;
        }
    }
    for (inside, known) in map.inside(prefix) {
        if known.rir.as_ref() == Some(&block.profile.rir) {
            let reason = format!("{prefix} contains the aggregate {inside}, which is there already");
            return Ok(Err(reason));
        }
        taken.insert(known.space);
    }
    Ok(Ok(Some(Place::Aggregate(first_free_space(&taken)))))
}

/// Whether the range can be split out of what is in the database.
async fn inside_old(tx: &mut Tx, prefix: Prefix, space: i64) -> Result<Result<Option<Place>, String>> {
    let around = find::ancestors(tx, prefix).await?;
    let Some(smallest) = around.into_iter().filter(|block| block.space == space).max_by_key(|block| block.mask) else {
        return Ok(Err(format!("{prefix} lies in an aggregate that has just been removed")));
    };
    let found = smallest.prefix();
    Ok(match smallest.state {
        _ if found == prefix => Ok(None),
        State::Available | State::Pool => Ok(Some(Place::Inside(space))),
        State::Split => Err(format!("{prefix} lies in {found}, whose halves are missing")),
        state => Err(format!("{prefix} lies in {found}, which is {}", state.name())),
    })
}

/// Loads all aggregates.
async fn load(tx: &mut Tx, map: &mut Map) -> Result<()> {
    let text = "SELECT family, first, mask, space, profile_id, state FROM block WHERE parent_id IS NULL";
    let mut aggregates = Vec::new();
    for mut row in tx.rows(text, params![]).await? {
        let number: i64 = row.take(0)?;
        let Some(family) = Family::from_number(number) else { continue };
        let first = row.take::<AddrKey>(1)?.value(family);
        let Some(prefix) = Prefix::containing(family, first, row.take(2)?) else { continue };
        aggregates.push((prefix, row.take::<i64>(3)?, row.take::<ProfileId>(4)?));
    }
    let mut ids: Vec<ProfileId> = aggregates.iter().map(|(.., id)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    let profiles = tx.memory::<Profiles>().of(tx, &ids).await?;
    for (prefix, space, profile) in aggregates {
        let profile = profiles.get(&profile).filter(|profile| profile.vrf == NO_VRF);
        let rir = profile.map(|profile| profile.rir.clone());
        map.add(prefix, Known { space, rir, new: false, free: true });
    }
    Ok(())
}
