//! Setting up an authenticator app.

use kernel::{Actor, Error, Result, UserId};
use store::{Tx, Work};

use super::{
    NewTotp, Totp,
    row::{self, TotpRow},
    totp,
};
use crate::{Access, hidden::Hidden, master_key::MasterKey, sign_in::Shown, user};

impl Access {
    /// Makes the secret of an authenticator app for the actor. It counts once they have shown a code of it
    /// ([`confirm_totp`](Self::confirm_totp)). A confirmed app has to be removed first.
    pub async fn enrol_totp(&self, actor: &Actor, new: &NewTotp) -> Result<Totp> {
        let Some(id) = actor.user else { return Err(Error::forbidden("The system itself signs in nowhere.")) };
        let name = user::load(&mut self.0.db.read(actor).await?, id).await?.name;
        let shown = Shown { name: &name, password: &new.password, kind: None, from: None };
        self.prove_password(shown).await.map_err(|error| match error {
            Error::Unauthenticated(_) => Error::invalid("password", "is wrong"),
            other => other,
        })?;
        self.make_totp(actor, id).await
    }

    /// The same for somebody whose password has been proven.
    pub(crate) async fn make_totp(&self, actor: &Actor, user: UserId) -> Result<Totp> {
        let secret = Hidden(rand::random::<[u8; totp::SECRET]>().to_vec());
        self.write(actor, Enrol { user, secret, key: self.0.master_key.clone() }).await
    }
}

struct Enrol {
    user: UserId,
    secret: Hidden<Vec<u8>>,
    key: MasterKey,
}

impl Work for Enrol {
    type Out = Totp;
    const NAME: &'static str = "second_factor.enrol";

    async fn run(&self, tx: &mut Tx) -> Result<Totp> {
        let user = user::load(tx, self.user).await?;
        let before = row::totp_of(tx, self.user).await?;
        if before.as_ref().is_some_and(|totp| totp.confirmed_at.is_some()) {
            return Err(Error::conflict(
                "You have an authenticator app already. Remove it, then set up the other one.",
            ));
        }
        let id = match &before {
            Some(before) => before.id,
            None => tx.new_id::<TotpRow>().await?,
        };
        let secret = row::seal(&self.key, self.user, &self.secret.0)?;
        let created_at = tx.now();
        let mut after = TotpRow { id, version: 1, user_id: self.user, secret, created_at, confirmed_at: None };
        match before {
            Some(before) => tx.update(&before, &mut after).await?,
            None => tx.insert(&after).await?,
        }
        let (secret, uri) = (totp::text(&self.secret.0), totp::uri(&user.name, &self.secret.0));
        Ok(Totp { secret: Hidden(secret), uri: Hidden(uri) })
    }
}
