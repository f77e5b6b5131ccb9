//! What the policy looks like from outside.

use kernel::{Error, FieldErrors, Patch, Result};
use serde::{Deserialize, Serialize};

use super::row::PolicyRow;

/// What an instance demands of everybody who signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = SignInPolicy, example = json!({"session_idle_minutes": 30, "session_hours": 12}))]
pub struct Policy {
    /// After how many minutes without a request a session ends; null for never. It is kept to within three minutes.
    pub session_idle_minutes: Option<u32>,
    /// After how many hours a session ends, whatever is done with it.
    pub session_hours: u32,
}

/// A change of the policy; what is left out stays as it is. It counts at once, also for the sessions that are open.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[schema(as = SignInPolicyPatch, example = json!({"session_idle_minutes": 15}))]
#[serde(deny_unknown_fields)]
pub struct PolicyPatch {
    /// After how many minutes without a request a session ends: 5 to 1440; null for never.
    #[serde(default)]
    #[schema(value_type = Option<u32>, minimum = 5, maximum = 1440)]
    pub session_idle_minutes: Patch<u32>,
    /// After how many hours a session ends, whatever is done with it: 1 to 720.
    #[schema(minimum = 1, maximum = 720)]
    pub session_hours: Option<u32>,
}

/// OWASP's Session Management Cheat Sheet has 15 to 30 minutes for what is worth something, and a working day.
impl Default for Policy {
    fn default() -> Self {
        Self { session_idle_minutes: Some(30), session_hours: 12 }
    }
}

impl From<PolicyRow> for Policy {
    fn from(row: PolicyRow) -> Self {
        let count = |number: i64| u32::try_from(number).unwrap_or_default();
        let (session_idle_minutes, session_hours) = (row.session_idle_minutes.map(count), count(row.session_hours));
        Self { session_idle_minutes, session_hours }
    }
}

impl Policy {
    /// The policy after this change.
    pub(super) fn changed(self, patch: &PolicyPatch) -> Self {
        Self {
            session_idle_minutes: patch.session_idle_minutes.apply(self.session_idle_minutes),
            session_hours: patch.session_hours.unwrap_or(self.session_hours),
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
        errors.into_result()
    }
}

pub(super) fn only_administrators() -> Error {
    Error::forbidden(
        "The sign-in policy is changed by administrators: by those with permissionAdmin on the top-level resource.",
    )
}
