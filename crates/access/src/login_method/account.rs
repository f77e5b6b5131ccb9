//! The accounts of users at the servers of login methods.

use kernel::{Result, UserId};
use store::Tx;

use super::row;

/// Forgets the account of a user who goes.
pub(crate) async fn delete_of(tx: &mut Tx, user: UserId) -> Result<()> {
    match row::account_of(tx, user).await? {
        Some(account) => tx.delete(&account).await,
        None => Ok(()),
    }
}

/// Whether a user signs in by a login method, and not with a password that is known here.
pub(crate) async fn is_elsewhere(tx: &mut Tx, user: UserId) -> Result<bool> {
    Ok(row::account_of(tx, user).await?.is_some())
}
