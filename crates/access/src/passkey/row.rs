//! The table.

use kernel::{Error, PasskeyId, Result, Timestamp, UserId};
use store::Bytes;
use webauthn_rs::prelude;

use crate::hidden::Hidden;

store::record! {
    /// A passkey.
    pub struct PasskeyRow in "passkey" secret ["credential"] part_of [("user_id", "user_account")] {
        /// Its id.
        id: PasskeyId,
        /// How often it has been changed.
        version: i64,
        /// Whose it is.
        user_id: UserId,
        /// What its owner calls it.
        name: String,
        /// By which the device knows it.
        credential_id: Bytes,
        /// Its public key and its counter, as JSON: no secret, but nothing to read in a log.
        credential: Hidden<String>,
        /// When it was registered.
        created_at: Timestamp,
        /// When its owner last signed in with it.
        last_used_at: Option<Timestamp>,
    }
}

impl PasskeyRow {
    /// The key itself.
    pub(super) fn key(&self) -> Result<prelude::Passkey> {
        serde_json::from_str(&self.credential.0).map_err(Error::internal)
    }
}

/// The key, as the table keeps it.
pub(super) fn keep(key: &prelude::Passkey) -> Result<Hidden<String>> {
    serde_json::to_string(key).map(Hidden).map_err(Error::internal)
}
