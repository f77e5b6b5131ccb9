//! The table.

use kernel::{Timestamp, TokenId, UserId};
use sha2::{Digest as _, Sha256};
use store::Bytes;

use crate::hidden::Hidden;

store::record! {
    /// A token.
    pub struct TokenRow in "token" secret ["hash"] {
        /// Its id.
        id: TokenId,
        /// How often it has been changed.
        version: i64,
        /// Whose it is.
        user_id: UserId,
        /// What it is for.
        name: String,
        /// The first letters of it, by which its owner recognises it.
        prefix: String,
        /// The SHA-256 of it.
        hash: Hidden<Bytes>,
        /// When it was made.
        created_at: Timestamp,
        /// When it ends.
        expires_at: Option<Timestamp>,
    }
}

/// What every token begins with, so that a token that has got into a file is found by those who look for secrets.
pub(crate) const PREFIX: &str = "pb_";
/// How many random letters follow: 238 bits.
pub(crate) const LETTERS: usize = 40;

/// What is kept of a token. It is random, so a plain hash can't be turned back by guessing.
pub(crate) fn hash(token: &str) -> Hidden<Bytes> {
    Hidden(Bytes(Sha256::digest(token.as_bytes()).to_vec()))
}
