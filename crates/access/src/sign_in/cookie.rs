//! The session of a browser.

use std::sync::Arc;

use kernel::{Actor, Error, Result};

use super::{Fingerprint, Person, Proven, person};
use crate::{Access, hidden::Hidden, policy, session, user};

impl Access {
    pub(super) fn print_of_session(&self, secret: &Hidden<String>) -> Fingerprint {
        self.0.fingerprints.of(&["session", &secret.0])
    }

    /// Looks a session up.
    pub(super) async fn prove_session(&self, secret: &Hidden<String>) -> Result<Arc<Person>> {
        let ended = || Error::Unauthenticated("Your session has ended. Sign in again.".to_owned());
        let read_in = self.0.memory.generation();
        let mut tx = self.0.db.read(&Actor::system("sign-in")).await?;
        let (session, used_at) = session::by_secret(&mut tx, secret).await?.ok_or_else(ended)?;
        let (policy, now) = (policy::load(&mut tx).await?, self.now());
        if session.has_ended(&policy, used_at, now) {
            return Err(ended());
        }
        let user = user::load(&mut tx, session.user_id).await?;
        let person = Arc::new(person(&mut tx, user).await?);
        session::note_use(&self.0.db, session.id, used_at.unwrap_or(session.created_at), now);
        let proven = Proven { person: person.clone(), expires: Some(session.ends_at(&policy)), secret: None };
        self.0.memory.keep_proven(read_in, self.print_of_session(secret), proven, now);
        Ok(person)
    }
}
