//! Deleting a passkey.

use kernel::{Actor, PasskeyId, Result, UserId};
use store::{Tx, Work};

use super::read;
use crate::Access;

impl Access {
    /// Deletes one of the actor's own passkeys. From then on nobody signs in with it.
    pub async fn delete_passkey(&self, actor: &Actor, id: PasskeyId) -> Result<()> {
        self.write(actor, DeletePasskey { id }).await
    }
}

struct DeletePasskey {
    id: PasskeyId,
}

impl Work for DeletePasskey {
    type Out = ();
    const NAME: &'static str = "passkey.delete";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        let passkey = read::own(tx, self.id).await?;
        tx.delete(&passkey).await
    }
}

/// Deletes all passkeys of a user.
pub(crate) async fn delete_all_of(tx: &mut Tx, user: UserId) -> Result<()> {
    for passkey in read::of_user(tx, user).await? {
        tx.delete(&passkey).await?;
    }
    Ok(())
}
