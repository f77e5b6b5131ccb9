//! HTTP Basic: a name and a password with every request.

use std::sync::Arc;

use kernel::{Actor, Error, Result};

use super::{Fingerprint, Person, Proven, person};
use crate::{Access, hidden::Hidden, user};

impl Access {
    pub(super) fn print_of_password(&self, name: &str, password: &Hidden<String>) -> Fingerprint {
        self.0.fingerprints.of(&["basic", name, &password.0])
    }

    /// Checks a password. Hashing it is slow on purpose; what it proves is remembered for a minute.
    pub(crate) async fn prove_password(&self, name: &str, password: &Hidden<String>) -> Result<Arc<Person>> {
        let name_print = self.0.fingerprints.of(&["name", &name.to_lowercase()]);
        self.0.failures.check(&name_print, self.now())?;
        let turn = self.0.passwords.turn().await?;
        // Meanwhile others who came with the same password may have been served, or others with the same name refused.
        let print = self.print_of_password(name, password);
        if let Some(proven) = self.recall(&print) {
            return Ok(proven.person);
        }
        self.0.failures.check(&name_print, self.now())?;
        let read_in = self.0.memory.generation();
        let system = Actor::system("sign-in");
        let user = user::by_name(&mut self.0.db.read(&system).await?, name).await?;
        let hash = user.as_ref().map(|user| user.password_hash.clone());
        let right = turn.verify(password.clone(), hash).await?;
        let known = user.as_ref().map(|user| user.id);
        let Some(user) = user.filter(|_| right) else {
            self.0.failures.count(name_print, self.now());
            // Not the name: people type their password there by mistake.
            tracing::info!(user = ?known, "a sign-in with a wrong name or password was refused");
            return Err(Error::Unauthenticated("The user name or the password is wrong.".to_owned()));
        };
        self.0.failures.forget(&name_print);
        let person = Arc::new(person(&mut self.0.db.read(&system).await?, user).await?);
        let proven = Proven { person: person.clone(), expires: None, secret: None };
        self.0.memory.keep_proven(read_in, print, proven, self.now());
        Ok(person)
    }
}
