//! Looking at sessions.

use std::collections::HashMap;

use kernel::{Action, Actor, Error, Result, SessionId, Timestamp, UserId};
use store::{Tx, params};

use super::{OpenSession, Session, SessionRow, cookie, last_use, row};
use crate::{Access, cover::allow, hidden::Hidden, policy, user};

impl Access {
    /// The sessions of a user that go on, the oldest first: one's own, or of anybody for who may look at users.
    /// `current` is the secret of the session to which the request belongs, if it belongs to one.
    pub async fn sessions(&self, actor: &Actor, of: UserId, current: Option<&Hidden<String>>) -> Result<Vec<Session>> {
        if actor.user != Some(of) {
            allow(actor, Action::Read)?;
        }
        let mut tx = self.0.db.read(actor).await?;
        user::load(&mut tx, of).await?;
        let (policy, now) = (policy::load(&mut tx).await?, self.now());
        let current = current.map(|secret| row::hash(&secret.0));
        let rows = tx.find::<SessionRow>("user_id = $1 ORDER BY id", params![of]).await?;
        let text = "SELECT session_id, last_used_at FROM session_use WHERE session_id = ANY($1)";
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let mut used: HashMap<SessionId, Timestamp> = HashMap::new();
        for mut row in tx.rows(text, params![ids]).await? {
            used.insert(row.take(0)?, row.take(1)?);
        }
        let going_on = rows.into_iter().map(|row| (used.get(&row.id).copied(), row));
        let going_on = going_on.filter(|(used_at, row)| !row.has_ended(&policy, *used_at, now));
        Ok(going_on
            .map(|(used_at, row)| {
                let is_current = current.as_ref() == Some(&row.hash);
                Session::new(row, used_at, &policy, is_current)
            })
            .collect())
    }

    /// The session with this secret.
    pub async fn current_session(&self, secret: Hidden<String>) -> Result<OpenSession> {
        let mut tx = self.0.db.read(&Actor::system("sign-in")).await?;
        let (row, used_at) = by_secret(&mut tx, &secret).await?.ok_or_else(no_session)?;
        let policy = policy::load(&mut tx).await?;
        let csrf_token = Hidden(cookie::csrf_token(&self.0.master_key, &secret)?);
        Ok(OpenSession { session: Session::new(row, used_at, &policy, true), csrf_token, recovery_codes: None, secret })
    }
}

/// The session with this secret, and when it was last used as far as that is known.
pub(crate) async fn by_secret(tx: &mut Tx, secret: &Hidden<String>) -> Result<Option<(SessionRow, Option<Timestamp>)>> {
    let Some(row) = tx.find::<SessionRow>("hash = $1", params![row::hash(&secret.0)]).await?.pop() else {
        return Ok(None);
    };
    let used_at = last_use::load(tx, row.id).await?;
    Ok(Some((row, used_at)))
}

/// A request that belongs to no session asks about its session.
pub(super) fn no_session() -> Error {
    Error::not_found("This request belongs to no session: it is authorised by a password, a token or a signature.")
}
