//! Saying that somebody at a provider is one of our users.

use std::sync::Arc;

use kernel::{Action, Actor, Error, Result, UserId};
use store::{RequestKey, Tx, Work, params};

use super::{ExternalIdentity, NewExternalIdentity, find, insert};
use crate::{
    Access, LOCK,
    cover::{Tree, allow, require_cover},
    oidc::provider::OidcProviderRow,
    permission, user,
};

impl Access {
    /// Says that somebody at a provider is this user. An actor must have all the rights that the user has: whoever
    /// could say that they are an administrator would be one.
    pub async fn add_identity(
        &self,
        actor: &Actor,
        of: UserId,
        new: NewExternalIdentity,
        key: Option<RequestKey>,
    ) -> Result<ExternalIdentity> {
        new.check()?;
        self.write(actor, AddIdentity { of, new, key, tree: self.0.settings.tree.clone() }).await
    }
}

struct AddIdentity {
    of: UserId,
    new: NewExternalIdentity,
    key: Option<RequestKey>,
    tree: Arc<dyn Tree>,
}

impl Work for AddIdentity {
    type Out = ExternalIdentity;
    const NAME: &'static str = "identity.add";

    async fn run(&self, tx: &mut Tx) -> Result<ExternalIdentity> {
        require(tx, self.of, &self.tree).await?;
        tx.lock(LOCK).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let NewExternalIdentity { provider, subject } = &self.new;
        let found = tx.find::<OidcProviderRow>("name = $1", params![provider]).await?.pop();
        let found = found.ok_or_else(|| Error::invalid("provider", format!("there is no provider \"{provider}\"")))?;
        if find(tx, found.id, subject).await?.is_some() {
            return Err(Error::conflict_of("subject", "this is a user here already."));
        }
        let row = insert(tx, self.of, found.id, subject).await?;
        let created_at = row.created_at.to_string();
        let identity = ExternalIdentity { id: row.id, provider: found.name, subject: row.subject, created_at };
        tx.remember(self.key.as_ref(), &identity).await?;
        Ok(identity)
    }
}

/// Refuses who may not say who this user is.
pub(super) async fn require(tx: &mut Tx, of: UserId, tree: &Arc<dyn Tree>) -> Result<()> {
    allow(tx.actor(), Action::Update)?;
    let name = user::load(tx, of).await?.name;
    let grants = permission::of_user(tx, of).await?;
    require_cover(tx, tree, &grants, &format!("You may not say who the user \"{name}\" is elsewhere")).await
}
