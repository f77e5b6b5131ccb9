//! The tables: one row of the policy or none, and the groups that need a second factor.

use kernel::{GroupId, Result, UserId};
use store::{Tx, params};

use super::Policy;

store::record! {
    /// The policy.
    pub struct PolicyRow in "sign_in_policy" secret [] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// After how many minutes without a request a session ends.
        session_idle_minutes: Option<i64>,
        /// After how many hours a session ends whatever is done with it.
        session_hours: i64,
        /// Whether everybody needs a second factor.
        second_factor_required: bool,
    }
}

store::record! {
    /// A group whose users need a second factor.
    pub struct SecondFactorGroupRow in "second_factor_group" secret [] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// The group. An entry whose group is gone has no effect.
        group_id: GroupId,
    }
}

pub(super) async fn find(tx: &mut Tx) -> Result<Option<PolicyRow>> {
    Ok(tx.find::<PolicyRow>("id > $1", params![0]).await?.pop())
}

pub(super) async fn groups(tx: &mut Tx) -> Result<Vec<SecondFactorGroupRow>> {
    let of_groups = "group_id IN (SELECT id FROM user_group) ORDER BY group_id";
    tx.find::<SecondFactorGroupRow>(of_groups, &[]).await
}

/// The policy that counts now.
pub(crate) async fn load(tx: &mut Tx) -> Result<Policy> {
    let groups = groups(tx).await?.into_iter().map(|row| row.group_id).collect();
    Ok(match find(tx).await? {
        Some(row) => Policy::new(&row, groups),
        None => Policy { second_factor_groups: groups, ..Policy::default() },
    })
}

/// Whether the policy wants this user to have a second factor: because everybody needs one, or by one of their groups.
pub(crate) async fn requires_second_factor(tx: &mut Tx, user: UserId) -> Result<bool> {
    if find(tx).await?.is_some_and(|policy| policy.second_factor_required) {
        return Ok(true);
    }
    let text = "SELECT COUNT(*) FROM second_factor_group s JOIN group_member m ON m.group_id = s.group_id
        JOIN user_group g ON g.id = s.group_id WHERE m.user_id = $1 AND g.enabled = 1";
    let groups = tx.scalar::<i64>(text, params![user]).await?;
    Ok(groups.is_some_and(|groups| groups > 0))
}
