//! Requests that carry a key are done once: a repetition, after an answer was lost on its way, gets the same answer.

use kernel::{Error, Result};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

use crate::{Tx, params};

/// How long an answer is kept.
const KEPT_SECONDS: i64 = 24 * 3600;

/// The key of a request, with what identifies its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    key: String,
    hash: String,
}

impl RequestKey {
    /// The key that the caller chose, and everything that makes up the request.
    pub fn new(key: String, request: &impl Serialize) -> Result<Self> {
        let content = serde_json::to_vec(request).map_err(Error::internal)?;
        let hash = Sha256::digest(content).iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        Ok(Self { key, hash })
    }

    /// The key as the caller chose it; equal keys make two requests of one caller the same.
    pub fn name(&self) -> &str {
        &self.key
    }

    /// The key was used with another request before.
    pub fn misused() -> Error {
        let message = "this key was used with another request before; use a new key for each request";
        Error::invalid("Idempotency-Key", message)
    }
}

impl Tx {
    /// The answer that this request was given before, if it was. The same key with another request is refused.
    pub async fn answered<T: DeserializeOwned>(&mut self, key: Option<&RequestKey>) -> Result<Option<T>> {
        let Some(key) = key else { return Ok(None) };
        let text = "SELECT request_hash, answer FROM idempotency WHERE actor = $1 AND request_key = $2";
        let name = self.actor().name.clone();
        let Some(mut row) = self.rows(text, params![name, key.key]).await?.pop() else { return Ok(None) };
        if row.take::<String>(0)? != key.hash {
            return Err(RequestKey::misused());
        }
        if let Some(watch) = &mut self.watch {
            watch.repeated = true;
        }
        serde_json::from_str(&row.take::<String>(1)?).map(Some).map_err(Error::internal)
    }

    /// Keeps the answer in the transaction of the work itself.
    pub async fn remember<T: Serialize + Sync>(&mut self, key: Option<&RequestKey>, answer: &T) -> Result<()> {
        let Some(key) = key else { return Ok(()) };
        let (name, now) = (self.actor().name.clone(), self.now());
        let answer = serde_json::to_string(answer).map_err(Error::internal)?;
        self.derive("DELETE FROM idempotency WHERE at < $1", params![now.plus_seconds(-KEPT_SECONDS)]).await?;
        let text = "INSERT INTO idempotency (actor, request_key, request_hash, answer, at) VALUES ($1, $2, $3, $4, $5)";
        self.derive(text, params![name, key.key, key.hash, answer, now]).await.map(drop)
    }
}
