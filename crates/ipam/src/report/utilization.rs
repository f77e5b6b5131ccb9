//! Utilisation: of one block, or of all blocks that match.
//!
//! Checked against the documents' example: free space of a pool counts as available and also as allocated.

use std::collections::HashMap;

use kernel::{Area, Family, ResourceId, Result};
use resources::system;
use store::{Query, Tx};

use super::{Amount, Sums, mask::number};
use crate::{
    block::{BlockRef, State, listed},
    profile::{Criteria, Profiles},
};

/// What is counted: everything that matches.
#[derive(Debug, Clone)]
pub(crate) struct UtilizationFilter {
    pub(crate) family: Family,
    pub(crate) criteria: Criteria,
}

/// How much is used, and by whom.
#[derive(Debug, Clone)]
pub(crate) struct Utilization {
    pub(crate) family: Family,
    pub(crate) sums: Sums,
    /// Who holds how much, the largest first.
    pub(crate) holders: Vec<Share>,
}

/// What one resource holds.
#[derive(Debug, Clone)]
pub(crate) struct Share {
    pub(crate) id: ResourceId,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) amount: Amount,
}

/// Utilisation of a block; with a mask, only of the leaves of that mask in it.
pub(crate) async fn utilization(tx: &mut Tx, block: BlockRef, mask: Option<u8>) -> Result<Utilization> {
    let held = block.load(tx, None).await?;
    let (prefix, space) = (held.prefix(), held.block.space);
    let mut condition = Query::default();
    condition.push("b.family = ").bind(prefix.family().number());
    condition.push(" AND b.first >= ").bind(prefix.key()).push(" AND b.first <= ").bind(prefix.last_key());
    condition.push(" AND b.space = ").bind(space).push(" AND b.mask >= ").bind(prefix.mask());
    if let Some(mask) = mask {
        condition.push(" AND b.mask = ").bind(mask);
    }
    added_up(tx, prefix.family(), &condition).await
}

/// Utilisation of all blocks that match.
pub(crate) async fn host_utilization(tx: &mut Tx, filter: &UtilizationFilter) -> Result<Utilization> {
    let criteria = listed(tx, &filter.criteria).await?;
    let mut condition = Query::default();
    condition.push("b.family = ").bind(filter.family.number());
    if !criteria.is_empty() {
        let profiles = tx.memory::<Profiles>().all(tx).await?;
        let fitting: Vec<_> = profiles.iter().filter(|(_, p)| criteria.fits(p)).map(|(id, _)| *id).collect();
        condition.push(" AND b.profile_id = ANY(").bind(fitting).push(")");
    }
    added_up(tx, filter.family, &condition).await
}

async fn added_up(tx: &mut Tx, family: Family, condition: &Query) -> Result<Utilization> {
    let visible = resources::visible_condition(tx, Area::Ipam, "r").await?;
    let mut query = Query::new("SELECT b.holder, b.state, b.mask, COUNT(*) FROM block b ");
    if visible.is_some() {
        query.push(&resources::join("r", "b.holder"));
    }
    query.push(" WHERE b.child1 IS NULL AND ").append(condition);
    if let Some(visible) = visible {
        query.push(" AND (").append(&visible).push(")");
    }
    query.push(" GROUP BY b.holder, b.state, b.mask");
    let (mut sums, mut holders) = (Sums::default(), HashMap::<ResourceId, Amount>::new());
    for mut row in tx.rows(query.text(), query.params()).await? {
        let (holder, state, mask): (ResourceId, State, u8) = (row.take(0)?, row.take(1)?, row.take(2)?);
        let amount = Amount::of(family, mask, number(row.into_values().pop()));
        sums.add(state, amount);
        if holder != system::AVAILABLE && holder != system::HOLDING {
            holders.entry(holder).or_default().add(amount);
        }
    }
    let ids: Vec<_> = holders.keys().copied().collect();
    let mut known = if ids.is_empty() { HashMap::new() } else { resources::load(tx, &ids).await? };
    let mut holders: Vec<_> = holders
        .into_iter()
        .filter_map(|(id, amount)| known.remove(&id).map(|r| Share { id, name: r.name, kind: r.kind, amount }))
        .collect();
    holders.sort_by(|a, b| b.amount.addresses.cmp(&a.amount.addresses).then(a.id.cmp(&b.id)));
    Ok(Utilization { family, sums, holders })
}
