//! Second factors: what somebody shows beside their password.

use kernel::{Result, UserId};
use serde::Serialize;
use store::Tx;

use crate::passkey;

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
pub(crate) async fn wanted(tx: &mut Tx, user: UserId) -> Result<Vec<Factor>> {
    let mut factors = Vec::new();
    if passkey::any_of(tx, user).await? {
        factors.push(Factor::Passkey);
    }
    Ok(factors)
}
