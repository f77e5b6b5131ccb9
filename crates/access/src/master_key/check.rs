//! Noticing at the start that the master key is another one than the one that sealed this database's secrets.

use kernel::{Actor, Error, Result};
use store::{Bytes, Db, Tx, Work};

use super::MasterKey;
use crate::{LOCK, hidden::Hidden};

store::record! {
    /// The one row by which the key is recognised.
    pub struct MasterKeyCheck in "master_key_check" secret ["sealed"] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// A known text, sealed.
        sealed: Hidden<Bytes>,
    }
}

const CONTEXT: &str = "the check of the master key";
const TEXT: &[u8] = b"Platbook";

/// Refuses a key that did not seal this database's secrets. The first key that comes is the one.
pub(crate) async fn check(db: &Db, key: &MasterKey) -> Result<()> {
    let actor = Actor::system("start");
    let mut tx = db.read(&actor).await?;
    if let Some(known) = known(&mut tx).await? {
        return compare(key, &known);
    }
    drop(tx);
    db.write(&actor, Adopt(key.clone())).await
}

/// Whether a key has sealed secrets of this database.
pub(super) async fn is_sealed(db: &Db) -> Result<bool> {
    let mut tx = db.read(&Actor::system("start")).await?;
    Ok(known(&mut tx).await?.is_some())
}

async fn known(tx: &mut Tx) -> Result<Option<MasterKeyCheck>> {
    Ok(tx.find::<MasterKeyCheck>("id > 0", &[]).await?.pop())
}

fn compare(key: &MasterKey, known: &MasterKeyCheck) -> Result<()> {
    key.open(CONTEXT, &known.sealed.0.0).map(drop).map_err(|_| {
        Error::conflict(format!(
            "This is not the master key that sealed the secrets in this database. Give back the one that did: the \
             file {} in the data directory, or the variable {}.",
            MasterKey::FILE,
            MasterKey::VARIABLE
        ))
    })
}

struct Adopt(MasterKey);

impl Work for Adopt {
    type Out = ();
    const NAME: &'static str = "master_key.adopt";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        tx.lock(LOCK).await?;
        if let Some(known) = known(tx).await? {
            // Another node was first.
            return compare(&self.0, &known);
        }
        let sealed = Hidden(Bytes(self.0.seal(CONTEXT, TEXT)?));
        let id = tx.new_id::<MasterKeyCheck>().await?;
        tx.insert(&MasterKeyCheck { id, version: 1, sealed }).await
    }
}
