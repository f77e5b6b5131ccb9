//! Changing a provider.

use kernel::{Actor, Patch, Result};
use store::{Bytes, Tx, Work};

use super::{
    OidcProvider, OidcProviderPatch, OidcProviderRow, add::require_groups, model::require_administrator, read::load,
    row::Mappings,
};
use crate::{Access, LOCK, hidden::Hidden};

impl Access {
    /// Changes a provider. Only administrators may do so. Whoever is signed in stays so.
    pub async fn change_oidc_provider(&self, actor: &Actor, id: i64, patch: OidcProviderPatch) -> Result<OidcProvider> {
        require_administrator(actor)?;
        patch.check()?;
        let secret = match &patch.client_secret {
            Patch::Set(secret) => {
                let name = load(&mut self.0.db.read(actor).await?, id).await?.name;
                self.seal_client_secret(&name, Some(secret))?.map_or(Patch::Clear, Patch::Set)
            }
            Patch::Clear => Patch::Clear,
            Patch::Keep => Patch::Keep,
        };
        self.write(actor, ChangeProvider { id, patch, secret }).await
    }
}

struct ChangeProvider {
    id: i64,
    patch: OidcProviderPatch,
    secret: Patch<Hidden<Bytes>>,
}

impl Work for ChangeProvider {
    type Out = OidcProvider;
    const NAME: &'static str = "oidc_provider.change";

    async fn run(&self, tx: &mut Tx) -> Result<OidcProvider> {
        require_administrator(tx.actor())?;
        tx.lock(LOCK).await?;
        let before = load(tx, self.id).await?;
        let patch = self.patch.clone();
        let groups = match patch.groups {
            Some(groups) => {
                require_groups(tx, &groups).await?;
                Mappings(groups)
            }
            None => before.groups.clone(),
        };
        let mut after = OidcProviderRow {
            client_id: patch.client_id.unwrap_or_else(|| before.client_id.clone()),
            secret: self.secret.clone().apply(before.secret.clone()),
            scopes: patch.scopes.map_or_else(|| before.scopes.clone(), |scopes| scopes.join(" ")),
            username_claim: patch.username_claim.unwrap_or_else(|| before.username_claim.clone()),
            groups_claim: patch.groups_claim.apply(before.groups_claim.clone()),
            groups,
            add_users: patch.add_users.unwrap_or(before.add_users),
            enabled: patch.enabled.unwrap_or(before.enabled),
            ..before.clone()
        };
        if after != before {
            tx.update(&before, &mut after).await?;
        }
        Ok(after.into())
    }
}
