//! Signing in with a password.

use kernel::{FieldErrors, Result};

use super::{SecondStep, SignIn, SignedIn, Visit};
use crate::{Access, second_factor::Factor, sign_in::Shown};

impl Access {
    /// Checks a name and a password, and opens a session or asks for the second factor. A wrong name and a wrong
    /// password are refused in the same words, after the same time.
    pub async fn sign_in(&self, given: &SignIn, visit: &Visit) -> Result<SignedIn> {
        given.check()?;
        let shown = Shown {
            name: &given.username,
            password: &given.password,
            kind: given.kind.as_deref(),
            from: visit.address,
        };
        let (user, method) = self.prove_password(shown).await?;
        let signed_in = self.sign_in_as(user.id, &method, visit).await?;
        match (signed_in, &given.code) {
            (SignedIn::Pending(pending), Some(code)) if pending.second_factor != [Factor::Enrol] => {
                let step = SecondStep { pending: pending.pending, code: code.clone() };
                self.second_step(&step, visit).await.map(SignedIn::Open)
            }
            (signed_in, _) => Ok(signed_in),
        }
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
        if self.kind.as_ref().is_some_and(|kind| kind.chars().count() > 64) {
            errors.push("type", "must have at most 64 characters");
        }
        errors.into_result()
    }
}
