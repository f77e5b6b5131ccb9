//! What has been used to sign in, and must not be used again.
//!
//! It is no record and has no change log: it is forgotten when it would have expired anyway.

use kernel::{Error, Result};
use store::{Bytes, Tx, params};

use super::Once;

/// Spends a ceremony, and refuses one that is spent.
pub(crate) async fn spend(tx: &mut Tx, once: &Once) -> Result<()> {
    let now = tx.now();
    tx.derive("DELETE FROM spent_ceremony WHERE expires_at < $1", params![now]).await?;
    let text = "INSERT INTO spent_ceremony (hash, expires_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING";
    let (written, _) = tx.derive(text, params![Bytes(once.hash.clone()), once.expires_at]).await?;
    if written == 1 {
        return Ok(());
    }
    Err(Error::Unauthenticated("This sign-in has been used already. Begin again.".to_owned()))
}
