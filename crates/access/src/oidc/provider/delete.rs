//! Deleting a provider.

use kernel::{Actor, Result};
use store::{Tx, Work};

use super::{model::require_administrator, read::load};
use crate::{Access, LOCK, oidc::identity};

impl Access {
    /// Deletes a provider, and by whom it knows our users; the users stay. Only administrators may do so.
    pub async fn delete_oidc_provider(&self, actor: &Actor, id: i64) -> Result<()> {
        self.write(actor, DeleteProvider { id }).await
    }
}

struct DeleteProvider {
    id: i64,
}

impl Work for DeleteProvider {
    type Out = ();
    const NAME: &'static str = "oidc_provider.delete";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        require_administrator(tx.actor())?;
        tx.lock(LOCK).await?;
        let provider = load(tx, self.id).await?;
        identity::delete_all_at(tx, self.id).await?;
        tx.delete(&provider).await
    }
}
