//! What second factors look like from outside.

use serde::{Deserialize, Serialize, Serializer};

use crate::hidden::Hidden;

/// What may be shown as the second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// A code of an authenticator app.
    Totp,
    /// A passkey.
    Passkey,
    /// A recovery code.
    Recovery,
    /// None is set up yet, and one is required: it is set up now.
    Enrol,
}

/// What a user has beside their password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(example = json!({"totp": true, "passkeys": 1, "recovery_codes": 9, "required": false}))]
pub struct SecondFactor {
    /// Whether an authenticator app is set up and confirmed.
    pub totp: bool,
    /// How many passkeys are registered.
    pub passkeys: usize,
    /// How many recovery codes are left.
    pub recovery_codes: usize,
    /// Whether the sign-in policy wants one.
    pub required: bool,
}

/// Setting up an authenticator app.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"password": "correct horse battery staple"}))]
pub struct NewTotp {
    /// The user's password: whoever finds a terminal that someone has left must not be able to lock its owner out.
    #[schema(value_type = String, format = Password)]
    pub password: Hidden<String>,
}

/// An authenticator app that waits for its first code. It is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    "uri": "otpauth://totp/Platbook:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Platbook&algorithm=SHA1&digits=6&period=30"
}))]
pub struct Totp {
    /// The secret in base32, for apps into which it is typed.
    #[serde(serialize_with = "reveal")]
    #[schema(value_type = String)]
    pub secret: Hidden<String>,
    /// The same with all that an app has to know, to be shown as a QR code.
    #[serde(serialize_with = "reveal")]
    #[schema(value_type = String)]
    pub uri: Hidden<String>,
}

/// A second factor that somebody shows.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SecondFactorCode, example = json!({"code": "287082"}))]
pub(super) struct Code {
    /// A code of the authenticator app, or a recovery code.
    #[schema(value_type = String, max_length = 64)]
    pub(super) code: Hidden<String>,
}

/// Codes for the day on which the app is lost. Each is good once, and they are shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(example = json!({"recovery_codes": ["k7mpw-x3nqz", "9fhrt-2ubva"]}))]
pub struct RecoveryCodes {
    /// The codes.
    #[serde(serialize_with = "reveal_all")]
    #[schema(value_type = Vec<String>)]
    pub recovery_codes: Hidden<Vec<String>>,
}

fn reveal<S: Serializer>(secret: &Hidden<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&secret.0)
}

fn reveal_all<S: Serializer>(secrets: &Hidden<Vec<String>>, serializer: S) -> Result<S::Ok, S::Error> {
    secrets.0.serialize(serializer)
}
