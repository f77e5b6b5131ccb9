//! The table.

use std::sync::Arc;

use kernel::{Grants, Result, Rights, Timestamp, TokenId, UserId};
use sha2::{Digest as _, Sha256};
use store::Bytes;

use super::Bounds;
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
        /// The rights beyond which it may do nothing; nothing when it may do what its user may.
        rights: Option<Rights>,
        /// The networks from which it may be used, with spaces between them; nothing for all.
        networks: Option<String>,
        /// The origins whose pages may use it, with spaces between them; nothing for all.
        origins: Option<String>,
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

impl TokenRow {
    /// Where it may be used.
    pub(crate) fn bounds(&self) -> Result<Bounds> {
        Bounds::stored(self.networks.as_deref(), self.origins.as_deref())
    }

    /// What it may do of what its user may. Whatever makes it less than its user is a limit: a token that ends or that is
    /// bound to a place must not be used to make one that is not.
    pub(crate) fn limit(&self, grants: Arc<Grants>) -> Arc<Grants> {
        let free = self.expires_at.is_none() && self.networks.is_none() && self.origins.is_none();
        match self.rights {
            Some(rights) => Arc::new(grants.limited_to(rights)),
            None if free => grants,
            None => Arc::new(grants.limited_to(Rights::ALL)),
        }
    }
}
