//! Deleting a policy. What waits because of it goes on waiting.

use kernel::Result;
use store::{RequestKey, Tx, Work};

use super::{model::allow, row::load};
use crate::{LOCK, SIGNAL};

pub(super) struct DeletePolicy {
    pub(super) id: i64,
    pub(super) key: Option<RequestKey>,
}

impl Work for DeletePolicy {
    type Out = ();
    const NAME: &'static str = "approval.delete_policy";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        allow(tx.actor())?;
        tx.lock(LOCK).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let policy = load(tx, self.id).await?;
        tx.delete(&policy).await?;
        tx.signal(SIGNAL);
        tx.remember(self.key.as_ref(), &()).await
    }
}
