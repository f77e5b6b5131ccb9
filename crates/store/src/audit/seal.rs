//! One link of the chain, and the hashes in it.

use kernel::{Error, Result, Timestamp};
use sha2::{Digest as _, Sha256};

use super::key::{PublicKey, SigningKey};
use crate::{Bytes, Row, Tx, Value, params};

/// Bytes of a SHA-256.
pub(super) const HASH: usize = 32;
/// What every seal's hash begins with, so that it can't be taken for the hash of anything else.
const DOMAIN: &[u8] = b"Platbook audit seal, form 1\n";
/// What stands for the hash of the seal before the first one.
const NOTHING: [u8; HASH] = [0; HASH];

/// The place at which the chain goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    /// The number of the last seal; 0 when there is none.
    pub(super) n: i64,
    pub(super) hash: Vec<u8>,
}

impl Head {
    /// Before the first seal.
    pub(super) fn start() -> Self {
        Self { n: 0, hash: NOTHING.to_vec() }
    }

    pub(super) async fn load(tx: &mut Tx) -> Result<Self> {
        let row = tx.rows("SELECT n, hash FROM audit_head", &[]).await?.pop();
        let Some(mut row) = row else { return Ok(Self::start()) };
        Ok(Self { n: row.take(0)?, hash: row.take::<Bytes>(1)?.0 })
    }
}

/// The entries that were new at one time, as hashes, bound to all that were there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seal {
    /// From 1, without a hole.
    pub(super) n: i64,
    pub(super) at: Timestamp,
    /// The hash of the seal before.
    pub(super) previous: Vec<u8>,
    /// The ids of the entries and their hashes, as they are kept.
    pub(super) manifest: Vec<u8>,
    /// Whether no entry that was visible at `at` was left for the next seal.
    pub(super) caught_up: bool,
    pub(super) hash: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

impl Seal {
    /// The columns, in the order of [`from_row`](Self::from_row).
    pub(super) const COLUMNS: &str = "n, at, previous, entries, caught_up, hash, signature";

    /// The seal that follows.
    pub(super) fn after(
        head: &Head,
        at: Timestamp,
        entries: &[(i64, [u8; HASH])],
        caught_up: bool,
        key: &SigningKey,
    ) -> Self {
        let (n, previous) = (head.n + 1, head.hash.clone());
        let manifest = entries.iter().flat_map(|(id, hash)| id.to_be_bytes().into_iter().chain(*hash)).collect();
        let mut seal = Self { n, at, previous, manifest, caught_up, hash: Vec::new(), signature: Vec::new() };
        seal.hash = seal.right_hash();
        seal.signature = key.sign(&seal.hash);
        seal
    }

    /// The hash that the seal must have with what it holds.
    pub(super) fn right_hash(&self) -> Vec<u8> {
        let mut hash = Sha256::new_with_prefix(DOMAIN);
        hash.update(self.n.to_be_bytes());
        hash.update(self.at.0.to_be_bytes());
        hash.update([u8::from(self.caught_up)]);
        hash.update((self.previous.len() as u64).to_be_bytes());
        hash.update(&self.previous);
        hash.update(&self.manifest);
        hash.finalize().to_vec()
    }

