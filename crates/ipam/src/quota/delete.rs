//! Deleting a quota.

use kernel::{GroupId, Result};
use store::{Tx, Work};

use super::{SIGNAL, read::load};
use crate::space::LOCK;

/// Deletes a quota: the group may hold there what its rights allow.
pub(crate) struct DeleteQuota {
    pub(crate) group: GroupId,
    pub(crate) id: i64,
}

impl Work for DeleteQuota {
    type Out = ();
    const NAME: &'static str = "quota.delete";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        tx.lock(LOCK).await?;
        let (row, _) = load(tx, self.group, self.id).await?;
        tx.delete(&row).await?;
        tx.signal(SIGNAL);
        Ok(())
    }
}
