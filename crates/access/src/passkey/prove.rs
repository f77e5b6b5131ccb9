//! Signing in with a passkey: alone, or beside a first factor.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::{Actor, Error, Result, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Bytes, Tx, Work, params};
use webauthn_rs::{
    Webauthn,
    prelude::{DiscoverableAuthentication, PublicKeyCredential, WebauthnError},
};

use super::{PasskeyAnswer, PasskeyChallenge, PasskeyRow, read, row};
use crate::{
    Access,
    ceremony::{Once, spend},
    hidden::Hidden,
    session::{OpenSession, Visit},
};

/// The kind of the ceremony.
const CEREMONY: &str = "signing in with a passkey";
/// What a session is said to be opened by when a passkey was all that was shown.
const PASSKEY: &str = "passkey";

/// What has to be known at the end.
#[derive(Serialize, Deserialize)]
struct Question {
    state: DiscoverableAuthentication,
    /// The sign-in that waits for its second factor.
    pending: Option<String>,
}

impl Access {
    /// What a browser has to ask its passkeys. With a sign-in that waits for its second factor only those of its user are
    /// asked for; else whoever answers says who they are.
    pub async fn passkey_challenge(&self, pending: Option<Hidden<String>>) -> Result<PasskeyChallenge> {
        let webauthn = self.webauthn()?;
        let (request, state) = webauthn.start_discoverable_authentication().map_err(Error::internal)?;
        let mut public_key = serde_json::to_value(request.public_key).map_err(Error::internal)?;
        if let Some(pending) = &pending {
            let (user, _) = self.pending(pending).await?;
            let mut tx = self.0.db.read(&Actor::system("sign-in")).await?;
            let allowed = read::of_user(&mut tx, user).await?.into_iter();
            let allowed = allowed.map(|passkey| BASE64_URL_SAFE_NO_PAD.encode(passkey.credential_id.0));
            public_key["allowCredentials"] = allowed.map(|id| json!({"type": "public-key", "id": id})).collect();
        }
        let question = Question { state, pending: pending.map(|pending| pending.0) };
        Ok(PasskeyChallenge { ceremony: self.seal_ceremony(CEREMONY, &question)?, public_key })
    }

    /// Opens a session for the owner of the passkey that answers.
    pub async fn sign_in_with_passkey(&self, given: PasskeyAnswer, visit: &Visit) -> Result<OpenSession> {
        let opened = self.open_ceremony::<Question>(CEREMONY, &given.ceremony)?;
        let Question { state, pending } = opened.state;
        let answer = answered(given.credential)?;
        let first = match pending {
            Some(pending) => Some(self.pending(&Hidden(pending)).await?),
            None => None,
        };
        let (expected, method) = match first {
            Some((user, method)) => (Some(user), method),
            None => (None, PASSKEY.to_owned()),
        };
        let webauthn = self.webauthn()?;
        let work = ProvePasskey { access: self.clone(), webauthn, state, answer, expected, once: opened.once };
        let user = self.write(&Actor::system("sign-in"), work).await?;
        self.open_session(user, &method, visit).await
    }
}

fn answered(credential: Value) -> Result<PublicKeyCredential> {
    serde_json::from_value(credential)
        .map_err(|error| Error::invalid("credential", format!("must be a PublicKeyCredential in JSON: {error}")))
}

struct ProvePasskey {
    access: Access,
    webauthn: Webauthn,
    state: DiscoverableAuthentication,
    answer: PublicKeyCredential,
    /// Whose first factor was right.
    expected: Option<UserId>,
    once: Once,
}

impl Work for ProvePasskey {
    type Out = UserId;
    const NAME: &'static str = "passkey.prove";

    async fn run(&self, tx: &mut Tx) -> Result<UserId> {
        spend(tx, &self.once).await?;
        let id = Bytes(self.answer.raw_id.clone());
        let found = tx.find::<PasskeyRow>("credential_id = $1", params![id]).await?.pop();
        let before = found.ok_or_else(unknown)?;
        if !self.is_of(before.user_id)? {
            return Err(unknown());
        }
        let mut key = before.key()?;
        let proven = self.webauthn.finish_discoverable_authentication_v2(&self.answer, self.state.clone(), &key);
        let proven = proven.map_err(|error| refused(&error, &before))?;
        key.update_credential(&proven);
        let mut after = PasskeyRow { credential: row::keep(&key)?, last_used_at: Some(tx.now()), ..before.clone() };
        // Of two answers at the same time only one finds the counter as it was.
        tx.update(&before, &mut after).await?;
        Ok(before.user_id)
    }
}

impl ProvePasskey {
    /// Whether the answer speaks for this user (WebAuthn Level 3, 7.2, step 6). A passkey that names nobody can only be
    /// beside a first factor.
    fn is_of(&self, user: UserId) -> Result<bool> {
        let handle = self.access.user_handle(user)?;
        let named = self.answer.get_user_unique_id();
        Ok(match self.expected {
            Some(expected) => expected == user && named.is_none_or(|named| named == handle.as_bytes()),
            None => named.is_some_and(|named| named == handle.as_bytes()),
        })
    }
}

/// Nobody learns which passkeys are known here.
fn unknown() -> Error {
    Error::Unauthenticated("This passkey is not known here, or has been deleted. Sign in another way.".to_owned())
}

fn refused(error: &WebauthnError, passkey: &PasskeyRow) -> Error {
    tracing::warn!(%error, user = %passkey.user_id, passkey = %passkey.id, "the answer of a passkey was refused");
    Error::Unauthenticated(
        match error {
            WebauthnError::UserNotVerified => {
                "The device has not verified its user: it has to ask for a PIN, a finger or a face. Begin again."
            }
            WebauthnError::CredentialPossibleCompromise => {
                "The counter of this passkey has gone back, so there may be a copy of it. Sign in another way, delete the \
                 passkey, and register another one."
            }
            _ => "The answer of the passkey does not fit the question. Begin again.",
        }
        .to_owned(),
    )
}
