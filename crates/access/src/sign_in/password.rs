//! Whose a name and a password are, whichever door they came through.

use std::net::IpAddr;

use kernel::{Actor, Error, Result};

use super::failures::Attempt;
use crate::{
    Access,
    hidden::Hidden,
    user::{self, Turn, UserRow},
};

/// The kind of sign-in by a password that is kept here.
pub(crate) const LOCAL: &str = "local";

/// A name and a password that somebody shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) name: &'a str,
    pub(crate) password: &'a Hidden<String>,
    /// By which kind of sign-in, or by which login method; by whichever knows it when nothing is said.
    pub(crate) kind: Option<&'a str>,
    /// From where, if that is known.
    pub(crate) from: Option<IpAddr>,
}

impl Access {
    /// The user with this name and password, and the method by which that was found out. A wrong name and a wrong password are refused in the same words, after the
    /// same work, and counted.
    pub(crate) async fn prove_password(&self, shown: Shown<'_>) -> Result<(UserRow, String)> {
        let attempt = self.attempt(shown.name, shown.from);
        self.check_attempt(&mut self.0.db.read(&Actor::system("sign-in")).await?, &attempt).await?;
        let turn = self.0.passwords.turn().await?;
        self.prove_in_turn(turn, shown, &attempt).await
    }

    pub(super) async fn prove_in_turn(
        &self,
        turn: Turn,
        shown: Shown<'_>,
        attempt: &Attempt,
    ) -> Result<(UserRow, String)> {
        let kind = shown.kind.map(str::to_lowercase);
        let local = kind.as_deref().is_none_or(|kind| kind == LOCAL);
        let mut tx = self.0.db.read(&Actor::system("sign-in")).await?;
        // Meanwhile others with the same name may have failed.
        let has_failed = self.check_attempt(&mut tx, attempt).await?;
        let user = if local { user::by_name(&mut tx, shown.name).await? } else { None };
        drop(tx);
        let hash = user.as_ref().map(|user| user.password_hash.clone());
        let right = turn.verify(shown.password.clone(), hash).await?;
        let known = user.as_ref().map(|user| user.id);
        let proven = match user.filter(|_| right) {
            Some(user) => Ok(Some((user, LOCAL.to_owned()))),
            None if kind.as_deref() == Some(LOCAL) => Ok(None),
            None => self.ask_login_methods(kind.as_deref(), shown.name, shown.password).await,
        };
        let Ok(Some(proven)) = proven else {
            self.count_failure(attempt).await?;
            proven?;
            // Not the name: people type their password there by mistake.
            tracing::info!(user = ?known, "a sign-in with a wrong name or password was refused");
            return Err(Error::Unauthenticated("The user name or the password is wrong.".to_owned()));
        };
        if has_failed {
            self.forget_failures(attempt).await?;
        }
        Ok(proven)
    }
}
