//! Counting: what a change adds below a resource, and what is there.

use std::collections::HashMap;

use kernel::{Family, ResourceId, Result};
use resources::{Resource, system};
use store::{Query, Tx};

use super::QuotaRow;
use crate::block::{Block, State};

/// What holders get and give, in leaves: by holder, family and mask.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gains(HashMap<(ResourceId, i64, u8), i64>);

impl Gains {
    /// A leaf comes to its holder, or goes from it. Space of nobody and in the holding tank is nobody's.
    pub(crate) fn note(&mut self, block: &Block, there: bool) {
        if matches!(block.state, State::Assigned | State::Pool) {
            self.add(block.holder, block.family(), block.mask, if there { 1 } else { -1 });
        }
    }

    /// So many leaves come to a holder; fewer than none go from it.
    pub(crate) fn add(&mut self, holder: ResourceId, family: Family, mask: u8, n: i64) {
        if holder != system::AVAILABLE && holder != system::HOLDING {
            *self.0.entry((holder, family.number(), mask)).or_default() += n;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of both.
    pub(super) fn extend(&mut self, other: &Self) {
        for (key, n) in &other.0 {
            *self.0.entry(*key).or_default() += n;
        }
    }

    pub(super) fn holders(&self) -> impl Iterator<Item = ResourceId> {
        self.0.keys().map(|(holder, ..)| *holder)
    }

    /// By how much what a quota counts grows; and by how much it shrinks.
    pub(super) fn of(&self, quota: &QuotaRow, lineages: &HashMap<ResourceId, Vec<ResourceId>>) -> (u128, u128) {
        let (mut more, mut less) = (0_u128, 0_u128);
        for ((holder, family, mask), n) in &self.0 {
            let inside = lineages.get(holder).is_some_and(|lineage| lineage.contains(&quota.resource_id));
            if inside && *family == quota.family {
                let amount = quota.weight(*mask).saturating_mul(u128::from(n.unsigned_abs()));
                let side = if *n > 0 { &mut more } else { &mut less };
                *side = side.saturating_add(amount);
            }
        }
        (more.saturating_sub(less), less.saturating_sub(more))
    }
}

/// What is held below a resource, in the units of a quota: blocks or addresses.
pub(super) async fn held(tx: &mut Tx, quota: &QuotaRow, resource: &Resource) -> Result<u128> {
    let mut query = Query::new("SELECT b.mask, COUNT(*) FROM block b ");
    query.push(&resources::join("r", "b.holder")).push(" WHERE b.holder <> 2 AND b.family = ").bind(quota.family);
    query.push(" AND b.state = ANY(").bind(vec![State::Assigned.number(), State::Pool.number()]).push(") AND ");
    query.append(&resources::below("r", resource));
    if quota.counts_blocks() {
        query.push(" AND b.mask = ").bind(quota.mask);
    }
    query.push(" GROUP BY b.mask");
    let mut held = 0_u128;
    for mut row in tx.rows(query.text(), query.params()).await? {
        let (mask, n): (u8, i64) = (row.take(0)?, row.take(1)?);
        let amount = quota.weight(mask).saturating_mul(u128::try_from(n).unwrap_or_default());
        held = held.saturating_add(amount);
    }
    Ok(held)
}
