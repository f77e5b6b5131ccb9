//! Adding a provider.

use std::collections::BTreeSet;

use kernel::{Actor, Error, FieldErrors, Result};
use store::{Bytes, RequestKey, Tx, Work, params};

use super::{
    NewOidcProvider, OidcProvider, OidcProviderRow,
    model::require_administrator,
    row::{Mappings, context},
};
use crate::{Access, LOCK, group::GroupRow, hidden::Hidden, login_method::GroupMapping};

impl Access {
    /// Adds a provider. Only administrators may do so.
    pub async fn add_oidc_provider(
        &self,
        actor: &Actor,
        new: NewOidcProvider,
        key: Option<RequestKey>,
    ) -> Result<OidcProvider> {
        require_administrator(actor)?;
        new.check()?;
        let secret = self.seal_client_secret(&new.name, new.client_secret.as_ref())?;
        self.write(actor, AddProvider { new, secret, key }).await
    }

    pub(super) fn seal_client_secret(
        &self,
        name: &str,
        secret: Option<&Hidden<String>>,
    ) -> Result<Option<Hidden<Bytes>>> {
        let seal = |secret: &Hidden<String>| self.0.master_key.seal(&context(name), secret.0.as_bytes());
        Ok(secret.map(seal).transpose()?.map(|sealed| Hidden(Bytes(sealed))))
    }
}

struct AddProvider {
    new: NewOidcProvider,
    secret: Option<Hidden<Bytes>>,
    key: Option<RequestKey>,
}

impl Work for AddProvider {
    type Out = OidcProvider;
    const NAME: &'static str = "oidc_provider.add";

    async fn run(&self, tx: &mut Tx) -> Result<OidcProvider> {
        require_administrator(tx.actor())?;
        tx.lock(LOCK).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let new = self.new.clone();
        if !tx.find::<OidcProviderRow>("name = $1", params![new.name]).await?.is_empty() {
            return Err(Error::conflict_of("name", format!("there is a provider \"{}\" already.", new.name)));
        }
        require_groups(tx, &new.groups).await?;
        let row = OidcProviderRow {
            id: tx.new_id::<OidcProviderRow>().await?,
            version: 1,
            name: new.name,
            issuer: new.issuer,
            client_id: new.client_id,
            secret: self.secret.clone(),
            scopes: new.scopes.join(" "),
            username_claim: new.username_claim,
            groups_claim: new.groups_claim,
            groups: Mappings(new.groups),
            add_users: new.add_users,
            enabled: new.enabled,
        };
        tx.insert(&row).await?;
        let provider = row.into();
        tx.remember(self.key.as_ref(), &provider).await?;
        Ok(provider)
    }
}

/// Refuses mappings to groups that don't exist.
pub(super) async fn require_groups(tx: &mut Tx, mappings: &[GroupMapping]) -> Result<()> {
    let wanted: Vec<_> = mappings.iter().map(|mapping| mapping.group_id).collect();
    let found = tx.find::<GroupRow>("id = ANY($1)", params![wanted]).await?;
    let known: BTreeSet<_> = found.iter().map(|group| group.id).collect();
    let mut errors = FieldErrors::default();
    for (at, group) in wanted.iter().enumerate().filter(|(_, group)| !known.contains(group)) {
        errors.push(format!("groups[{at}].group_id"), format!("there is no group with id {group}"));
    }
    errors.into_result()
}
