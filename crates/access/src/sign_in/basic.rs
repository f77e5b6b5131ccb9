//! HTTP Basic: a name and a password with every request.

use std::sync::Arc;

use kernel::{Actor, Error, Result};

use super::{Fingerprint, Person, Proven, password::Shown, person};
use crate::{
    Access,
    hidden::Hidden,
    second_factor::{self, Factor},
};

impl Access {
    pub(super) fn print_of_password(&self, name: &str, password: &Hidden<String>, kind: Option<&str>) -> Fingerprint {
        self.0.fingerprints.of(&["basic", name, kind.unwrap_or_default(), &password.0])
    }

    /// Checks a password. Hashing it is slow on purpose; what it proves is remembered for a minute.
    pub(super) async fn prove_basic(&self, shown: Shown<'_>) -> Result<Arc<Person>> {
        let system = Actor::system("sign-in");
        let attempt = self.attempt(shown.name, shown.from);
        self.check_attempt(&mut self.0.db.read(&system).await?, &attempt).await?;
        let turn = self.0.passwords.turn().await?;
        // Meanwhile others who came with the same password may have been served.
        let print = self.print_of_password(shown.name, shown.password, shown.kind);
        if let Some(proven) = self.recall(&print) {
            return Ok(proven.person);
        }
        let read_in = self.0.memory.generation();
        let (user, _) = self.prove_in_turn(turn, shown, &attempt).await?;
        let mut tx = self.0.db.read(&system).await?;
        let factors = second_factor::wanted(&mut tx, user.id).await?;
        let person = Arc::new(person(&mut tx, user).await?);
        if !factors.is_empty() {
            return Err(not_alone(&person.name, &factors));
        }
        let proven = Proven { person: person.clone(), expires: None, secret: None };
        self.0.memory.keep_proven(read_in, print, proven, self.now());
        Ok(person)
    }
}

/// HTTP Basic carries one factor.
fn not_alone(name: &str, factors: &[Factor]) -> Error {
    let instead = "HTTP Basic can't carry it: use an API token (Authorization: Bearer), which is made in a session.";
    Error::Unauthenticated(if factors == [Factor::Enrol] {
        format!(
            "\"{name}\" needs a second factor, and has none yet: it is set up by signing in to a session \
             (POST /api/v2/sessions). {instead}"
        )
    } else {
        format!("\"{name}\" signs in with a second factor. {instead}")
    })
}
