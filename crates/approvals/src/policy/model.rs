//! What a policy looks like from outside.

use std::collections::BTreeSet;

use access::{Group, groups_by_id};
use kernel::{Actor, Error, FieldErrors, GroupId, Result};
use serde::{Deserialize, Serialize};
use store::Tx;

use super::PolicyRow;
use crate::action::{self, ACTIONS};

/// The most groups that one policy asks.
const MOST_APPROVERS: usize = 20;

/// What a policy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It is done, even if another group of the person needs approval for it.
    Allow,
    /// It waits until all groups of approvers agree.
    NeedsApproval,
    /// It is refused, whatever other groups of the person say.
    Deny,
}

impl Effect {
    const ALL: [Self; 3] = [Self::Allow, Self::NeedsApproval, Self::Deny];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::NeedsApproval => "needs_approval",
            Self::Deny => "deny",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effect| effect.name() == word)
    }
}

/// A policy of a group for some actions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Policy {
    /// Its id.
    pub id: i64,
    /// The group whose members it is about.
    #[schema(value_type = i64)]
    pub group_id: GroupId,
    /// The name of that group; nothing when it is gone.
    pub group: Option<String>,
    /// The name of an action, a family such as `block.*`, or `*` for all.
    #[schema(example = "block.*")]
    pub action: String,
    /// What it says.
    pub effect: Effect,
    /// The groups that must agree, all of them.
    pub approvers: Vec<Group>,
}

/// A new policy, or what a policy is to become.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"group_id": 5, "action": "block.*", "effect": "needs_approval", "approver_group_ids": [7]}))]
pub struct NewPolicy {
    /// The group whose members it is about.
    #[schema(value_type = i64)]
    pub group_id: GroupId,
    /// The name of an action, a family such as `block.*`, or `*` for all; `/approvals/actions` lists them.
    pub action: String,
    /// What it says.
    pub effect: Effect,
    /// The groups that must agree, all of them. At least one when approval is needed; none otherwise.
    #[serde(default)]
    #[schema(value_type = Vec<i64>)]
    pub approver_group_ids: Vec<GroupId>,
}

impl NewPolicy {
    /// Refuses what can't be a policy.
    pub(super) async fn check(&self, tx: &mut Tx) -> Result<()> {
        self.check_form()?;
        let mut wanted: BTreeSet<GroupId> = self.approver_group_ids.iter().copied().collect();
        wanted.insert(self.group_id);
        let known = groups_by_id(tx, &wanted.iter().copied().collect::<Vec<_>>()).await?;
        let mut errors = FieldErrors::default();
        for missing in wanted.into_iter().filter(|id| !known.iter().any(|group| group.id == *id)) {
            let field = if missing == self.group_id { "group_id" } else { "approver_group_ids" };
            errors.push(field, format!("there is no group with id {missing}"));
        }
        errors.into_result()
    }

    fn check_form(&self) -> Result<()> {
        let mut errors = FieldErrors::default();
        let mut named = ACTIONS.iter().filter(|known| action::closeness(&self.action, known).is_some()).peekable();
        if named.peek().is_none() {
            errors.push("action", format!("\"{}\" names no action; /approvals/actions lists them", self.action));
        } else if self.effect == Effect::NeedsApproval && named.all(|known| known.tells_secret) {
            errors.push("effect", "this action shows a secret once, so it can't wait for others; it can be denied");
        }
        let asks = self.effect == Effect::NeedsApproval;
        let (few, many) = (self.approver_group_ids.is_empty(), self.approver_group_ids.len() > MOST_APPROVERS);
        if asks && (few || many) {
            errors.push("approver_group_ids", format!("must name 1 to {MOST_APPROVERS} groups that have to agree"));
        } else if !asks && !few {
            errors.push("approver_group_ids", "only an action that needs approval has approvers");
        }
        errors.into_result()
    }

    /// The groups that must agree, as they are kept.
    pub(super) fn approvers(&self) -> Result<String> {
        let ids: BTreeSet<GroupId> = self.approver_group_ids.iter().copied().collect();
        serde_json::to_string(&ids).map_err(Error::internal)
    }
}

/// Policies as they are shown.
pub(super) async fn shown(tx: &mut Tx, rows: Vec<PolicyRow>) -> Result<Vec<Policy>> {
    let mut ids: BTreeSet<GroupId> = rows.iter().map(|row| row.group_id).collect();
    for row in &rows {
        ids.extend(row.approvers()?);
    }
    let groups = groups_by_id(tx, &ids.into_iter().collect::<Vec<_>>()).await?;
    let policy = |row: PolicyRow| {
        let approvers = row.approvers()?;
        Ok(Policy {
            id: row.id,
            group_id: row.group_id,
            group: groups.iter().find(|group| group.id == row.group_id).map(|group| group.name.clone()),
            effect: row.effect()?,
            action: row.action,
            approvers: groups.iter().filter(|group| approvers.contains(&group.id)).cloned().collect(),
        })
    };
    rows.into_iter().map(policy).collect()
}

/// Only administrators say who must agree to what.
pub(super) fn allow(actor: &Actor) -> Result<()> {
    if actor.is_administrator() {
        return Ok(());
    }
    Err(Error::forbidden("Only administrators look at policies and change them."))
}
