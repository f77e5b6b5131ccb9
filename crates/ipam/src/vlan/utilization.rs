//! How much space is in each VLAN of a domain.

use std::collections::{BTreeMap, HashMap};

use kernel::{Area, Family, ProfileId, Result, VlanDomainId};
use store::{Query, Tx};

use super::read::profiles_in;
use crate::{
    block::State,
    report::{Amount, Sums},
};

/// The space in each VLAN of a domain that blocks are in, by number and family, of the blocks that the caller may see.
pub(super) async fn utilization(tx: &mut Tx, domain: VlanDomainId) -> Result<BTreeMap<(i64, Family), Sums>> {
    let vlans: HashMap<ProfileId, i64> = profiles_in(tx, domain, None).await?.into_iter().collect();
    let mut sums = BTreeMap::<(i64, Family), Sums>::new();
    if vlans.is_empty() {
        return Ok(sums);
    }
    let visible = resources::visible_condition(tx, Area::Ipam, "r").await?;
    let mut query = Query::new("SELECT b.profile_id, b.family, b.state, b.mask, COUNT(*) FROM block b ");
    if visible.is_some() {
        query.push(&resources::join("r", "b.holder"));
    }
    query.push(" WHERE b.child1 IS NULL AND b.profile_id = ANY(");
    query.bind(vlans.keys().copied().collect::<Vec<_>>()).push(")");
    if let Some(visible) = visible {
        query.push(" AND (").append(&visible).push(")");
    }
    query.push(" GROUP BY b.profile_id, b.family, b.state, b.mask");
    for mut row in tx.rows(query.text(), query.params()).await? {
        let (profile, family, state): (ProfileId, i64, State) = (row.take(0)?, row.take(1)?, row.take(2)?);
        let (Some(vlan), Some(family)) = (vlans.get(&profile), Family::from_number(family)) else { continue };
        let n = u64::try_from(row.take::<i64>(4)?).unwrap_or(0);
        sums.entry((*vlan, family)).or_default().add(state, Amount::of(family, row.take(3)?, n));
    }
    Ok(sums)
}
