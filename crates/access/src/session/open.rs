//! Opening a session.

use kernel::{Actor, Error, Result, SessionId, UserId};
use store::{Tx, Work, params};

use super::{OpenSession, Session, SessionRow, SignedIn, Visit, cookie, last_use, revoke, row};
use crate::{
    Access,
    hidden::Hidden,
    policy::{self, Policy},
    random, second_factor,
    sign_in::disabled,
    user,
};

/// Letters of a secret: 256 bits.
const LETTERS: usize = 43;
/// The most sessions of a user; the oldest ends when there would be more.
const MOST: usize = 100;
/// The most characters that are kept of what a browser calls itself.
const LONGEST_AGENT: usize = 200;

impl Access {
    /// Goes on with the sign-in of a user whose first factor was right: opens their session, or asks for the second
    /// factor. `method` is what the session is said to be opened by.
    pub async fn sign_in_as(&self, user: UserId, method: &str, visit: &Visit) -> Result<SignedIn> {
        let mut tx = self.0.db.read(&Actor::system("sign-in")).await?;
        let user = user::load(&mut tx, user).await?;
        let factors = second_factor::wanted(&mut tx, user.id).await?;
        drop(tx);
        if factors.is_empty() {
            return self.open_session(user.id, method, visit).await.map(SignedIn::Open);
        }
        if !user.enabled {
            return Err(disabled(&user.name));
        }
        self.seal_pending(&user, method, factors).map(SignedIn::Pending)
    }

    /// Opens a session for a user who has proven all that they have to prove. A disabled user is refused.
    pub async fn open_session(&self, user: UserId, method: &str, visit: &Visit) -> Result<OpenSession> {
        let actor = self.actor(user, visit.request.clone()).await?;
        let secret = Hidden(random::text(random::BASE62, LETTERS));
        let csrf_token = Hidden(cookie::csrf_token(&self.0.master_key, &secret)?);
        let work = Open { user, secret: secret.clone(), method: method.to_owned(), visit: visit.clone() };
        let session = self.write(&actor, work).await?;
        Ok(OpenSession { session, csrf_token, recovery_codes: None, secret })
    }
}

struct Open {
    user: UserId,
    secret: Hidden<String>,
    method: String,
    visit: Visit,
}

impl Work for Open {
    type Out = Session;
    const NAME: &'static str = "session.open";

    async fn run(&self, tx: &mut Tx) -> Result<Session> {
        let user = user::load(tx, self.user).await?;
        if !user.enabled {
            return Err(disabled(&user.name));
        }
        let policy = policy::load(tx).await?;
        self.tidy(tx, &policy).await?;
        let agent = self.visit.agent.as_deref().map(|agent| agent.chars().take(LONGEST_AGENT).collect());
        let row = SessionRow {
            id: SessionId(tx.new_id::<SessionRow>().await?),
            version: 1,
            user_id: self.user,
            hash: row::hash(&self.secret.0),
            method: self.method.clone(),
            address: self.visit.address.map(|address| address.to_string()),
            agent,
            created_at: tx.now(),
        };
        tx.insert(&row).await?;
        Ok(Session::new(row, None, &policy, true))
    }
}

impl Open {
    /// Takes away the user's sessions that have ended, and the oldest of too many.
    async fn tidy(&self, tx: &mut Tx, policy: &Policy) -> Result<()> {
        let now = tx.now();
        let mut going_on = Vec::new();
        for session in tx.find::<SessionRow>("user_id = $1 ORDER BY id", params![self.user]).await? {
            if session.has_ended(policy, last_use::load(tx, session.id).await?, now) {
                revoke::delete(tx, &session).await?;
            } else {
                going_on.push(session);
            }
        }
        let too_many = (going_on.len() + 1).saturating_sub(MOST);
        for session in &going_on[..too_many] {
            revoke::delete(tx, session).await?;
        }
        Ok(())
    }
}

/// There is no such session, or it is none of the caller's business.
pub(super) fn not_found(id: SessionId) -> Error {
    Error::not_found(format!("There is no session with id {id}. It may have ended."))
}
