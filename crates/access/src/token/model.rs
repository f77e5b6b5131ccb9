//! What a token looks like from outside.

use kernel::{FieldErrors, Result, Timestamp, TokenId};
use serde::{Deserialize, Serialize, Serializer};

use super::TokenRow;
use crate::hidden::Hidden;

/// An API token. The token itself is shown only when it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Token {
    /// Its id.
    #[schema(value_type = i64)]
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// The first letters of the token.
    pub prefix: String,
    /// When it was made (RFC 3339).
    pub created_at: String,
    /// When it was last used, to within some minutes (RFC 3339).
    pub last_used_at: Option<String>,
    /// When it ends (RFC 3339); null for never.
    pub expires_at: Option<String>,
}

/// A new token.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for: 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// After how many days it ends; never, when this is left out.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3650)]
    pub expires_in_days: Option<u32>,
}

/// A token that has just been made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MadeToken {
    /// Its id.
    #[schema(value_type = i64)]
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// The token, to be sent as `Authorization: Bearer TOKEN`. It can't be shown again.
    #[serde(serialize_with = "reveal")]
    #[schema(value_type = String)]
    pub token: Hidden<String>,
    /// When it ends (RFC 3339); null for never.
    pub expires_at: Option<String>,
}

/// The one place where a token leaves the program.
fn reveal<S: Serializer>(token: &Hidden<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&token.0)
}

impl Token {
    pub(super) fn new(row: TokenRow, last_used_at: Option<Timestamp>) -> Self {
        let TokenRow { id, name, prefix, created_at, expires_at, .. } = row;
        let text = |at: Timestamp| at.to_string();
        let (last_used_at, expires_at) = (last_used_at.map(text), expires_at.map(text));
        Self { id, name, prefix, created_at: created_at.to_string(), last_used_at, expires_at }
    }
}

impl NewToken {
    /// Refuses what can't be a token.
    pub(super) fn check(&self) -> Result<()> {
        const LONGEST_NAME: usize = 100;
        const LONGEST_LIFE: u32 = 3650;
        let mut errors = FieldErrors::default();
        if !(1..=LONGEST_NAME).contains(&self.name.trim().chars().count()) || self.name.contains(char::is_control) {
            errors.push("name", format!("must have 1 to {LONGEST_NAME} characters, and say what the token is for"));
        }
        if self.expires_in_days.is_some_and(|days| !(1..=LONGEST_LIFE).contains(&days)) {
            errors.push("expires_in_days", format!("must be 1 to {LONGEST_LIFE}"));
        }
        errors.into_result()
    }
}
