//! Signing in: from what a caller shows to who they are.

mod basic;
mod bearer;
mod cookie;
mod credentials;
mod failures;
mod fingerprint;
mod memory;
mod password;
mod person;
mod replay;
mod signed;

use std::{net::IpAddr, sync::Arc};

use kernel::{Actor, Error, RequestId, Result, UserId};
use store::Tx;

pub use credentials::Credentials;
pub(crate) use fingerprint::{Fingerprint, Fingerprints};
pub(crate) use memory::{Memory, Proven};
pub(crate) use password::{LOCAL, Shown};
pub use person::Person;
pub(crate) use replay::Replays;
pub(crate) use signed::asks_only;

use crate::{
    Access, permission,
    user::{self, UserRow},
};

impl Access {
    /// Who shows these credentials, from this address if it is known. Wrong ones are refused, and so are those of a
    /// disabled user.
    pub async fn authenticate(
        &self,
        credentials: &Credentials,
        request: RequestId,
        from: Option<IpAddr>,
    ) -> Result<Actor> {
        let person = self.identify(credentials, from).await?;
        person.bounds.check(from, None)?;
        Ok(person.actor(request))
    }

    /// The same, before it is asked whether the credentials may be used from where they come.
    pub(crate) async fn identify(&self, credentials: &Credentials, from: Option<IpAddr>) -> Result<Arc<Person>> {
        match self.recognise(credentials)? {
            Some(person) => Ok(person),
            None => self.prove(credentials, from).await,
        }
    }

    /// The same at once, without waiting, if the credentials were proven a moment ago. `None` when they were not.
    pub fn recognise(&self, credentials: &Credentials) -> Result<Option<Arc<Person>>> {
        let proven = match credentials {
            Credentials::Basic { name, password, kind } => {
                self.recall(&self.print_of_password(name, password, kind.as_deref()))
            }
            Credentials::Bearer(token) => self.recall(&self.print_of_token(token)),
            Credentials::Session(secret) => self.recall(&self.print_of_session(secret)),
            Credentials::Signed(query) => return self.recognise_signature(&query.0),
        };
        Ok(proven.map(|proven| proven.person))
    }

    async fn prove(&self, credentials: &Credentials, from: Option<IpAddr>) -> Result<Arc<Person>> {
        match credentials {
            Credentials::Basic { name, password, kind } => {
                self.prove_basic(Shown { name, password, kind: kind.as_deref(), from }).await
            }
            Credentials::Bearer(token) => self.prove_token(token).await,
            Credentials::Session(secret) => self.prove_session(secret).await,
            Credentials::Signed(query) => self.prove_signature(&query.0).await,
        }
    }

    /// A user as an actor, for work that is done on their behalf without them, such as a job.
    pub async fn actor(&self, id: UserId, request: RequestId) -> Result<Actor> {
        if let Some(person) = self.0.memory.person(id, self.now()) {
            return Ok(person.actor(request));
        }
        let read_in = self.0.memory.generation();
        let mut tx = self.0.db.read(&Actor::system("sign-in")).await?;
        let user = user::load(&mut tx, id).await?;
        let person = Arc::new(person(&mut tx, user).await?);
        self.0.memory.keep_person(read_in, person.clone(), self.now());
        Ok(person.actor(request))
    }

    fn recall(&self, fingerprint: &Fingerprint) -> Option<Proven> {
        self.0.memory.proven(fingerprint, self.now())
    }
}

/// An enabled user, with what they may do.
async fn person(tx: &mut Tx, user: UserRow) -> Result<Person> {
    let UserRow { id, name, enabled, .. } = user;
    if !enabled {
        return Err(disabled(&name));
    }
    Ok(Person { id, name, grants: Arc::new(permission::in_force(tx, id).await?), bounds: Arc::default() })
}

/// What a disabled user hears who has proven who they are.
pub(crate) fn disabled(name: &str) -> Error {
    Error::Unauthenticated(format!("The user \"{name}\" is disabled. Ask an administrator."))
}
