//! Changing how much a quota allows.

use kernel::{GroupId, Result};
use store::{Tx, Work};

use super::{Quota, QuotaPatch, QuotaRow, SIGNAL, count::held, read::load};
use crate::space::LOCK;

/// Changes the limit of a quota.
pub(crate) struct ChangeQuota {
    pub(crate) group: GroupId,
    pub(crate) id: i64,
    pub(crate) patch: QuotaPatch,
}

impl Work for ChangeQuota {
    type Out = Quota;
    const NAME: &'static str = "quota.change";

    async fn run(&self, tx: &mut Tx) -> Result<Quota> {
        self.patch.check()?;
        tx.lock(LOCK).await?;
        let (before, resource) = load(tx, self.group, self.id).await?;
        let mut after = QuotaRow { most: self.patch.limit, ..before.clone() };
        if after.most != before.most {
            tx.update(&before, &mut after).await?;
            tx.signal(SIGNAL);
        }
        let held = held(tx, &after, &resource).await?;
        Ok(Quota::new(&after, held))
    }
}
