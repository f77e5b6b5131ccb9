//! Values that are kept from sight: those of fields of the type `encrypted`. They are sealed with the master key before
//! they reach the database, and shown as a mask. Who gives the mask back means the value that is there.

use std::sync::OnceLock;

use access::MasterKey;
use kernel::{Error, ResourceId, Result};
use store::{Bytes, Db, Tx};

/// What is shown in the place of a sealed value.
pub(crate) const MASK: &str = "********";

/// The master key, beside the tables: whoever writes an attribute, through whichever door, finds it there.
#[derive(Default)]
struct Vault(OnceLock<MasterKey>);

/// Says with which key values are sealed. The first one counts.
pub(crate) fn set_key(db: &Db, key: MasterKey) {
    db.memory::<Vault>().0.set(key).ok();
}

fn key(tx: &Tx) -> Result<MasterKey> {
    let missing = || Error::conflict("Values can't be encrypted or decoded here, since there is no master key.");
    tx.memory::<Vault>().0.get().cloned().ok_or_else(missing)
}

/// Where a value is sealed, so that whoever can write the database can't put it where they may decode it.
fn context(resource: ResourceId, name: &str) -> String {
    format!("the attribute {name} of resource {resource}")
}

/// Encrypts a value of this attribute.
pub(super) fn seal(tx: &Tx, resource: ResourceId, name: &str, value: &str) -> Result<Bytes> {
    key(tx)?.seal(&context(resource, name), value.as_bytes()).map(Bytes)
}

/// Decrypts it.
pub(super) fn open(tx: &Tx, resource: ResourceId, name: &str, sealed: &Bytes) -> Result<String> {
    let plain = key(tx)?.open(&context(resource, name), &sealed.0)?;
    String::from_utf8(plain).map_err(Error::internal)
}
