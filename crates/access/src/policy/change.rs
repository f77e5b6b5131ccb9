//! Looking at the policy, and changing it.

use kernel::{Actor, Error, GroupId, Result};
use store::{Tx, Work};

use super::{
    Policy, PolicyPatch,
    model::only_administrators,
    row::{self, PolicyRow, SecondFactorGroupRow},
};
use crate::{Access, LOCK, SIGNAL, group};

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
        let policy = row::load(tx).await?.changed(&self.0);
        let id = match &before {
            Some(before) => before.id,
            None => tx.new_id::<PolicyRow>().await?,
        };
        let mut after = PolicyRow {
            id,
            version: 1,
            session_idle_minutes: policy.session_idle_minutes.map(i64::from),
            session_hours: i64::from(policy.session_hours),
            second_factor_required: policy.second_factor_required,
        };
        match before {
            Some(before) => tx.update(&before, &mut after).await?,
            None => tx.insert(&after).await?,
        }
        if let Some(groups) = &self.0.second_factor_groups {
            set_groups(tx, groups).await?;
        }
        tx.signal(SIGNAL);
        row::load(tx).await
    }
}

/// Makes these the groups whose users need a second factor.
async fn set_groups(tx: &mut Tx, wanted: &[GroupId]) -> Result<()> {
    let before = row::groups(tx).await?;
    for row in before.iter().filter(|row| !wanted.contains(&row.group_id)) {
        tx.delete(row).await?;
    }
    for (at, id) in wanted.iter().enumerate() {
        let twice = wanted.iter().take(at).any(|earlier| earlier == id);
        if twice || before.iter().any(|row| row.group_id == *id) {
            continue;
        }
        group::load(tx, *id).await.map_err(|_| {
            Error::invalid(format!("second_factor_groups[{at}]"), format!("there is no group with id {id}"))
        })?;
        let row = SecondFactorGroupRow { id: tx.new_id::<SecondFactorGroupRow>().await?, version: 1, group_id: *id };
        tx.insert(&row).await?;
    }
    Ok(())
}
