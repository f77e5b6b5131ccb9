//! The end of the chain, to be kept elsewhere: whoever cuts the chain short, or writes it anew with the key in hand,
//! can't change what others keep.

use kernel::{Actor, Error, Result};
use serde::{Deserialize, Serialize};

use super::{
    key::PublicKey,
    seal::{Head, Seal},
};
use crate::{Db, hex};

/// The end of the chain at one time, signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The number of the last seal.
    pub seal: i64,
    /// When it was made, RFC 3339.
    pub at: String,
    /// Its hash, which stands for all that is in this seal and all before it; hexadecimal.
    pub hash: String,
    /// The signature (Ed25519) over the bytes of the hash; hexadecimal.
    pub signature: String,
    /// The public key of the instance; hexadecimal.
    pub key: String,
}

impl Checkpoint {
    /// The key that it names, when it has signed it.
    pub fn signer(&self) -> Option<PublicKey> {
        let key = PublicKey::parse(&self.key)?;
        key.has_signed(&hex::parse(&self.hash)?, &hex::parse(&self.signature)?).then_some(key)
    }
}

/// The end of the chain now, signed with the key that belongs to this one.
pub async fn checkpoint(db: &Db, key: &PublicKey) -> Result<Checkpoint> {
    let mut tx = db.snapshot(&Actor::system("audit")).await?;
    super::verify::has_chain(&mut tx).await?;
    let head = Head::load(&mut tx).await?;
    if head.n == 0 {
        return Err(Error::conflict("nothing has been sealed yet; the server does it every few seconds while it runs"));
    }
    let seal = Seal::behind(&mut tx, head.n - 1, 1).await?.pop();
    let seal = seal.filter(|seal| seal.n == head.n && seal.hash == head.hash && seal.is_signed_by(key));
    let seal = seal.ok_or_else(|| {
        Error::conflict(format!(
            "the last seal ({}) is missing or not as this instance has signed it, so there is no checkpoint; run \
             platbook audit verify",
            head.n
        ))
    })?;
    let (hash, signature) = (hex::text(&seal.hash), hex::text(&seal.signature));
    Ok(Checkpoint { seal: seal.n, at: seal.at.to_string(), hash, signature, key: key.to_string() })
}
