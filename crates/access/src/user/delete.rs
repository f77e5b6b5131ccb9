//! Deleting a user.

use std::sync::Arc;

use kernel::{Action, Actor, Result, UserId};
use store::{Tx, Work, params};

use super::{load, require_administrator};
use crate::{
    Access, LOCK, SIGNAL, api_key,
    cover::{Tree, allow, require_cover},
    group::MemberRow,
    login_method, oidc, passkey, password_reset, permission, second_factor, session, token,
};

impl Access {
    /// Deletes a user, with their tokens and API key. What they did stays in the change log under their name.
    pub async fn delete_user(&self, actor: &Actor, id: UserId) -> Result<()> {
        self.write(actor, DeleteUser { id, tree: self.0.settings.tree.clone() }).await
    }
}

struct DeleteUser {
    id: UserId,
    tree: Arc<dyn Tree>,
}

impl Work for DeleteUser {
    type Out = ();
    const NAME: &'static str = "user.delete";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        allow(tx.actor(), Action::Delete)?;
        tx.lock(LOCK).await?;
        let user = load(tx, self.id).await?;
        let grants = permission::of_user(tx, self.id).await?;
        require_cover(tx, &self.tree, &grants, &format!("You may not delete the user \"{}\"", user.name)).await?;
        for row in tx.find::<MemberRow>("user_id = $1", params![self.id]).await? {
            tx.delete(&row).await?;
        }
        session::delete_all_of(tx, self.id).await?;
        passkey::delete_all_of(tx, self.id).await?;
        oidc::delete_all_of(tx, self.id).await?;
        second_factor::delete_all_of(tx, self.id).await?;
        login_method::delete_of(tx, self.id).await?;
        token::delete_all_of(tx, self.id).await?;
        api_key::delete_of(tx, self.id).await?;
        password_reset::forget(tx, self.id).await?;
        tx.delete(&user).await?;
        require_administrator(tx).await?;
        tx.signal(SIGNAL);
        Ok(())
    }
}
