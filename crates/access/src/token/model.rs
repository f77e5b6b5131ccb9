//! What a token looks like from outside.

use kernel::{FieldErrors, Result, Rights, Timestamp, TokenId};
use serde::{Deserialize, Serialize, Serializer};

use super::{Bounds, TokenRow, scope};
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
    /// What it may do, as far as its user may: `read`, or the names of rights; null for all.
    pub scopes: Option<Vec<String>>,
    /// The networks from which it may be used; none for all.
    pub allowed_networks: Vec<String>,
    /// The origins whose pages may use it; none for all, and for programs.
    pub allowed_origins: Vec<String>,
}

/// A new token.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "address gadget", "expires_in_days": 90, "scopes": ["permissionIPAMRead"],
    "allowed_networks": ["192.0.2.0/24"], "allowed_origins": ["https://intranet.example.net"]}))]
pub struct NewToken {
    /// What it is for: 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// After how many days it ends; never, when this is left out.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3650)]
    pub expires_in_days: Option<u32>,
    /// What it may do, as far as you may: `read` for reading everywhere, or names of rights such as
    /// `permissionIPAMUpdate`. When this is left out, all that you may do.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
    /// The networks from which it may be used, at most 50; everywhere, when there are none.
    #[serde(default)]
    pub allowed_networks: Vec<String>,
    /// The origins whose pages may use it, at most 20: each request must then name one in its header `Origin`.
    #[serde(default)]
    pub allowed_origins: Vec<String>,
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
    pub(super) fn new(row: TokenRow, last_used_at: Option<Timestamp>) -> Result<Self> {
        let bounds = row.bounds()?;
        let text = |at: Timestamp| at.to_string();
        Ok(Self {
            id: row.id,
            name: row.name,
            prefix: row.prefix,
            created_at: row.created_at.to_string(),
            last_used_at: last_used_at.map(text),
            expires_at: row.expires_at.map(text),
            scopes: row.rights.map(scope::words),
            allowed_networks: bounds.networks(),
            allowed_origins: bounds.origins(),
        })
    }
}

impl NewToken {
    /// What it may do and where; refuses what can't be a token.
    pub(super) fn check(&self) -> Result<(Option<Rights>, Bounds)> {
        const LONGEST_NAME: usize = 100;
        const LONGEST_LIFE: u32 = 3650;
        let mut errors = FieldErrors::default();
        if !(1..=LONGEST_NAME).contains(&self.name.trim().chars().count()) || self.name.contains(char::is_control) {
            errors.push("name", format!("must have 1 to {LONGEST_NAME} characters, and say what the token is for"));
        }
        if self.expires_in_days.is_some_and(|days| !(1..=LONGEST_LIFE).contains(&days)) {
            errors.push("expires_in_days", format!("must be 1 to {LONGEST_LIFE}"));
        }
        let rights = self.scopes.as_ref().map(|scopes| scope::parse(scopes, &mut errors));
        let bounds = Bounds::parse(&self.allowed_networks, &self.allowed_origins, &mut errors);
        errors.into_result().map(|()| (rights, bounds))
    }
}
