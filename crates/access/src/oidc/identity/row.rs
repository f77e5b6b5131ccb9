//! The table.

use kernel::{Result, Timestamp, UserId};
use store::{Tx, params};

store::record! {
    /// A user, as a provider knows them.
    pub struct IdentityRow in "external_identity" secret [] part_of [("user_id", "user_account")] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// Who it is here.
        user_id: UserId,
        /// The provider.
        provider_id: i64,
        /// Who it is there.
        subject: String,
        /// When it was made.
        created_at: Timestamp,
    }
}

/// Whom a provider means by a subject.
pub(in crate::oidc) async fn find(tx: &mut Tx, provider: i64, subject: &str) -> Result<Option<IdentityRow>> {
    Ok(tx.find::<IdentityRow>("provider_id = $1 AND subject = $2", params![provider, subject]).await?.pop())
}

/// Says whom a provider means by a subject.
pub(in crate::oidc) async fn insert(
    tx: &mut Tx,
    user_id: UserId,
    provider_id: i64,
    subject: &str,
) -> Result<IdentityRow> {
    let id = tx.new_id::<IdentityRow>().await?;
    let row = IdentityRow { id, version: 1, user_id, provider_id, subject: subject.to_owned(), created_at: tx.now() };
    tx.insert(&row).await?;
    Ok(row)
}
