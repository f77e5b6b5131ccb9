//! Revoking a token.

use kernel::{Actor, Error, Result, TokenId, UserId};
use store::{Tx, Work, params};

use super::{TokenRow, last_use};
use crate::{Access, SIGNAL};

impl Access {
    /// Revokes one of the actor's own tokens. From then on it is refused, on every node.
    pub async fn revoke_token(&self, actor: &Actor, id: TokenId) -> Result<()> {
        self.write(actor, RevokeToken { id }).await
    }
}

struct RevokeToken {
    id: TokenId,
}

impl Work for RevokeToken {
    type Out = ();
    const NAME: &'static str = "token.revoke";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        let owner = tx.actor().user;
        let found = tx.get::<TokenRow>(self.id).await?.filter(|token| Some(token.user_id) == owner);
        let token = found.ok_or_else(|| Error::not_found(format!("You have no token with id {}.", self.id)))?;
        delete(tx, &token).await
    }
}

/// Deletes all tokens of a user.
pub(crate) async fn delete_all_of(tx: &mut Tx, user: UserId) -> Result<()> {
    for token in tx.find::<TokenRow>("user_id = $1", params![user]).await? {
        delete(tx, &token).await?;
    }
    Ok(())
}

async fn delete(tx: &mut Tx, token: &TokenRow) -> Result<()> {
    tx.delete(token).await?;
    tx.signal(SIGNAL);
    last_use::forget(tx, token.id).await
}
