//! Signed requests of API v1. The decision record 0004 says which of them may be repeated.

use std::sync::Arc;

use api_v1::{Params, SignedQuery};
use kernel::{Actor, Error, Result, Timestamp};

use super::{Fingerprint, Person, Proven, person};
use crate::{Access, api_key, hidden::Hidden, user};

/// How far the `time` of a request may be off when nothing else is set, in seconds.
const WINDOW: i64 = 300;

impl Access {
    fn print_of_key(&self, api_key: &str) -> Fingerprint {
        self.0.fingerprints.of(&["key", api_key])
    }

    pub(super) fn recognise_signature(&self, query: &str) -> Result<Option<Arc<Person>>> {
        let query = parse(query)?;
        match self.recall(&self.print_of_key(query.api_key)) {
            Some(proven) => self.accept(&query, proven).map(Some),
            None => Ok(None),
        }
    }

    /// Looks a key up, then checks what was signed with its secret.
    pub(super) async fn prove_signature(&self, query: &str) -> Result<Arc<Person>> {
        let query = parse(query)?;
        let read_in = self.0.memory.generation();
        let mut tx = self.0.db.read(&Actor::system("sign-in")).await?;
        let key = api_key::by_key(&mut tx, query.api_key).await?.ok_or_else(wrong)?;
        let context = api_key::context(&key.key_text);
        let secret = self.0.master_key.open(&context, &key.secret.0.0)?;
        let secret = Hidden(String::from_utf8(secret).map_err(|_| Error::internal("a secret is not text"))?);
        if !query.verify(&secret.0) {
            return Err(wrong());
        }
        let user = user::load(&mut tx, key.user_id).await?;
        let person = Arc::new(person(&mut tx, user).await?);
        let proven = Proven { person, expires: None, secret: Some(Arc::new(secret)) };
        self.0.memory.keep_proven(read_in, self.print_of_key(query.api_key), proven.clone(), self.now());
        self.accept(&query, proven)
    }

    /// Checks the signature, then the time, then that it is not a repetition.
    fn accept(&self, query: &SignedQuery<'_>, proven: Proven) -> Result<Arc<Person>> {
        if !proven.secret.is_some_and(|secret| query.verify(&secret.0)) {
            return Err(wrong());
        }
        let (now, demanded) = (self.now(), self.0.settings.replay_window);
        let window = demanded.map_or(WINDOW, |window| i64::try_from(window.as_secs()).unwrap_or(i64::MAX));
        match query.time {
            Some(time) => {
                check_time(time, window, now)?;
                if !asks_only(query.signed) {
                    self.0.replays.accept(query.digest, window, now)?;
                }
            }
            None if demanded.is_some() => {
                return Err(Error::Unauthenticated(
                    "time: this server takes signed requests only with a time, in Unix seconds, before the hash."
                        .into(),
                ));
            }
            None => {}
        }
        Ok(proven.person)
    }
}

fn parse(query: &str) -> Result<SignedQuery<'_>> {
    SignedQuery::parse(query)?.ok_or_else(|| Error::Unauthenticated("This request is not signed.".to_owned()))
}

/// One answer for a key that does not exist and for a hash that does not fit.
fn wrong() -> Error {
    Error::Unauthenticated("The API key or the hash is wrong.".to_owned())
}

fn check_time(time: i64, window: i64, now: Timestamp) -> Result<()> {
    let off = time.abs_diff(now.epoch_seconds());
    if off <= window.unsigned_abs() {
        return Ok(());
    }
    Err(Error::Unauthenticated(format!(
        "time: the request was signed at {time}, and it is {} now. They may differ by {window} seconds: sign it again, \
         with a clock that is right.",
        now.epoch_seconds()
    )))
}

/// Whether the action of API v1 that a query names changes nothing. It is read as the door will read it; one that only
/// the body names may be any.
pub(crate) fn asks_only(query: &str) -> bool {
    let params = Params::from_form(query.as_bytes()).unwrap_or_default();
    params.text("action").ok().flatten().is_some_and(|action| action.to_ascii_lowercase().starts_with("get"))
}