    /// Whether this key has signed it.
    pub(super) fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.has_signed(&self.hash, &self.signature)
    }

    /// The ids of the entries and their hashes, in order; as far as they can be read, if somebody has written there.
    pub(super) fn entries(&self) -> impl Iterator<Item = (i64, [u8; HASH])> {
        self.manifest.chunks(8 + HASH).filter_map(|entry| {
            let (id, hash) = entry.split_first_chunk::<8>()?;
            Some((i64::from_be_bytes(*id), hash.try_into().ok()?))
        })
    }

    pub(super) async fn insert(&self, tx: &mut Tx) -> Result<()> {
        let text = format!("INSERT INTO audit_seal ({}) VALUES ($1, $2, $3, $4, $5, $6, $7)", Self::COLUMNS);
        let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
        let (previous, manifest) = (bytes(&self.previous), bytes(&self.manifest));
        let (hash, signature) = (bytes(&self.hash), bytes(&self.signature));
        let row = params![self.n, self.at, previous, manifest, self.caught_up, hash, signature];
        tx.derive(&text, row).await.map(drop)
    }

    /// The seals behind this number, in order.
    pub(super) async fn behind(tx: &mut Tx, n: i64, limit: u32) -> Result<Vec<Self>> {
        let text = format!("SELECT {} FROM audit_seal WHERE n > $1 ORDER BY n LIMIT $2", Self::COLUMNS);
        tx.rows(&text, params![n, limit]).await?.into_iter().map(Self::from_row).collect()
    }

    fn from_row(mut row: Row) -> Result<Self> {
        Ok(Self {
            n: row.take(0)?,
            at: row.take(1)?,
            previous: row.take::<Bytes>(2)?.0,
            manifest: row.take::<Bytes>(3)?.0,
            caught_up: row.take::<i64>(4)? != 0,
            hash: row.take::<Bytes>(5)?.0,
            signature: row.take::<Bytes>(6)?.0,
        })
    }
}

/// An entry of the change log, as far as the chain is concerned.
pub(super) struct Sealable {
    pub(super) id: i64,
    pub(super) at: Timestamp,
    pub(super) hash: [u8; HASH],
}

impl Sealable {
    /// The columns of an entry, all of which count.
    pub(super) const COLUMNS: &str = "c.id, c.at, c.actor_id, c.actor, c.request, c.operation, c.items";

    pub(super) fn from_row(row: Row) -> Result<Self> {
        let values = row.into_values();
        let (Some(Value::Int(id)), Some(Value::Int(at))) = (values.first(), values.get(1)) else {
            return Err(Error::internal("an entry of the change log has no id or no time"));
        };
        Ok(Self { id: *id, at: Timestamp(*at), hash: hash_of(&values) })
    }
}

/// The hash of a row. No two rows have the same bytes: each value tells its kind and its length.
fn hash_of(values: &[Value]) -> [u8; HASH] {
    let mut hash = Sha256::new();
    for value in values {
        let (kind, bytes) = match value {
            // A list is a parameter of a question, never a column.
            Value::Null | Value::List(_) => (0, Vec::new()),
            Value::Int(n) => (1, n.to_be_bytes().to_vec()),
            Value::Text(text) => (2, text.as_bytes().to_vec()),
            Value::Bytes(bytes) => (3, bytes.clone()),
        };
        hash.update([kind]);
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(&bytes);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_can_not_move_into_the_next_column() {
        let text = |text: &str| Value::Text(text.to_owned());
        let rows = [
            vec![text("ab"), text("c")],
            vec![text("a"), text("bc")],
            vec![text(""), text("abc")],
            vec![Value::Null, text("abc")],
            vec![Value::Bytes(b"ab".to_vec()), text("c")],
        ];
        let hashes: std::collections::HashSet<_> = rows.iter().map(|row| hash_of(row)).collect();
        assert_eq!(hashes.len(), rows.len());
    }

    #[test]
    fn everything_in_a_seal_counts_for_its_hash() {
        let key = SigningKey::from_seed(&[7; 32]).unwrap();
        let seal = Seal::after(&Head::start(), Timestamp(5), &[(1, [1; HASH]), (2, [2; HASH])], true, &key);
        assert!(seal.is_signed_by(&key.public()));
        let changed = [
            Seal { n: 2, ..seal.clone() },
            Seal { at: Timestamp(6), ..seal.clone() },
            Seal { previous: vec![1; HASH], ..seal.clone() },
            Seal { manifest: seal.manifest[..40].to_vec(), ..seal.clone() },
            Seal { manifest: [&seal.manifest[40..], &seal.manifest[..40]].concat(), ..seal.clone() },
            Seal { manifest: [&seal.manifest[..], &[0]].concat(), ..seal.clone() },
            Seal { caught_up: false, ..seal.clone() },
        ];
        for changed in changed {
            assert_ne!(changed.right_hash(), seal.hash, "{changed:?}");
        }
        let other = SigningKey::from_seed(&[8; 32]).unwrap();
        assert!(!seal.is_signed_by(&other.public()));
    }
}
