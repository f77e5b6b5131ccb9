//! Deleting a login method.

use kernel::{Actor, LoginMethodId, Result};
use store::{Tx, Work, params};

use super::{
    model,
    row::{self, LoginAccountRow},
};
use crate::{Access, LOCK, SIGNAL, session};

impl Access {
    /// Deletes a login method. The users who signed in by it stay, but their sessions end, and they sign in again when
    /// they have been given a local password. Only administrators may do so.
    pub async fn delete_login_method(&self, actor: &Actor, id: LoginMethodId) -> Result<()> {
        self.write(actor, Delete(id)).await
    }
}

struct Delete(LoginMethodId);

impl Work for Delete {
    type Out = ();
    const NAME: &'static str = "login_method.delete";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        model::only_administrators(tx.actor())?;
        tx.lock(LOCK).await?;
        let method = row::load(tx, self.0).await?;
        for account in tx.find::<LoginAccountRow>("method_id = $1", params![self.0]).await? {
            session::delete_all_of(tx, account.user_id).await?;
            tx.delete(&account).await?;
        }
        tx.delete(&method).await?;
        tx.signal(SIGNAL);
        Ok(())
    }
}
