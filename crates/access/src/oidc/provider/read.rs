//! Looking at providers.

use kernel::{Actor, Result};
use store::{Tx, params};

use super::{
    OidcProvider, OidcProviderRow,
    model::{not_found, require_administrator},
};
use crate::Access;

impl Access {
    /// All providers by name. Only administrators may look at them.
    pub async fn oidc_providers(&self, actor: &Actor) -> Result<Vec<OidcProvider>> {
        require_administrator(actor)?;
        let mut tx = self.0.db.read(actor).await?;
        let rows = tx.find::<OidcProviderRow>("id > $1 ORDER BY name", params![0]).await?;
        Ok(rows.into_iter().map(OidcProvider::from).collect())
    }

    /// One provider. Only administrators may look at it.
    pub async fn oidc_provider(&self, actor: &Actor, id: i64) -> Result<OidcProvider> {
        require_administrator(actor)?;
        load(&mut self.0.db.read(actor).await?, id).await.map(OidcProvider::from)
    }
}

/// The provider with this id.
pub(super) async fn load(tx: &mut Tx, id: i64) -> Result<OidcProviderRow> {
    tx.get(id).await?.ok_or_else(|| not_found(id))
}
