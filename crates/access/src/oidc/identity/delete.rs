//! Deleting an identity.

use std::sync::Arc;

use kernel::{Actor, Error, Result, UserId};
use store::{Tx, Work, params};

use super::{IdentityRow, add::require};
use crate::{Access, cover::Tree};

impl Access {
    /// Deletes an identity of a user, who then no longer signs in by it. An actor must have all the rights that the user
    /// has.
    pub async fn delete_identity(&self, actor: &Actor, of: UserId, id: i64) -> Result<()> {
        self.write(actor, DeleteIdentity { of, id, tree: self.0.settings.tree.clone() }).await
    }
}

struct DeleteIdentity {
    of: UserId,
    id: i64,
    tree: Arc<dyn Tree>,
}

impl Work for DeleteIdentity {
    type Out = ();
    const NAME: &'static str = "identity.delete";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        require(tx, self.of, &self.tree).await?;
        let found = tx.get::<IdentityRow>(self.id).await?.filter(|identity| identity.user_id == self.of);
        let missing = || Error::not_found(format!("The user has no identity with id {}.", self.id));
        tx.delete(&found.ok_or_else(missing)?).await
    }
}

/// Deletes all identities of a user.
pub(crate) async fn delete_all_of(tx: &mut Tx, user: UserId) -> Result<()> {
    for identity in tx.find::<IdentityRow>("user_id = $1", params![user]).await? {
        tx.delete(&identity).await?;
    }
    Ok(())
}

/// Deletes all identities at a provider.
pub(in crate::oidc) async fn delete_all_at(tx: &mut Tx, provider: i64) -> Result<()> {
    for identity in tx.find::<IdentityRow>("provider_id = $1", params![provider]).await? {
        tx.delete(&identity).await?;
    }
    Ok(())
}
