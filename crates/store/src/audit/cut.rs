//! Where the chain begins, when its beginning has been thrown away by age: a signed statement in the place of the seals
//! and entries that are gone. Nobody without the key can throw more away unseen.

use kernel::{Error, Result, Timestamp};
use sha2::{Digest as _, Sha256};

use super::{
    key::{PublicKey, SigningKey},
    seal::Head,
};
use crate::{Bytes, Tx, params, schema};

/// What the signed text begins with, so that it can't be taken for anything else.
const DOMAIN: &[u8] = b"Platbook audit cut, form 1\n";

/// The part of the log that was thrown away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cut {
    /// Its last seal; 0 when there is no such part.
    pub(super) last: Head,
    /// The time of the latest entry in it.
    pub(super) until: Timestamp,
    /// How many entries it had.
    pub(super) removed: i64,
    signature: Vec<u8>,
}

impl Cut {
    /// The cut behind this seal.
    pub(super) fn behind(last: Head, until: Timestamp, removed: i64, key: &SigningKey) -> Self {
        let mut cut = Self { last, until, removed, signature: Vec::new() };
        cut.signature = key.sign(&cut.text());
        cut
    }

    /// What is signed.
    fn text(&self) -> Vec<u8> {
        let mut hash = Sha256::new_with_prefix(DOMAIN);
        for number in [self.last.n, self.until.0, self.removed] {
            hash.update(number.to_be_bytes());
        }
        hash.update(&self.last.hash);
        hash.finalize().to_vec()
    }

    /// Whether this key has signed it. Where nothing was thrown away, there is nothing to sign.
    pub(super) fn is_signed_by(&self, key: &PublicKey) -> bool {
        self.last.n == 0 || key.has_signed(&self.text(), &self.signature)
    }

    pub(super) async fn load(tx: &mut Tx) -> Result<Self> {
        // An older database, looked at by a newer program.
        let known = schema::applied(tx).await?.iter().any(|name| name == "store/0004");
        let text = "SELECT n, hash, until, removed, signature FROM audit_cut";
        let row = if known { tx.rows(text, &[]).await?.pop() } else { None };
        let Some(mut row) = row else {
            return Ok(Self { last: Head::start(), until: Timestamp(i64::MIN), removed: 0, signature: Vec::new() });
        };
        Ok(Self {
            last: Head { n: row.take(0)?, hash: row.take::<Bytes>(1)?.0 },
            until: row.take(2)?,
            removed: row.take(3)?,
            signature: row.take::<Bytes>(4)?.0,
        })
    }

    pub(super) async fn save(&self, tx: &mut Tx) -> Result<()> {
        let text = "INSERT INTO audit_cut (one, n, until, removed, hash, signature) VALUES (1, $1, $2, $3, $4, $5)
            ON CONFLICT (one) DO UPDATE SET n = excluded.n, until = excluded.until, removed = excluded.removed,
            hash = excluded.hash, signature = excluded.signature";
        let (hash, signature) = (Bytes(self.last.hash.clone()), Bytes(self.signature.clone()));
        tx.derive(text, params![self.last.n, self.until, self.removed, hash, signature]).await.map(drop)
    }
}

impl Tx {
    /// The time of the latest entry that is not in the log any more; nothing when all are.
    pub async fn log_begins_after(&mut self) -> Result<Option<Timestamp>> {
        self.scalar("SELECT until FROM audit_cut", &[]).await
    }

    /// Refuses to read the past of an instant after which changes have been thrown away.
    pub(crate) async fn is_in_log(&mut self, at: Timestamp) -> Result<()> {
        match self.log_begins_after().await? {
            Some(until) if at < until => Err(Error::conflict(format!(
                "What was at {} can't be read any more: the changes up to {} have been thrown away by age. Ask for a later time.",
                at.exact(),
                until.exact()
            ))),
            _ => Ok(()),
        }
    }
}
