//! The table.

use kernel::{SessionId, Timestamp, UserId};
use sha2::{Digest as _, Sha256};
use store::Bytes;

use super::last_use;
use crate::{hidden::Hidden, policy::Policy};

store::record! {
    /// A session.
    pub struct SessionRow in "session" secret ["hash"] part_of [("user_id", "user_account")] {
        /// Its id.
        id: SessionId,
        /// How often it has been changed.
        version: i64,
        /// Whose it is.
        user_id: UserId,
        /// The SHA-256 of the secret in the cookie.
        hash: Hidden<Bytes>,
        /// How its user has signed in: `local`, or the way's own name.
        method: String,
        /// From which address.
        address: Option<String>,
        /// What the browser calls itself.
        agent: Option<String>,
        /// When it began.
        created_at: Timestamp,
    }
}

/// What is kept of a secret. It is random, so a plain hash can't be turned back by guessing.
pub(super) fn hash(secret: &str) -> Hidden<Bytes> {
    Hidden(Bytes(Sha256::digest(secret.as_bytes()).to_vec()))
}

impl SessionRow {
    /// When it ends whatever is done with it.
    pub(crate) fn ends_at(&self, policy: &Policy) -> Timestamp {
        self.created_at.plus_seconds(i64::from(policy.session_hours) * 3600)
    }

    /// Whether it has ended: its hours are over, or nothing was done with it for too long. What is known of its last
    /// use is somewhat older than that use, so idleness ends it a little later than the policy says, never earlier.
    pub(crate) fn has_ended(&self, policy: &Policy, last_used_at: Option<Timestamp>, now: Timestamp) -> bool {
        let used_at = last_used_at.unwrap_or(self.created_at);
        let idle = policy.session_idle_minutes.map(|minutes| i64::from(minutes) * 60);
        self.ends_at(policy) <= now || idle.is_some_and(|idle| used_at.plus_seconds(idle + last_use::BEHIND) <= now)
    }
}
