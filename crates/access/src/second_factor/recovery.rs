//! Recovery codes.

use kernel::{Result, UserId};
use store::{Bytes, Tx};

use super::{
    RecoveryCodes,
    row::{self, RecoveryRow},
};
use crate::{hidden::Hidden, random, sign_in::Fingerprints};

/// How many there are at first.
const CODES: usize = 10;

/// Gives a user new codes in place of those that they have.
pub(super) async fn renew(tx: &mut Tx, user: UserId, prints: &Fingerprints) -> Result<RecoveryCodes> {
    delete_all_of(tx, user).await?;
    let codes: Vec<_> = (0..CODES).map(|_| random::recovery_code()).collect();
    for code in &codes {
        let id = tx.new_id::<RecoveryRow>().await?;
        tx.insert(&RecoveryRow { id, version: 1, user_id: user, hash: hash(prints, user, code) }).await?;
    }
    Ok(RecoveryCodes { recovery_codes: Hidden(codes) })
}

/// Uses a code up, if it is one of the user's.
pub(super) async fn use_up(tx: &mut Tx, user: UserId, code: &str, prints: &Fingerprints) -> Result<bool> {
    let hash = hash(prints, user, code);
    let found = row::recovery_codes_of(tx, user).await?.into_iter().find(|row| row.hash == hash);
    match found {
        Some(code) => tx.delete(&code).await.map(|()| true),
        None => Ok(false),
    }
}

pub(super) async fn delete_all_of(tx: &mut Tx, user: UserId) -> Result<()> {
    for code in row::recovery_codes_of(tx, user).await? {
        tx.delete(&code).await?;
    }
    Ok(())
}

/// A code is short enough to be guessed from a plain hash, so it is hashed under a key that is not in the database.
/// Dashes and spaces, and the case of letters, don't count.
fn hash(prints: &Fingerprints, user: UserId, code: &str) -> Hidden<Bytes> {
    let letters: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    Hidden(Bytes(prints.of(&["recovery code", &user.to_string(), &letters.to_ascii_lowercase()]).to_vec()))
}
