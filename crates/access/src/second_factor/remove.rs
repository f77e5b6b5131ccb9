//! Taking a second factor away: one's own for a code of it, or that of somebody who has lost it.

use std::sync::Arc;

use kernel::{Action, Actor, Error, Result, UserId};
use store::{Tx, Work, params};

use super::{confirm::about_code, recovery, row};
use crate::{
    Access, SIGNAL,
    cover::{Tree, allow, require_cover},
    hidden::Hidden,
    passkey, permission, user,
};

impl Access {
    /// Takes the actor's second factor away, for a code of it. Where one is required, the next sign-in sets up another.
    pub async fn remove_second_factor(&self, actor: &Actor, code: &Hidden<String>) -> Result<()> {
        let Some(user) = actor.user else { return Err(Error::forbidden("The system itself signs in nowhere.")) };
        self.prove_second_factor(actor, user, code, None).await.map_err(about_code)?;
        self.write(actor, Remove { user, tree: self.0.settings.tree.clone() }).await
    }

    /// Takes the second factor of somebody else away, passkeys as well. An actor must have all the rights that the user has.
    pub async fn reset_second_factor(&self, actor: &Actor, user: UserId) -> Result<()> {
        if actor.user == Some(user) {
            return Err(Error::forbidden("Your own second factor goes for a code of it, or by another administrator."));
        }
        self.write(actor, Remove { user, tree: self.0.settings.tree.clone() }).await
    }
}

impl Access {
    /// The same for the user with this name: for an operator, when the last administrator has lost theirs.
    pub async fn reset_second_factor_of(&self, actor: &Actor, name: &str) -> Result<()> {
        let user = user::by_name(&mut self.0.db.read(actor).await?, name).await?;
        let user = user.ok_or_else(|| Error::not_found(format!("There is no user \"{name}\".")))?;
        self.reset_second_factor(actor, user.id).await
    }
}

struct Remove {
    user: UserId,
    tree: Arc<dyn Tree>,
}

impl Work for Remove {
    type Out = ();
    const NAME: &'static str = "second_factor.remove";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        if tx.actor().user != Some(self.user) {
            allow(tx.actor(), Action::Update)?;
            let user = user::load(tx, self.user).await?;
            let grants = permission::of_user(tx, self.user).await?;
            let what = format!("You may not reset the second factor of the user \"{}\"", user.name);
            require_cover(tx, &self.tree, &grants, &what).await?;
            // Whoever has lost the one may have lost the other; their owner deletes them one by one.
            passkey::delete_all_of(tx, self.user).await?;
        }
        delete_all_of(tx, self.user).await
    }
}

/// Takes away all that a user has beside their password.
pub(crate) async fn delete_all_of(tx: &mut Tx, user: UserId) -> Result<()> {
    if let Some(totp) = row::totp_of(tx, user).await? {
        tx.delete(&totp).await?;
        tx.derive("DELETE FROM totp_use WHERE totp_id = $1", params![totp.id]).await?;
    }
    tx.signal(SIGNAL);
    recovery::delete_all_of(tx, user).await
}
