//! Which values of attributes are in use at and below a block.

use std::collections::BTreeSet;

use kernel::{Action, Area, ProfileId, ResourceId, Result, Rights};
use resources::system;
use serde_json::{Map, Value, json};
use store::{Tx, params};

use crate::{block::BlockRef, profile::Profiles};

/// The lists, under the names of API v1.
pub(crate) async fn lists(tx: &mut Tx, block: BlockRef) -> Result<Map<String, Value>> {
    let held = block.load(tx, None).await?;
    let prefix = held.prefix();
    let range = params![prefix.family().number(), prefix.key(), prefix.last_key(), held.block.space, prefix.mask()];
    let within = "family = $1 AND first >= $2 AND first <= $3 AND space = $4 AND mask >= $5 AND child1 IS NULL";
    let text = format!("SELECT DISTINCT profile_id, mask, holder FROM block WHERE {within}");
    let leaves: Vec<(ProfileId, u8, ResourceId)> = tx
        .rows(&text, range)
        .await?
        .into_iter()
        .map(|mut row| Ok((row.take(0)?, row.take(1)?, row.take(2)?)))
        .collect::<Result<_>>()?;
    let holders: BTreeSet<ResourceId> = leaves.iter().map(|(_, _, holder)| *holder).collect();
    let mut holders = resources::load(tx, &holders.into_iter().collect::<Vec<_>>()).await?;
    let read = Rights::of(Area::Ipam, Action::Read);
    holders.retain(|_, holder| holder.rights(tx.actor()).has(read));
    let seen = || leaves.iter().filter(|(_, _, holder)| holders.contains_key(holder));
    let ids: BTreeSet<ProfileId> = seen().map(|(profile, _, _)| *profile).collect();
    let profiles = tx.memory::<Profiles>().of(tx, &ids.into_iter().collect::<Vec<_>>()).await?;
    let values = |value: &dyn Fn(&crate::profile::Profile) -> Option<String>| {
        let set: BTreeSet<String> = profiles.values().filter_map(|profile| value(profile)).collect();
        json!(set)
    };
    let tags: BTreeSet<&String> = profiles.values().flat_map(|profile| &profile.tags).collect();
    let masks: BTreeSet<u8> = seen().map(|(_, mask, _)| *mask).collect();
    let masks: Vec<String> = masks.iter().map(ToString::to_string).collect();
    let own = [system::AVAILABLE, system::HOLDING];
    let mut customers: Vec<ResourceId> = holders.keys().filter(|id| !own.contains(id)).copied().collect();
    customers.sort_unstable();
    let lists = [
        ("asns", values(&|p| p.asn.map(|asn| asn.to_string()))),
        ("masks", json!(masks)),
        ("rirs", values(&|p| Some(p.rir.clone()))),
        ("lirs", values(&|p| p.lir.map(|lir| lir.to_string()))),
        ("tags", json!(tags)),
        ("codes", values(&|p| p.code.clone())),
        ("vlans", values(&|p| p.vlan.map(|vlan| vlan.to_string()))),
        ("regions", values(&|p| p.region.clone())),
        ("resources", Value::Array(resources::v1_brief(tx, &customers).await?)),
    ];
    Ok(lists.into_iter().map(|(name, list)| (name.to_owned(), list)).collect())
}
