//! The master key beside the tables: what seals something in a transaction finds it there.

use std::sync::OnceLock;

use kernel::{Error, Result};
use store::{Db, Tx};

use super::MasterKey;

#[derive(Default)]
struct Held(OnceLock<MasterKey>);

/// Says with which key the secrets of this database are sealed. The first one counts.
pub(crate) fn hold(db: &Db, key: MasterKey) {
    db.memory::<Held>().0.set(key).ok();
}

/// The key that seals the secrets of this database.
pub(crate) fn of(tx: &Tx) -> Result<MasterKey> {
    let missing = || Error::conflict("Secrets can't be sealed here, since there is no master key.");
    tx.memory::<Held>().0.get().cloned().ok_or_else(missing)
}
