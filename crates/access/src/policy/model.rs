//! What the policy looks like from outside.

use kernel::{Error, FieldErrors, GroupId, Patch, Result};
use serde::{Deserialize, Serialize};

use super::row::PolicyRow;

/// What an instance demands of everybody who signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = SignInPolicy, example = json!({
    "session_idle_minutes": 30, "session_hours": 12, "second_factor_required": false, "second_factor_groups": [1]
}))]
pub struct Policy {
    /// After how many minutes without a request a session ends; null for never. It is kept to within three minutes.
    pub session_idle_minutes: Option<u32>,
    /// After how many hours a session ends, whatever is done with it.
    pub session_hours: u32,
    /// Whether everybody who signs in with a password needs a second factor.
    pub second_factor_required: bool,
    /// The groups whose users need one in any case.
    #[schema(value_type = Vec<i64>)]
    pub second_factor_groups: Vec<GroupId>,
}

/// A change of the policy; what is left out stays as it is. It counts at once, also for the sessions that are open.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[schema(as = SignInPolicyPatch, example = json!({"session_idle_minutes": 15, "second_factor_groups": [1]}))]
#[serde(deny_unknown_fields)]
pub struct PolicyPatch {
    /// After how many minutes without a request a session ends: 5 to 1440; null for never.
    #[serde(default)]
    #[schema(value_type = Option<u32>, minimum = 5, maximum = 1440)]
    pub session_idle_minutes: Patch<u32>,
    /// After how many hours a session ends, whatever is done with it: 1 to 720.
    #[schema(minimum = 1, maximum = 720)]
    pub session_hours: Option<u32>,
    /// Whether everybody who signs in with a password needs a second factor.
    pub second_factor_required: Option<bool>,
    /// The groups whose users need one in any case: this list replaces the other one. At most 1000.
    #[schema(value_type = Option<Vec<i64>>, max_items = 1000)]
    pub second_factor_groups: Option<Vec<GroupId>>,
}

/// OWASP's Session Management Cheat Sheet has 15 to 30 minutes for what is worth something, and a working day.
impl Default for Policy {
    fn default() -> Self {
        Self {
            session_idle_minutes: Some(30),
            session_hours: 12,
            second_factor_required: false,
            second_factor_groups: Vec::new(),
        }
    }
}

impl Policy {
    pub(super) fn new(row: &PolicyRow, second_factor_groups: Vec<GroupId>) -> Self {
        let count = |number: i64| u32::try_from(number).unwrap_or_default();
        Self {
            session_idle_minutes: row.session_idle_minutes.map(count),
            session_hours: count(row.session_hours),
            second_factor_required: row.second_factor_required,
            second_factor_groups,
        }
    }

    /// The policy after this change.
    pub(super) fn changed(self, patch: &PolicyPatch) -> Self {
        Self {
            session_idle_minutes: patch.session_idle_minutes.apply(self.session_idle_minutes),
            session_hours: patch.session_hours.unwrap_or(self.session_hours),
            second_factor_required: patch.second_factor_required.unwrap_or(self.second_factor_required),
            second_factor_groups: patch.second_factor_groups.clone().unwrap_or(self.second_factor_groups),
        }
    }
}

impl PolicyPatch {
    pub(super) fn check(&self) -> Result<()> {
        let mut errors = FieldErrors::default();
        if matches!(self.session_idle_minutes, Patch::Set(minutes) if !(5..=1440).contains(&minutes)) {
            errors.push("session_idle_minutes", "must be 5 to 1440, or null for never");
        }
        if self.session_hours.is_some_and(|hours| !(1..=720).contains(&hours)) {
            errors.push("session_hours", "must be 1 to 720");
        }
        if self.second_factor_groups.as_ref().is_some_and(|groups| groups.len() > 1000) {
            errors.push("second_factor_groups", "must name at most 1000 groups");
        }
        errors.into_result()
    }
}

pub(super) fn only_administrators() -> Error {
    Error::forbidden(
        "The sign-in policy is changed by administrators: by those with permissionAdmin on the top-level resource.",
    )
}
