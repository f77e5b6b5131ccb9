//! Giving a passkey another name.

use kernel::{Actor, PasskeyId, Result};
use store::{Tx, Work};

use super::{Passkey, PasskeyPatch, PasskeyRow, model, read};
use crate::Access;

impl Access {
    /// Changes one of the actor's own passkeys.
    pub async fn change_passkey(&self, actor: &Actor, id: PasskeyId, patch: PasskeyPatch) -> Result<Passkey> {
        self.write(actor, ChangePasskey { id, name: model::name(&patch.name)? }).await
    }
}

struct ChangePasskey {
    id: PasskeyId,
    name: String,
}

impl Work for ChangePasskey {
    type Out = Passkey;
    const NAME: &'static str = "passkey.change";

    async fn run(&self, tx: &mut Tx) -> Result<Passkey> {
        let before = read::own(tx, self.id).await?;
        let mut after = PasskeyRow { name: self.name.clone(), ..before.clone() };
        if after != before {
            tx.update(&before, &mut after).await?;
        }
        Ok(after.into())
    }
}
