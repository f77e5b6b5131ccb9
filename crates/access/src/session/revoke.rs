//! Ending sessions before their time.

use std::sync::Arc;

use kernel::{Action, Actor, Result, SessionId, UserId};
use store::{Tx, Work, params};

use super::{SessionRow, last_use, open::not_found, read, row};
use crate::{
    Access, SIGNAL,
    cover::{Tree, allow, require_cover},
    hidden::Hidden,
    permission, user,
};

impl Access {
    /// Ends one session of a user, or all of them: one's own, or of somebody whom the actor may change. From then on
    /// every node refuses it.
    pub async fn revoke_sessions(&self, actor: &Actor, of: UserId, one: Option<SessionId>) -> Result<()> {
        self.write(actor, Revoke { of, one, tree: self.0.settings.tree.clone() }).await
    }

    /// Ends the session with this secret.
    pub async fn sign_out(&self, actor: &Actor, secret: &Hidden<String>) -> Result<()> {
        self.write(actor, SignOut(secret.clone())).await
    }
}

struct Revoke {
    of: UserId,
    one: Option<SessionId>,
    tree: Arc<dyn Tree>,
}

impl Work for Revoke {
    type Out = ();
    const NAME: &'static str = "session.revoke";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        if tx.actor().user != Some(self.of) {
            allow(tx.actor(), Action::Update)?;
            let user = user::load(tx, self.of).await?;
            let grants = permission::of_user(tx, self.of).await?;
            let what = format!("You may not end the sessions of the user \"{}\"", user.name);
            require_cover(tx, &self.tree, &grants, &what).await?;
        }
        let Some(id) = self.one else { return delete_all_of(tx, self.of).await };
        let found = tx.get::<SessionRow>(id).await?.filter(|session| session.user_id == self.of);
        delete(tx, &found.ok_or_else(|| not_found(id))?).await
    }
}

struct SignOut(Hidden<String>);

impl Work for SignOut {
    type Out = ();
    const NAME: &'static str = "session.sign_out";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        let found = tx.find::<SessionRow>("hash = $1", params![row::hash(&self.0.0)]).await?.pop();
        delete(tx, &found.ok_or_else(read::no_session)?).await
    }
}

/// Ends all sessions of a user: for whatever makes it doubtful who is behind them, such as another password.
pub(crate) async fn delete_all_of(tx: &mut Tx, user: UserId) -> Result<()> {
    for session in tx.find::<SessionRow>("user_id = $1", params![user]).await? {
        delete(tx, &session).await?;
    }
    Ok(())
}

pub(super) async fn delete(tx: &mut Tx, session: &SessionRow) -> Result<()> {
    tx.delete(session).await?;
    tx.signal(SIGNAL);
    last_use::forget(tx, session.id).await
}
