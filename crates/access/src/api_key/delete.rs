//! Taking the API key of a user away.

use std::sync::Arc;

use kernel::{Actor, Error, Result, UserId};
use store::{Tx, Work};

use super::{
    make::Whose,
    row::{delete_of, of_user},
};
use crate::{Access, LOCK, SIGNAL, cover::Tree};

impl Access {
    /// Takes the API key of a user away: requests that are signed with it are refused from then on, on every node. The
    /// rules are those of making one.
    pub async fn delete_api_key(&self, actor: &Actor, user: UserId) -> Result<()> {
        self.write(actor, DeleteApiKey { user, tree: self.0.settings.tree.clone() }).await
    }
}

struct DeleteApiKey {
    user: UserId,
    tree: Arc<dyn Tree>,
}

impl Work for DeleteApiKey {
    type Out = ();
    const NAME: &'static str = "api_key.delete";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        tx.lock(LOCK).await?;
        let user = Whose::Id(self.user).allowed(tx, &self.tree, "take the API key of \"{}\" away").await?;
        if of_user(tx, user).await?.is_none() {
            return Err(Error::not_found("The user has no API key."));
        }
        delete_of(tx, user).await?;
        tx.signal(SIGNAL);
        Ok(())
    }
}
