//! Removing an attachment.

use kernel::{Action, Actor, ResourceId, Result};
use store::{RequestKey, Tx, Work};

use super::{attachment, sweep::sweep};
use crate::Resources;

impl Resources {
    /// Removes an attachment of a resource, once for each request key. The actor needs the right to update the
    /// resource. The file itself is removed by a job, after the commit.
    pub(super) async fn detach(
        &self,
        actor: &Actor,
        resource_id: ResourceId,
        id: i64,
        key: Option<RequestKey>,
    ) -> Result<()> {
        self.db.write(actor, DeleteAttachment { resource_id, id, key }).await
    }
}

struct DeleteAttachment {
    resource_id: ResourceId,
    id: i64,
    key: Option<RequestKey>,
}

impl Work for DeleteAttachment {
    type Out = ();
    const NAME: &'static str = "attachment.delete";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let attachment = attachment(tx, self.resource_id, self.id, Action::Update).await?;
        tx.delete(&attachment).await?;
        let now = tx.now();
        sweep(tx, &attachment.object, now).await?;
        tx.remember(self.key.as_ref(), &()).await
    }
}
