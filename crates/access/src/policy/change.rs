//! Looking at the policy, and changing it.

use kernel::{Actor, Result};
use store::{Tx, Work};

use super::{
    Policy, PolicyPatch,
    model::only_administrators,
    row::{self, PolicyRow},
};
use crate::{Access, LOCK, SIGNAL};

impl Access {
    /// The policy, which everybody who is signed in may read.
    pub async fn sign_in_policy(&self, actor: &Actor) -> Result<Policy> {
        row::load(&mut self.0.db.read(actor).await?).await
    }

    /// Changes the policy. Only administrators may do so.
    pub async fn change_sign_in_policy(&self, actor: &Actor, patch: PolicyPatch) -> Result<Policy> {
        self.write(actor, ChangePolicy(patch)).await
    }
}

struct ChangePolicy(PolicyPatch);

impl Work for ChangePolicy {
    type Out = Policy;
    const NAME: &'static str = "sign_in_policy.change";

    async fn run(&self, tx: &mut Tx) -> Result<Policy> {
        if !tx.actor().is_administrator() {
            return Err(only_administrators());
        }
        self.0.check()?;
        tx.lock(LOCK).await?;
        let before = row::find(tx).await?;
        let policy = before.clone().map(Policy::from).unwrap_or_default().changed(&self.0);
        let id = match &before {
            Some(before) => before.id,
            None => tx.new_id::<PolicyRow>().await?,
        };
        let mut after = PolicyRow {
            id,
            version: 1,
            session_idle_minutes: policy.session_idle_minutes.map(i64::from),
            session_hours: i64::from(policy.session_hours),
        };
        match before {
            Some(before) => tx.update(&before, &mut after).await?,
            None => tx.insert(&after).await?,
        }
        tx.signal(SIGNAL);
        Ok(policy)
    }
}
