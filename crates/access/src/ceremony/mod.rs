//! What has to be known at the end of a sign-in that leads through a browser, such as a challenge. The browser keeps it,
//! sealed: so whoever only begins writes nothing here, as often as they do, and every node can finish. What has led to
//! its end is spent, and does not lead there again.

mod spent;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::{Error, Result, Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

pub(crate) use spent::spend;

use crate::Access;

/// How long a person may take, in seconds.
pub(crate) const PATIENCE: i64 = 600;
/// What is longer was not sealed here, in bytes.
const LONGEST: usize = 16 << 10;

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Sealed<T> {
    expires_at: Timestamp,
    state: T,
}

/// What was sealed, and has not expired.
pub(crate) struct Opened<T> {
    /// What is known.
    pub(crate) state: T,
    /// To be spent in the transaction of what it leads to.
    pub(crate) once: Once,
}

/// One ceremony, by the hash of its seal.
#[derive(Debug, Clone)]
pub(crate) struct Once {
    hash: Vec<u8>,
    expires_at: Timestamp,
}

impl Access {
    /// Seals what has to be known at the end. `kind` is the kind of the ceremony: none can be taken for another one.
    pub(crate) fn seal_ceremony<T: Serialize>(&self, kind: &str, state: &T) -> Result<String> {
        let expires_at = self.now().plus_seconds(PATIENCE);
        let plain = serde_json::to_vec(&Sealed { expires_at, state }).map_err(Error::internal)?;
        Ok(BASE64_URL_SAFE_NO_PAD.encode(self.0.master_key.seal(&context(kind), &plain)?))
    }

    /// Opens it again. What was not sealed for this kind of ceremony, or has expired, is refused.
    pub(crate) fn open_ceremony<T: DeserializeOwned>(&self, kind: &str, text: &str) -> Result<Opened<T>> {
        let refused =
            || Error::Unauthenticated("This sign-in was begun too long ago, or elsewhere. Begin again.".into());
        if text.len() > LONGEST {
            return Err(refused());
        }
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| refused())?;
        let plain = self.0.master_key.open(&context(kind), &sealed).map_err(|_| refused())?;
        let Sealed { expires_at, state } = serde_json::from_slice(&plain).map_err(Error::internal)?;
        if expires_at <= self.now() {
            return Err(refused());
        }
        Ok(Opened { state, once: Once { hash: Sha256::digest(&sealed).to_vec(), expires_at } })
    }
}

fn context(kind: &str) -> String {
    format!("a ceremony of {kind}")
}
