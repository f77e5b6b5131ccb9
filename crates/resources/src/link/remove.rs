//! Removing a link.

use kernel::{Actor, Result};
use store::{RequestKey, Tx, Work};

use super::named::NamedLink;
use crate::Resources;

impl Resources {
    /// Removes a link of a resource, once for each request key.
    pub(crate) async fn unlink(&self, actor: &Actor, link: NamedLink, key: Option<RequestKey>) -> Result<()> {
        self.db.write(actor, RemoveLink { link, key }).await
    }
}

struct RemoveLink {
    link: NamedLink,
    key: Option<RequestKey>,
}

impl Work for RemoveLink {
    type Out = ();
    const NAME: &'static str = "link.remove";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let link = self.link.to_change(tx).await?;
        tx.delete(&link).await?;
        tx.remember(self.key.as_ref(), &()).await
    }
}
