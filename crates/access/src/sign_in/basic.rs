//! HTTP Basic: a name and a password with every request.

use std::sync::Arc;

use kernel::{Actor, Result};

use super::{Fingerprint, Person, Proven, password::Shown, person};
use crate::{Access, hidden::Hidden};

impl Access {
    pub(super) fn print_of_password(&self, name: &str, password: &Hidden<String>) -> Fingerprint {
        self.0.fingerprints.of(&["basic", name, &password.0])
    }

    /// Checks a password. Hashing it is slow on purpose; what it proves is remembered for a minute.
    pub(super) async fn prove_basic(&self, shown: Shown<'_>) -> Result<Arc<Person>> {
        let system = Actor::system("sign-in");
        let attempt = self.attempt(shown.name, shown.from);
        self.check_attempt(&mut self.0.db.read(&system).await?, &attempt).await?;
        let turn = self.0.passwords.turn().await?;
        // Meanwhile others who came with the same password may have been served.
        let print = self.print_of_password(shown.name, shown.password);
        if let Some(proven) = self.recall(&print) {
            return Ok(proven.person);
        }
        let read_in = self.0.memory.generation();
        let user = self.prove_in_turn(turn, shown, &attempt).await?;
        let person = Arc::new(person(&mut self.0.db.read(&system).await?, user).await?);
        let proven = Proven { person: person.clone(), expires: None, secret: None };
        self.0.memory.keep_proven(read_in, print, proven, self.now());
        Ok(person)
    }
}
