//! Signing in with a password.

use kernel::{FieldErrors, Result};

use super::{SignIn, SignedIn, Visit};
use crate::{Access, sign_in::Shown};

/// How a session is said to be opened by a password that is kept here.
const LOCAL: &str = "local";

impl Access {
    /// Checks a name and a password, and opens a session or asks for the second factor. A wrong name and a wrong
    /// password are refused in the same words, after the same time.
    pub async fn sign_in(&self, given: &SignIn, visit: &Visit) -> Result<SignedIn> {
        given.check()?;
        let shown = Shown { name: &given.username, password: &given.password, from: visit.address };
        let user = self.prove_password(shown).await?;
        self.sign_in_as(user.id, LOCAL, visit).await
    }
}

impl SignIn {
    /// Refuses what nobody can have, before work is spent on it.
    fn check(&self) -> Result<()> {
        let mut errors = FieldErrors::default();
        if self.username.chars().count() > 256 {
            errors.push("username", "must have at most 256 characters");
        }
        if self.password.0.len() > 1024 {
            errors.push("password", "must have at most 1024 bytes");
        }
        errors.into_result()
    }
}
