//! Letting somebody in whom a provider knows.

use kernel::{Error, Result, UserId};
use store::{Tx, Work, params};

use super::{
    claims::Outsider,
    identity::{self, IdentityRow},
    provider::OidcProviderRow,
};
use crate::{
    LOCK, SIGNAL,
    ceremony::{Once, spend},
    group::{self, GroupRow, MemberRow},
    user::{self, require_administrator},
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
            self.put_into_groups(tx, user).await?;
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
        let id = user::insert_outsider(tx, name, self.outsider.email.as_deref()).await;
        let id = id.map_err(|error| match error {
            Error::Invalid(_) => unfit("which can't be the name of a user"),
            other => other,
        })?;
        identity::insert(tx, id, self.provider.id, &self.outsider.subject).await?;
        Ok(id)
    }

    /// Of the groups that the settings name the user is in those, and only those, that the provider says. Other groups
    /// are nothing that it decides on.
    async fn put_into_groups(&self, tx: &mut Tx, user: UserId) -> Result<()> {
        let memberships = tx.find::<MemberRow>("user_id = $1", params![user]).await?;
        let decided: Vec<_> = self.provider.groups.0.iter().map(|mapping| mapping.group_id).collect();
        let mut changed = false;
        for row in memberships.iter().filter(|row| decided.contains(&row.group_id)) {
            if !self.outsider.groups.contains(&row.group_id) {
                tx.delete(row).await?;
                changed = true;
            }
        }
        for group in &self.outsider.groups {
            // A group may have been deleted since the settings were made.
            let exists = tx.get::<GroupRow>(*group).await?.is_some();
            if exists && !memberships.iter().any(|row| row.group_id == *group) {
                group::add_member(tx, *group, user).await?;
                changed = true;
            }
        }
        if changed {
            require_administrator(tx).await?;
            tx.signal(SIGNAL);
        }
        Ok(())
    }
}
