//! The table.

use kernel::{Result, Timestamp, UserId};
use sha2::{Digest as _, Sha256};
use store::{Bytes, Tx, params};

use crate::hidden::Hidden;

store::record! {
    /// A token that was mailed to a user, and sets one password.
    pub struct PasswordResetRow in "password_reset" secret ["secret_hash"] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// Whose password it sets.
        user_id: UserId,
        /// The SHA-256 of the token.
        secret_hash: Hidden<Bytes>,
        /// When it was made.
        created_at: Timestamp,
        /// When it ends.
        expires_at: Timestamp,
    }
}

/// What every token begins with.
pub(super) const PREFIX: &str = "pbr_";
/// How many random letters follow: 238 bits.
pub(super) const LETTERS: usize = 40;

/// What is kept of a token. It is random, so a plain hash can't be turned back by guessing.
pub(super) fn hash(token: &str) -> Hidden<Bytes> {
    Hidden(Bytes(Sha256::digest(token.as_bytes()).to_vec()))
}

/// The tokens of a user that could still be used, after forgetting those that can't.
pub(super) async fn live(tx: &mut Tx, user: UserId) -> Result<Vec<PasswordResetRow>> {
    let now = tx.now();
    let all = tx.find::<PasswordResetRow>("user_id = $1", params![user]).await?;
    let (live, over): (Vec<_>, Vec<_>) = all.into_iter().partition(|reset| now < reset.expires_at);
    for reset in over {
        tx.delete(&reset).await?;
    }
    Ok(live)
}

/// Forgets all tokens of a user: a password or an address that is new makes them void.
pub(crate) async fn forget(tx: &mut Tx, user: UserId) -> Result<()> {
    for reset in tx.find::<PasswordResetRow>("user_id = $1", params![user]).await? {
        tx.delete(&reset).await?;
    }
    Ok(())
}
