//! The table.

use kernel::{Result, Timestamp, UserId};
use store::{Bytes, Tx, params};

use crate::hidden::Hidden;

store::record! {
    /// The key of a user.
    pub struct ApiKeyRow in "api_key" secret ["secret"] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// Whose it is. Nobody has two.
        user_id: UserId,
        /// The key itself, which is no secret: `32-5DAYTJQY2TZHOFOB`.
        key_text: String,
        /// The secret, sealed with the master key.
        secret: Hidden<Bytes>,
        /// When it was made.
        created_at: Timestamp,
    }
}

/// Where the secret of this key is sealed, so that none can be put in the place of another one.
pub(crate) fn context(key_text: &str) -> String {
    format!("the secret of API key {key_text}")
}

/// The key with this text.
pub(crate) async fn by_key(tx: &mut Tx, key_text: &str) -> Result<Option<ApiKeyRow>> {
    Ok(tx.find::<ApiKeyRow>("key_text = $1", params![key_text]).await?.pop())
}

/// The key of this user.
pub(super) async fn of_user(tx: &mut Tx, user: UserId) -> Result<Option<ApiKeyRow>> {
    Ok(tx.find::<ApiKeyRow>("user_id = $1", params![user]).await?.pop())
}

/// Deletes the key of a user, if there is one.
pub(crate) async fn delete_of(tx: &mut Tx, user: UserId) -> Result<()> {
    match of_user(tx, user).await? {
        Some(key) => tx.delete(&key).await,
        None => Ok(()),
    }
}
