//! What is asked for.

use kernel::{FieldErrors, Result};
use serde::{Deserialize, Serialize};

/// Who has lost their password: by name, or by the address to which their mail goes.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "ann"}))]
pub struct ResetRequest {
    /// The name by which they sign in, in any case.
    #[serde(default)]
    pub username: Option<String>,
    /// Where they get mail, in any case.
    #[serde(default)]
    pub email: Option<String>,
}

impl ResetRequest {
    /// Refuses what names nobody, or too much.
    pub(super) fn check(&self) -> Result<()> {
        let mut errors = FieldErrors::default();
        let named = [("username", &self.username), ("email", &self.email)];
        if named.iter().filter(|(_, value)| value.is_some()).count() != 1 {
            errors.push("username", "must be given, or email, and not both");
        }
        for (field, value) in named {
            if value.as_ref().is_some_and(|value| value.len() > 254 || value.contains(char::is_control)) {
                errors.push(field, "must have at most 254 bytes, and no control characters");
            }
        }
        errors.into_result()
    }
}
