//! What a passkey looks like from outside.

use kernel::{FieldErrors, PasskeyId, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::PasskeyRow;

/// The longest name, in characters.
const LONGEST_NAME: usize = 100;

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "id": 3, "name": "My telephone", "created_at": "2026-01-01T08:00:00Z", "last_used_at": "2026-01-02T08:00:00Z"
}))]
pub struct Passkey {
    /// Its id.
    #[schema(value_type = i64)]
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it was registered (RFC 3339).
    pub created_at: String,
    /// When its owner last signed in with it (RFC 3339).
    pub last_used_at: Option<String>,
}

/// What a browser has to ask its passkeys, or whatever makes them.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "ceremony": "AVt3...",
    "publicKey": {"challenge": "l7Qw...", "rpId": "ipam.example.net", "userVerification": "required"}
}))]
pub struct PasskeyChallenge {
    /// What stands for this question in the request with the answer, for ten minutes and for one answer.
    pub ceremony: String,
    /// For `navigator.credentials.create` or `.get`, in the form of
    /// `PublicKeyCredential.parseCreationOptionsFromJSON` or `.parseRequestOptionsFromJSON` (WebAuthn Level 3, 5.1.9).
    #[serde(rename = "publicKey")]
    #[schema(value_type = Object)]
    pub public_key: Value,
}

/// A new passkey.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "My telephone", "ceremony": "AVt3...",
    "credential": {
        "id": "dGhl...", "rawId": "dGhl...", "type": "public-key",
        "response": {"clientDataJSON": "eyJ0...", "attestationObject": "o2Nm..."}
    }
}))]
pub struct NewPasskey {
    /// What its owner calls it: 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// The `ceremony` of the question.
    pub ceremony: String,
    /// The `PublicKeyCredential` that the browser has got, as its `toJSON()` writes it.
    #[schema(value_type = Object)]
    pub credential: Value,
}

/// A change of a passkey.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "My old telephone"}))]
pub struct PasskeyPatch {
    /// What its owner calls it: 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
}

/// What a passkey answers.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "ceremony": "AVt3...",
    "credential": {
        "id": "dGhl...", "rawId": "dGhl...", "type": "public-key",
        "response": {
            "clientDataJSON": "eyJ0...", "authenticatorData": "SZYN...", "signature": "MEUC...", "userHandle": "Xp2K..."
        }
    }
}))]
pub struct PasskeyAnswer {
    /// The `ceremony` of the question.
    pub ceremony: String,
    /// The `PublicKeyCredential` that the browser has got, as its `toJSON()` writes it.
    #[schema(value_type = Object)]
    pub credential: Value,
}

impl From<PasskeyRow> for Passkey {
    fn from(row: PasskeyRow) -> Self {
        let PasskeyRow { id, name, created_at, last_used_at, .. } = row;
        let last_used_at = last_used_at.map(|at| at.to_string());
        Self { id, name, created_at: created_at.to_string(), last_used_at }
    }
}

/// A name without the spaces around it, if it can be one.
pub(super) fn name(given: &str) -> Result<String> {
    let name = given.trim();
    let mut errors = FieldErrors::default();
    if !(1..=LONGEST_NAME).contains(&name.chars().count()) || name.contains(char::is_control) {
        errors.push("name", format!("must have 1 to {LONGEST_NAME} characters, and say which passkey this is"));
    }
    errors.into_result().map(|()| name.to_owned())
}
