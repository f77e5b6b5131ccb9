//! When a session was last used. Kept to within some minutes, so that a request seldom writes.
//!
//! It is no record and has no change log: nobody wants to read there that somebody went on working.

use kernel::{Actor, Result, SessionId, Timestamp};
use store::{Db, Tx, Work, params};

/// How exact it is, in seconds.
const EXACT_TO: i64 = 120;
/// By how much what is known may be older than the last use, in seconds: what sign-in remembers is not noted.
pub(super) const BEHIND: i64 = EXACT_TO + 60;

pub(super) async fn load(tx: &mut Tx, session: SessionId) -> Result<Option<Timestamp>> {
    tx.scalar("SELECT last_used_at FROM session_use WHERE session_id = $1", params![session]).await
}

/// Notes, in the background, that a session is used now, unless that is known well enough.
pub(crate) fn note_use(db: &Db, session: SessionId, known: Timestamp, now: Timestamp) {
    if now < known.plus_seconds(EXACT_TO) {
        return;
    }
    let db = db.clone();
    tokio::spawn(async move {
        if let Err(error) = db.write(&Actor::system("session use"), NoteUse(session)).await {
            tracing::debug!(%error, %session, "the use of a session was not noted");
        }
    });
}

struct NoteUse(SessionId);

impl Work for NoteUse {
    type Out = ();
    const NAME: &'static str = "session.note_use";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        let now = tx.now();
        // Nothing is noted of a session that has been revoked meanwhile.
        let text = "INSERT INTO session_use (session_id, last_used_at)
            SELECT id, CAST($2 AS BIGINT) FROM session WHERE id = $1
            ON CONFLICT (session_id) DO UPDATE SET last_used_at = excluded.last_used_at";
        tx.derive(text, params![self.0, now]).await.map(drop)
    }
}

/// Forgets a session that is gone.
pub(super) async fn forget(tx: &mut Tx, session: SessionId) -> Result<()> {
    tx.derive("DELETE FROM session_use WHERE session_id = $1", params![session]).await.map(drop)
}
