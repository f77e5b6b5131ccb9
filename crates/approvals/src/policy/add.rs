//! Adding a policy.

use kernel::{Error, Result};
use store::{RequestKey, Tx, Work};

use super::{
    NewPolicy, Policy, PolicyRow,
    model::{allow, shown},
    row::require_free,
};
use crate::{LOCK, SIGNAL};

pub(super) struct AddPolicy {
    pub(super) new: NewPolicy,
    pub(super) key: Option<RequestKey>,
}

impl Work for AddPolicy {
    type Out = Policy;
    const NAME: &'static str = "approval.add_policy";

    async fn run(&self, tx: &mut Tx) -> Result<Policy> {
        allow(tx.actor())?;
        tx.lock(LOCK).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        self.new.check(tx).await?;
        require_free(tx, self.new.group_id, &self.new.action).await?;
        let row = PolicyRow {
            id: tx.new_id::<PolicyRow>().await?,
            version: 1,
            group_id: self.new.group_id,
            action: self.new.action.clone(),
            effect: self.new.effect.name().to_owned(),
            approvers: self.new.approvers()?,
        };
        tx.insert(&row).await?;
        tx.signal(SIGNAL);
        let lost = || Error::internal("a policy was lost");
        let policy = shown(tx, vec![row]).await?.pop().ok_or_else(lost)?;
        tx.remember(self.key.as_ref(), &policy).await?;
        Ok(policy)
    }
}
