//! Putting into words what a look over the free space has found.

use kernel::ResourceId;

use super::model::{Candidates, Explanation, LeftOut};
use crate::{
    profile::Criteria,
    space::{Obstacle, Pool, Set},
};

/// The most sets that are named.
const MOST: usize = 100;

/// All of it.
pub(in crate::block) fn explain(mut sets: Vec<Set<'_>>, criteria: &Criteria, mask: u8) -> Explanation {
    sets.sort_by_key(|set| (set.obstacle.is_some(), set.largest, std::cmp::Reverse(set.blocks)));
    let candidates = sets.iter().take(MOST).map(|set| {
        let profile = set.profile;
        Candidates {
            assigned_resource_id: match set.pool {
                Pool::Available => None,
                Pool::Of(ResourceId(id)) => Some(id),
            },
            rir: profile.rir.clone(),
            region: profile.region.clone(),
            vlan: profile.vlan,
            vrf_id: profile.vrf.0,
            code: profile.code.clone(),
            tags: profile.tags.clone(),
            blocks: set.blocks,
            largest: set.largest,
            left_out_by: set.obstacle.map(|obstacle| name(obstacle).to_owned()),
            reason: set.obstacle.map(|obstacle| reason(obstacle, set, criteria, mask)),
        }
    });
    Explanation {
        sets: sets.len(),
        blocks: sets.iter().map(|set| set.blocks).sum(),
        left_out: left_out(&sets),
        candidates: candidates.collect(),
    }
}

/// What is left out by what, as one sentence for a person; nothing where there is no free space at all.
pub(in crate::block) fn summary(sets: &[Set<'_>]) -> String {
    if sets.is_empty() {
        return "There is no free space there at all".to_owned();
    }
    let many = |n: usize, what: &str| if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") };
    let parts = left_out(sets).into_iter().map(|out| {
        let LeftOut { by, sets, blocks, largest } = out;
        format!("{by} leaves out {} of {} (the largest is a /{largest})", many(sets, "set"), many(blocks, "free block"))
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// In the order in which the criteria are looked at.
const ORDER: [&str; 13] = [
    "rir",
    "region_id",
    "vlan",
    "vlan_domain_id",
    "vrf_id",
    "code",
    "lir_id",
    "asn",
    "tags",
    "top_aggregate",
    "mask",
    "rule_id",
    "reserved",
];

fn left_out(sets: &[Set<'_>]) -> Vec<LeftOut> {
    let mut found: [Option<LeftOut>; ORDER.len()] = [const { None }; ORDER.len()];
    for set in sets {
        let Some(by) = set.obstacle.map(name) else { continue };
        let Some(place) = ORDER.iter().position(|known| *known == by) else { continue };
        let none = || LeftOut { by: by.to_owned(), sets: 0, blocks: 0, largest: u8::MAX };
        let sum = found[place].get_or_insert_with(none);
        sum.sets += 1;
        sum.blocks += set.blocks;
        sum.largest = sum.largest.min(set.largest);
    }
    found.into_iter().flatten().collect()
}

/// The field that a caller would have to change.
fn name(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::Criterion("region") => "region_id",
        Obstacle::Criterion("lirId") => "lir_id",
        Obstacle::Criterion(name) => name,
        Obstacle::Aggregate => "top_aggregate",
        Obstacle::Size => "mask",
        Obstacle::Rule => "rule_id",
        Obstacle::Reserved => "reserved",
    }
}

fn reason(obstacle: Obstacle, set: &Set<'_>, criteria: &Criteria, mask: u8) -> String {
    match obstacle {
        Obstacle::Criterion(_) => criteria.refusal(set.profile).map(|(_, why)| why).unwrap_or_default(),
        Obstacle::Aggregate => "they are not in that aggregate".to_owned(),
        Obstacle::Size => format!("the largest of them is a /{}, and a /{mask} is wanted", set.largest),
        Obstacle::Rule => format!("in every /{mask} of them the rule of the block around keeps an address back"),
        Obstacle::Reserved => "somebody has reserved it".to_owned(),
    }
}
