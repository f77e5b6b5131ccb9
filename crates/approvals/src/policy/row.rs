//! The table.

use kernel::{Error, GroupId, Result};
use store::{Tx, params};

use super::Effect;

store::record! {
    /// A policy.
    pub struct PolicyRow in "approval_policy" secret [] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// The group whose members it is about.
        group_id: GroupId,
        /// The name of an action, a family such as `block.*`, or `*`.
        action: String,
        /// `allow`, `needs_approval` or `deny`.
        effect: String,
        /// The groups that must agree, as a JSON list.
        approvers: String,
    }
}

impl PolicyRow {
    /// What it says.
    pub(crate) fn effect(&self) -> Result<Effect> {
        Effect::parse(&self.effect).ok_or_else(|| Error::internal(format!("a policy can't be {}", self.effect)))
    }

    /// The groups that must agree.
    pub(crate) fn approvers(&self) -> Result<Vec<GroupId>> {
        serde_json::from_str(&self.approvers).map_err(Error::internal)
    }
}

/// The policy with this id.
pub(super) async fn load(tx: &mut Tx, id: i64) -> Result<PolicyRow> {
    tx.get(id).await?.ok_or_else(|| Error::not_found(format!("There is no policy with id {id}.")))
}

/// Refuses a second policy of a group for the same actions.
pub(super) async fn require_free(tx: &mut Tx, group: GroupId, action: &str) -> Result<()> {
    if tx.find::<PolicyRow>("group_id = $1 AND action = $2", params![group, action]).await?.is_empty() {
        return Ok(());
    }
    Err(Error::conflict_of("action", format!("the group has a policy for \"{action}\" already; change that one")))
}
