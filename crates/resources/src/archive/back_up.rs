//! Taking a copy of a resource because somebody asks for it.

use kernel::{Action, Actor, Area, Error, ResourceId, Result};
use store::{RequestKey, Tx, Work, params};

use super::{Backup, Reason, keep, read::shown};
use crate::{Resources, resource::get};

/// The most copies that people take of one resource.
const MOST: i64 = 1000;

impl Resources {
    /// Takes a copy of a resource, once for each request key. The actor needs the right to update the resource.
    pub(super) async fn back_up(&self, actor: &Actor, id: ResourceId, key: Option<RequestKey>) -> Result<Backup> {
        self.db.write(actor, BackUp { id, key }).await
    }
}

struct BackUp {
    id: ResourceId,
    key: Option<RequestKey>,
}

impl Work for BackUp {
    type Out = Backup;
    const NAME: &'static str = "resource.back_up";

    async fn run(&self, tx: &mut Tx) -> Result<Backup> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let resource = get(tx, self.id).await?;
        resource.allow(tx.actor(), Area::Resource, Action::Update)?;
        let text = "SELECT COUNT(*) FROM resource_archive WHERE resource_id = $1";
        if tx.scalar::<i64>(text, params![self.id]).await?.unwrap_or(0) >= MOST {
            let why = format!("There are {MOST} backups of resource {} already, and there may not be more.", self.id);
            return Err(Error::conflict(why));
        }
        let copies = keep(tx, &[&resource], Reason::Request).await?;
        let rights = resource.rights(tx.actor());
        let answer = shown(tx, copies, rights).await?.pop();
        let answer = answer.ok_or_else(|| Error::internal("a copy was taken and is not there"))?;
        tx.remember(self.key.as_ref(), &answer).await?;
        Ok(answer)
    }
}
