//! Replacing what a policy says.

use kernel::{Error, Result};
use store::{RequestKey, Tx, Work};

use super::{
    NewPolicy, Policy, PolicyRow,
    model::{allow, shown},
    row::{load, require_free},
};
use crate::{LOCK, SIGNAL};

pub(super) struct ChangePolicy {
    pub(super) id: i64,
    pub(super) new: NewPolicy,
    pub(super) key: Option<RequestKey>,
}

impl Work for ChangePolicy {
    type Out = Policy;
    const NAME: &'static str = "approval.change_policy";

    async fn run(&self, tx: &mut Tx) -> Result<Policy> {
        allow(tx.actor())?;
        tx.lock(LOCK).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let before = load(tx, self.id).await?;
        self.new.check(tx).await?;
        if (before.group_id, &before.action) != (self.new.group_id, &self.new.action) {
            require_free(tx, self.new.group_id, &self.new.action).await?;
        }
        let mut after = PolicyRow {
            group_id: self.new.group_id,
            action: self.new.action.clone(),
            effect: self.new.effect.name().to_owned(),
            approvers: self.new.approvers()?,
            ..before.clone()
        };
        if after != before {
            tx.update(&before, &mut after).await?;
            tx.signal(SIGNAL);
        }
        let policy = shown(tx, vec![after]).await?.pop().ok_or_else(|| Error::internal("a policy was lost"))?;
        tx.remember(self.key.as_ref(), &policy).await?;
        Ok(policy)
    }
}
