//! Letting somebody in whom a provider knows.

use kernel::{Error, FieldErrors, Result, UserId};
use store::{Tx, Work};

use super::{
    claims::Outsider,
    identity::{self, IdentityRow},
    provider::OidcProviderRow,
};
use crate::{
    LOCK,
    ceremony::{Once, spend},
    login_method::set_groups,
    user,
};

/// Finds the user whom a provider means, or adds one where that is allowed, and puts them into the groups that the
/// provider decides on.
pub(super) struct Admit {
    pub(super) provider: OidcProviderRow,
    pub(super) outsider: Outsider,
    pub(super) once: Once,
}

impl Work for Admit {
    type Out = UserId;
    const NAME: &'static str = "oidc.admit";

    async fn run(&self, tx: &mut Tx) -> Result<UserId> {
        tx.lock(LOCK).await?;
        spend(tx, &self.once).await?;
        let known = identity::find(tx, self.provider.id, &self.outsider.subject).await?;
        let user = match known {
            Some(IdentityRow { user_id, .. }) => user_id,
            None => self.add(tx).await?,
        };
        if user::load(tx, user).await?.enabled {
            set_groups(tx, user, &self.provider.groups.0, &self.outsider.groups).await?;
        }
        Ok(user)
    }
}

impl Admit {
    /// Adds the user. A name is not enough to be taken for a user who is there already: at a provider anybody may be able
    /// to choose theirs.
    async fn add(&self, tx: &mut Tx) -> Result<UserId> {
        let provider = &self.provider.name;
        if !self.provider.add_users {
            return Err(Error::Unauthenticated(format!(
                "The provider \"{provider}\" knows you, but nobody here is you. Ask an administrator."
            )));
        }
        let name = self.outsider.username.as_deref().unwrap_or_default();
        let unfit = |why: &str| {
            Error::conflict(format!(
                "The provider \"{provider}\" gives you the name \"{name}\" in the claim {}, {why}. Ask an administrator.",
                self.provider.username_claim
            ))
        };
        if user::by_name(tx, name).await?.is_some() {
            return Err(unfit("which another user has here"));
        }
        let mut errors = FieldErrors::default();
        user::check_name(name, &mut errors);
        errors.into_result().map_err(|_| unfit("which can't be the name of a user"))?;
        let id = user::insert_outsider(tx, name, self.outsider.email.clone()).await?;
        identity::insert(tx, id, self.provider.id, &self.outsider.subject).await?;
        Ok(id)
    }
}
