//! When a token was last used. Kept to within some minutes, so that using a token seldom writes.
//!
//! It is no record and has no change log: nobody wants to read there that a token was used. When it can't be written,
//! the sign-in goes on all the same.

use kernel::{Actor, Result, Timestamp, TokenId};
use store::{Db, Tx, Work, params};

/// How exact it is, in seconds.
const EXACT_TO: i64 = 600;

/// What is known of the last use of a token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LastUse {
    pub(crate) token: TokenId,
    pub(crate) at: Option<Timestamp>,
}

impl LastUse {
    pub(crate) async fn load(tx: &mut Tx, token: TokenId) -> Result<Self> {
        let text = "SELECT last_used_at FROM token_use WHERE token_id = $1";
        Ok(Self { token, at: tx.scalar(text, params![token]).await? })
    }
}

/// Notes, in the background, that a token has been used now, unless that is known well enough.
pub(crate) fn note_use(db: &Db, known: LastUse, now: Timestamp) {
    if known.at.is_some_and(|at| now < at.plus_seconds(EXACT_TO)) {
        return;
    }
    let db = db.clone();
    tokio::spawn(async move {
        if let Err(error) = db.write(&Actor::system("token use"), NoteUse(known.token)).await {
            tracing::debug!(%error, token = %known.token, "the use of a token was not noted");
        }
    });
}

struct NoteUse(TokenId);

impl Work for NoteUse {
    type Out = ();
    const NAME: &'static str = "token.note_use";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        let now = tx.now();
        // Nothing is noted of a token that has been revoked meanwhile.
        let text = "INSERT INTO token_use (token_id, last_used_at)
            SELECT id, CAST($2 AS BIGINT) FROM token WHERE id = $1
            ON CONFLICT (token_id) DO UPDATE SET last_used_at = excluded.last_used_at";
        tx.derive(text, params![self.0, now]).await.map(drop)
    }
}

/// Forgets a token that is gone.
pub(super) async fn forget(tx: &mut Tx, token: TokenId) -> Result<()> {
    tx.derive("DELETE FROM token_use WHERE token_id = $1", params![token]).await.map(drop)
}
