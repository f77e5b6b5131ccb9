//! Holding people to their quotas.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use kernel::{Actor, Error, ResourceId, Result};
use resources::Resource;
use store::Tx;

use super::{
    QuotaRow, Quotas,
    count::{Gains, held},
};

/// Refuses what the actor has changed in this transaction when it takes one of their quotas too far. It is asked after
/// the change and under the lock on blocks, so that what is counted is what will be there.
pub(crate) async fn hold(tx: &mut Tx, quotas: &Quotas, gains: &Gains) -> Result<()> {
    let actor = tx.actor().clone();
    let quotas = quotas.of(&actor);
    if quotas.is_empty() {
        return Ok(());
    }
    let lineages = lineages(tx, gains).await?;
    for quota in quotas {
        let (more, _) = gains.of(&quota, &lineages);
        if more == 0 {
            continue;
        }
        // A quota below a resource that is gone has no effect.
        let Some(resource) = below(tx, &quota).await? else { continue };
        let held = held(tx, &quota, &resource).await?;
        if held > quota.most() {
            return Err(refusal(&quota, &resource, held));
        }
    }
    Ok(())
}

/// Holds several people to their quotas who get space in one transaction: one that is refused is in nobody's way.
pub(crate) struct Meter {
    quotas: Arc<Quotas>,
    /// Whether nobody has to be held to anything.
    idle: bool,
    /// What those have got who were not refused.
    granted: Gains,
    lineages: HashMap<ResourceId, Vec<ResourceId>>,
    /// What was held before, by quota, and the resource below which it is counted.
    before: HashMap<i64, Option<(Resource, u128)>>,
}

impl Meter {
    /// For these people.
    pub(crate) fn new<'a>(quotas: Arc<Quotas>, mut actors: impl Iterator<Item = &'a Actor>) -> Self {
        let idle = actors.all(|actor| quotas.none_for(actor));
        Self { quotas, idle, granted: Gains::default(), lineages: HashMap::new(), before: HashMap::new() }
    }

    /// Counts what the actor is about to get; refuses it when it takes one of their quotas too far. Nothing of what was
    /// admitted may have been written yet.
    pub(crate) async fn admit(&mut self, tx: &mut Tx, actor: &Actor, gains: impl FnOnce() -> Gains) -> Result<()> {
        if self.idle {
            return Ok(());
        }
        let gains = &gains();
        let unknown = gains.holders().any(|holder| !self.lineages.contains_key(&holder));
        if unknown {
            self.lineages.extend(lineages(tx, gains).await?);
        }
        let mut after = self.granted.clone();
        after.extend(gains);
        for quota in self.quotas.of(actor) {
            if gains.of(&quota, &self.lineages).0 == 0 {
                continue;
            }
            let before = match self.before.entry(quota.id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(slot) => {
                    let before = match below(tx, &quota).await? {
                        Some(resource) => {
                            let held = held(tx, &quota, &resource).await?;
                            Some((resource, held))
                        }
                        None => None,
                    };
                    slot.insert(before)
                }
            };
            let Some((resource, before)) = before else { continue };
            let (more, less) = after.of(&quota, &self.lineages);
            let held = before.saturating_add(more).saturating_sub(less);
            if held > quota.most() {
                return Err(refusal(&quota, resource, held));
            }
        }
        self.granted = after;
        Ok(())
    }
}

async fn lineages(tx: &mut Tx, gains: &Gains) -> Result<HashMap<ResourceId, Vec<ResourceId>>> {
    let mut holders: Vec<_> = gains.holders().collect();
    holders.sort_unstable();
    holders.dedup();
    let known = resources::load(tx, &holders).await?;
    Ok(known.into_iter().map(|(id, resource)| (id, resource.lineage())).collect())
}

async fn below(tx: &mut Tx, quota: &QuotaRow) -> Result<Option<Resource>> {
    Ok(resources::load(tx, &[quota.resource_id]).await?.remove(&quota.resource_id))
}

fn refusal(quota: &QuotaRow, resource: &Resource, held: u128) -> Error {
    let (most, what, Resource { name, id, .. }) = (quota.most, quota.what(), resource);
    let held = held.div_ceil(quota.unit());
    Error::conflict(format!(
        "Your quota of {most} {what} below \"{name}\" ({id}) does not allow this: {held} would be held. Give some back \
         first, or ask an administrator of \"{name}\" for more."
    ))
}
