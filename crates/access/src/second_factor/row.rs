//! The tables.

use kernel::{Error, Result, Timestamp, UserId};
use store::{Bytes, Tx, params};

use crate::{hidden::Hidden, master_key::MasterKey};

store::record! {
    /// The authenticator app of a user.
    pub struct TotpRow in "totp" secret ["secret"] part_of [("user_id", "user_account")] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// Whose it is. Nobody has two.
        user_id: UserId,
        /// The secret, sealed with the master key.
        secret: Hidden<Bytes>,
        /// When it was made.
        created_at: Timestamp,
        /// When its user has shown that they have it: from then on it counts.
        confirmed_at: Option<Timestamp>,
    }
}

store::record! {
    /// A recovery code of a user that has not been used.
    pub struct RecoveryRow in "recovery_code" secret ["hash"] part_of [("user_id", "user_account")] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// Whose it is.
        user_id: UserId,
        /// The keyed hash of it.
        hash: Hidden<Bytes>,
    }
}

/// The app of a user, confirmed or not.
pub(super) async fn totp_of(tx: &mut Tx, user: UserId) -> Result<Option<TotpRow>> {
    Ok(tx.find::<TotpRow>("user_id = $1", params![user]).await?.pop())
}

pub(super) async fn recovery_codes_of(tx: &mut Tx, user: UserId) -> Result<Vec<RecoveryRow>> {
    tx.find::<RecoveryRow>("user_id = $1", params![user]).await
}

/// Where the secret of a user is sealed, so that none can be put in the place of another one.
fn context(user: UserId) -> String {
    format!("the authenticator secret of user {user}")
}

pub(super) fn seal(key: &MasterKey, user: UserId, secret: &[u8]) -> Result<Hidden<Bytes>> {
    Ok(Hidden(Bytes(key.seal(&context(user), secret)?)))
}

impl TotpRow {
    pub(super) fn open(&self, key: &MasterKey) -> Result<Hidden<Vec<u8>>> {
        key.open(&context(self.user_id), &self.secret.0.0).map(Hidden)
    }
}

/// There is no app to confirm.
pub(super) fn no_app() -> Error {
    Error::conflict("No authenticator app has been set up that waits for its first code. Set one up.")
}
