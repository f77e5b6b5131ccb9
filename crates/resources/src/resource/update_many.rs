//! Changing several resources alike.

use kernel::{Actor, Error, ResourceId, Result};
use store::{RequestKey, Tx, Work};

use super::{Details, Load, ResourcePatch, details, load, update};
use crate::Resources;

/// The most resources that one request changes.
const MOST: usize = 1000;

impl Resources {
    /// Makes the same change to all of these resources or, when one of them is refused, to none; once for each request
    /// key. The answer has the order of the ids.
    pub async fn update_many(
        &self,
        actor: &Actor,
        ids: Vec<ResourceId>,
        patch: ResourcePatch,
        key: Option<RequestKey>,
    ) -> Result<Vec<Details>> {
        if !(1..=MOST).contains(&ids.len()) {
            return Err(Error::invalid("id", format!("must be a list of 1 to {MOST} ids")));
        }
        self.db.write(actor, UpdateResources { ids, patch, key }).await
    }
}

struct UpdateResources {
    ids: Vec<ResourceId>,
    patch: ResourcePatch,
    key: Option<RequestKey>,
}

impl Work for UpdateResources {
    type Out = Vec<Details>;
    const NAME: &'static str = "resource.update_many";

    async fn run(&self, tx: &mut Tx) -> Result<Vec<Details>> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        for id in &self.ids {
            update(tx, *id, &self.patch).await?;
        }
        // Only now: the move of one resource may have changed another one that was before it.
        let mut changed = load(tx, &self.ids).await?;
        let changed = self.ids.iter().filter_map(|id| changed.remove(id)).collect();
        let answer = details(tx, changed, Load::EVERYTHING).await?;
        tx.remember(self.key.as_ref(), &answer).await?;
        Ok(answer)
    }
}
