//! What an identity looks like from outside.

use kernel::{FieldErrors, Result};
use serde::{Deserialize, Serialize};

/// A user, as a provider knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(example = json!({"id": 5, "provider": "work", "subject": "248289761001", "created_at": "2026-01-01T08:00:00Z"}))]
pub struct ExternalIdentity {
    /// Its id.
    pub id: i64,
    /// The name of the provider.
    pub provider: String,
    /// The user's identifier there: the claim `sub`.
    pub subject: String,
    /// When it was made (RFC 3339).
    pub created_at: String,
}

/// A new identity of a user.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"provider": "work", "subject": "248289761001"}))]
pub struct NewExternalIdentity {
    /// The name of the provider.
    pub provider: String,
    /// The user's identifier there, the claim `sub`: 1 to 255 bytes.
    #[schema(min_length = 1, max_length = 255)]
    pub subject: String,
}

impl NewExternalIdentity {
    pub(super) fn check(&self) -> Result<()> {
        let mut errors = FieldErrors::default();
        if !(1..=255).contains(&self.subject.len()) {
            errors.push("subject", "must have 1 to 255 bytes");
        }
        errors.into_result()
    }
}
