//! A sign-in between its two factors.
//!
//! Nothing is kept of it: the state is sealed with the master key and held by the caller, so any node can go on with it,
//! and nobody can fill a table with sign-ins that they don't finish.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::{Actor, Error, Result, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use store::Tx;

use super::Pending;
use crate::{
    Access,
    hidden::Hidden,
    second_factor::Factor,
    user::{self, UserRow},
};

/// How long the second factor may take, in seconds.
const SECONDS: i64 = 300;
/// Where the state is sealed.
const CONTEXT: &str = "a pending sign-in";
/// The longest text that can be one.
const LONGEST: usize = 1024;

/// What is sealed.
#[derive(Debug, Serialize, Deserialize)]
struct State {
    user: UserId,
    /// The user's version: what changes the user, such as another password, ends the sign-in.
    version: i64,
    method: String,
    until: Timestamp,
}

impl Access {
    /// Seals a sign-in of this user that waits for one of these factors.
    pub(super) fn seal_pending(&self, user: &UserRow, method: &str, factors: Vec<Factor>) -> Result<Pending> {
        let until = self.now().plus_seconds(SECONDS);
        let state = State { user: user.id, version: user.version, method: method.to_owned(), until };
        let plain = serde_json::to_vec(&state).map_err(Error::internal)?;
        let sealed = self.0.master_key.seal(CONTEXT, &plain)?;
        Ok(Pending { second_factor: factors, pending: Hidden(BASE64_URL_SAFE_NO_PAD.encode(sealed)) })
    }

    /// Whose sign-in this is, and by which method it began. The second factor is up to the caller, and so is
    /// [`open_session`](Self::open_session) behind it.
    pub async fn pending(&self, pending: &Hidden<String>) -> Result<(UserId, String)> {
        let mut tx = self.0.db.read(&Actor::system("sign-in")).await?;
        let (user, method) = self.open_pending(&mut tx, pending).await?;
        Ok((user.id, method))
    }

    pub(crate) async fn open_pending(&self, tx: &mut Tx, pending: &Hidden<String>) -> Result<(UserRow, String)> {
        let over =
            || Error::Unauthenticated("pending: this sign-in is no longer under way. Begin it again.".to_owned());
        let sealed = Some(&pending.0).filter(|text| text.len() <= LONGEST);
        let sealed = sealed.and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok()).ok_or_else(over)?;
        let plain = self.0.master_key.open(CONTEXT, &sealed).map_err(|_| over())?;
        let state: State = serde_json::from_slice(&plain).map_err(Error::internal)?;
        if state.until <= self.now() {
            return Err(over());
        }
        let user = user::load(tx, state.user).await.map_err(|_| over())?;
        if user.version == state.version { Ok((user, state.method)) } else { Err(over()) }
    }
}
