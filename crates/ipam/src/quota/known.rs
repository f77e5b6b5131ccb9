//! The quotas that there are, kept in memory: whose groups have none pays nothing.

use std::sync::Arc;

use kernel::{Actor, Result};
use store::{Cached, Tx};

use super::QuotaRow;

/// Said to all nodes when quotas have changed.
pub(crate) const SIGNAL: &str = "ipam quotas";

/// All quotas.
#[derive(Debug, Default)]
pub(crate) struct Quotas(Vec<QuotaRow>);

impl Quotas {
    /// Those of the groups that somebody is in.
    pub(crate) fn of(&self, actor: &Actor) -> Vec<QuotaRow> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let groups: Vec<_> = actor.grants.group_ids().collect();
        self.0.iter().filter(|quota| groups.contains(&quota.group_id)).cloned().collect()
    }

    /// Whether there are none for somebody.
    pub(crate) fn none_for(&self, actor: &Actor) -> bool {
        self.0.is_empty() || !self.0.iter().any(|quota| actor.grants.group_ids().any(|id| id == quota.group_id))
    }
}

/// All quotas, from memory if nobody has changed any.
pub(crate) async fn known(tx: &mut Tx) -> Result<Arc<Quotas>> {
    let kept = tx.memory::<Cached<Quotas>>();
    let generation = tx.generation(SIGNAL);
    if let Some(fresh) = kept.fresh(generation) {
        return Ok(fresh);
    }
    let quotas = tx.find::<QuotaRow>("id > 0", &[]).await?;
    Ok(kept.keep(generation, Quotas(quotas)))
}
