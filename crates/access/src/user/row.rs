//! The table.

use std::sync::Arc;

use kernel::{Timestamp, UserId};

use super::password::NOBODYS;
use crate::hidden::Hidden;

store::record! {
    /// A user.
    pub struct UserRow in "user_account" secret ["password_hash"] {
        /// The user's id.
        id: UserId,
        /// How often the user has been changed.
        version: i64,
        /// The name by which the user signs in.
        name: Arc<str>,
        /// The name in lower case, which no other user has.
        name_key: String,
        /// Where the user gets mail.
        email: Option<String>,
        /// The hash of the password, as a PHC string.
        password_hash: Hidden<String>,
        /// Whether the user may sign in.
        enabled: bool,
        /// When the user was added.
        created_at: Timestamp,
    }
}

impl UserRow {
    /// Whether the user has a password here, or signs in elsewhere only.
    pub(crate) fn has_password(&self) -> bool {
        self.password_hash.0 != NOBODYS
    }
}
