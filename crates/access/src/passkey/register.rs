//! Registering a passkey.

use kernel::{Actor, Error, PasskeyId, Result, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Bytes, Tx, Work, params};
use webauthn_rs::prelude::{self, PasskeyRegistration, RegisterPublicKeyCredential, WebauthnError};

use super::{NewPasskey, Passkey, PasskeyChallenge, PasskeyRow, model, read, row};
use crate::{
    Access, LOCK, SIGNAL,
    ceremony::{Once, spend},
    hidden::Hidden,
    user,
};

/// The kind of the ceremony.
const CEREMONY: &str = "registering a passkey";
/// The most passkeys of a user.
const MOST: usize = 20;

/// What has to be known at the end.
#[derive(Serialize, Deserialize)]
struct Question {
    user: UserId,
    state: PasskeyRegistration,
}

impl Access {
    /// What the actor's browser has to ask for a new passkey. `session` is the secret of the session to which the request
    /// belongs: somebody must have signed in with it a moment ago, so that neither a token nor a terminal that someone has
    /// left makes another way in.
    pub async fn begin_passkey(&self, actor: &Actor, session: Option<&Hidden<String>>) -> Result<PasskeyChallenge> {
        let webauthn = self.webauthn()?;
        let user = self.require_recent_session(actor, session).await?;
        let mut tx = self.0.db.read(actor).await?;
        let (name, passkeys) = (user::load(&mut tx, user).await?.name, read::of_user(&mut tx, user).await?);
        drop(tx);
        let known = passkeys.into_iter().map(|passkey| passkey.credential_id.0).collect();
        let (creation, state) = webauthn
            .start_passkey_registration(self.user_handle(user)?, &name, &name, Some(known))
            .map_err(Error::internal)?;
        let mut public_key = serde_json::to_value(creation.public_key).map_err(Error::internal)?;
        // So that it can say itself whose it is, and nobody has to give a name.
        public_key["authenticatorSelection"]["residentKey"] = json!("required");
        public_key["authenticatorSelection"]["requireResidentKey"] = json!(true);
        Ok(PasskeyChallenge { ceremony: self.seal_ceremony(CEREMONY, &Question { user, state })?, public_key })
    }

    /// Registers the passkey that the browser has got. From then on it is asked for beside the password, and signs its
    /// owner in alone.
    pub async fn register_passkey(&self, actor: &Actor, new: NewPasskey) -> Result<Passkey> {
        let name = model::name(&new.name)?;
        let opened = self.open_ceremony::<Question>(CEREMONY, &new.ceremony)?;
        if actor.user != Some(opened.state.user) {
            return Err(Error::invalid("ceremony", "was begun by another user"));
        }
        let credential = registered(new.credential)?;
        let key = self.webauthn()?.finish_passkey_registration(&credential, &opened.state.state);
        let key = key.map_err(|error| refused(&error))?;
        self.write(actor, RegisterPasskey { user: opened.state.user, name, key, once: opened.once }).await
    }
}

fn registered(credential: Value) -> Result<RegisterPublicKeyCredential> {
    serde_json::from_value(credential)
        .map_err(|error| Error::invalid("credential", format!("must be a PublicKeyCredential in JSON: {error}")))
}

fn refused(error: &WebauthnError) -> Error {
    tracing::info!(%error, "a passkey was not registered");
    Error::invalid(
        "credential",
        match error {
            WebauthnError::UserNotVerified => {
                "the device has not verified its user: set up a PIN, a finger or a face there"
            }
            WebauthnError::InvalidRPOrigin => "was made on a page of another site",
            _ => "does not answer the question of this ceremony. Begin again",
        },
    )
}

struct RegisterPasskey {
    user: UserId,
    name: String,
    key: prelude::Passkey,
    once: Once,
}

impl Work for RegisterPasskey {
    type Out = Passkey;
    const NAME: &'static str = "passkey.register";

    async fn run(&self, tx: &mut Tx) -> Result<Passkey> {
        tx.lock(LOCK).await?;
        spend(tx, &self.once).await?;
        user::load(tx, self.user).await?;
        if read::of_user(tx, self.user).await?.len() >= MOST {
            return Err(Error::conflict(format!("You have {MOST} passkeys, the most there can be. Delete one first.")));
        }
        let credential_id = Bytes(self.key.cred_id().clone());
        if !tx.find::<PasskeyRow>("credential_id = $1", params![credential_id]).await?.is_empty() {
            return Err(Error::conflict_of("credential", "this passkey is registered already."));
        }
        let row = PasskeyRow {
            id: PasskeyId(tx.new_id::<PasskeyRow>().await?),
            version: 1,
            user_id: self.user,
            name: self.name.clone(),
            credential_id,
            credential: row::keep(&self.key)?,
            created_at: tx.now(),
            last_used_at: None,
        };
        tx.insert(&row).await?;
        // A password that was proven a moment ago is no longer enough.
        tx.signal(SIGNAL);
        Ok(row.into())
    }
}
