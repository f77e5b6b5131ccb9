//! Whether somebody has signed in a moment ago: asked before another way in is made for them.

use kernel::{Actor, Error, Result, UserId};

use super::by_secret;
use crate::{Access, hidden::Hidden};

/// How long ago that may be, in seconds.
const MOMENT: i64 = 600;

impl Access {
    /// Whose session this is, if it is one of the actor and was opened a moment ago. A request that belongs to no session
    /// is refused: whoever finds a token must not be able to make of it a way in that outlives it.
    pub(crate) async fn require_recent_session(
        &self,
        actor: &Actor,
        session: Option<&Hidden<String>>,
    ) -> Result<UserId> {
        let stale = || {
            Error::forbidden(
                "For this you must have signed in within the last ten minutes, with this browser. Sign in again.",
            )
        };
        let (row, _) =
            by_secret(&mut self.0.db.read(actor).await?, session.ok_or_else(stale)?).await?.ok_or_else(stale)?;
        let recent = self.now() < row.created_at.plus_seconds(MOMENT);
        if recent && actor.user == Some(row.user_id) { Ok(row.user_id) } else { Err(stale()) }
    }
}
