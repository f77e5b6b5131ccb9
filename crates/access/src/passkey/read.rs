//! Looking at passkeys.

use kernel::{Actor, Error, PasskeyId, Result, UserId};
use store::{Tx, params};

use super::{Passkey, PasskeyRow};
use crate::Access;

impl Access {
    /// The actor's own passkeys, the oldest first.
    pub async fn passkeys(&self, actor: &Actor) -> Result<Vec<Passkey>> {
        let Some(user) = actor.user else { return Ok(Vec::new()) };
        let rows = of_user(&mut self.0.db.read(actor).await?, user).await?;
        Ok(rows.into_iter().map(Passkey::from).collect())
    }
}

/// All passkeys of a user, the oldest first.
pub(super) async fn of_user(tx: &mut Tx, user: UserId) -> Result<Vec<PasskeyRow>> {
    tx.find::<PasskeyRow>("user_id = $1 ORDER BY id", params![user]).await
}

/// How many passkeys a user has.
pub(crate) async fn count_of(tx: &mut Tx, user: UserId) -> Result<usize> {
    Ok(of_user(tx, user).await?.len())
}

/// A passkey of whoever acts.
pub(super) async fn own(tx: &mut Tx, id: PasskeyId) -> Result<PasskeyRow> {
    let owner = tx.actor().user;
    let found = tx.get::<PasskeyRow>(id).await?.filter(|passkey| Some(passkey.user_id) == owner);
    found.ok_or_else(|| Error::not_found(format!("You have no passkey with id {id}.")))
}
