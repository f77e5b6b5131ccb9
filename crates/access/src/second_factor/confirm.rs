//! Confirming an authenticator app by its first code, and making recovery codes.

use std::sync::Arc;

use kernel::{Actor, Error, Result, UserId};
use store::{Tx, Work};

use super::{RecoveryCodes, proof, recovery, row};
use crate::{Access, SIGNAL, hidden::Hidden, master_key::MasterKey, sign_in::Fingerprints};

impl Access {
    /// Confirms the actor's app with a code of it, and gives them recovery codes. From then on signing in takes both
    /// factors.
    pub async fn confirm_totp(&self, actor: &Actor, code: Hidden<String>) -> Result<RecoveryCodes> {
        let Some(user) = actor.user else { return Err(Error::forbidden("The system itself signs in nowhere.")) };
        self.write(actor, self.confirm(user, code)).await?.ok_or_else(wrong)
    }

    pub(crate) fn confirm(&self, user: UserId, code: Hidden<String>) -> Confirm {
        Confirm { user, code, key: self.0.master_key.clone(), prints: self.0.shared_prints.clone() }
    }

    /// Gives the actor new recovery codes in place of those that they have, for a code of theirs.
    pub async fn renew_recovery_codes(&self, actor: &Actor, code: &Hidden<String>) -> Result<RecoveryCodes> {
        let Some(user) = actor.user else { return Err(Error::forbidden("The system itself signs in nowhere.")) };
        self.prove_second_factor(actor, user, code, None).await.map_err(about_code)?;
        self.write(actor, Renew { user, prints: self.0.shared_prints.clone() }).await
    }
}

/// To somebody who is signed in, a wrong code is a wrong field.
pub(super) fn about_code(error: Error) -> Error {
    match error {
        Error::Unauthenticated(_) => wrong(),
        other => other,
    }
}

fn wrong() -> Error {
    Error::invalid("code", "is wrong, or has been used already; wait for the next one")
}

pub(crate) struct Confirm {
    user: UserId,
    code: Hidden<String>,
    key: MasterKey,
    prints: Arc<Fingerprints>,
}

impl Work for Confirm {
    /// Nothing when the code is wrong.
    type Out = Option<RecoveryCodes>;
    const NAME: &'static str = "second_factor.confirm";

    async fn run(&self, tx: &mut Tx) -> Result<Option<RecoveryCodes>> {
        let waiting = row::totp_of(tx, self.user).await?.filter(|totp| totp.confirmed_at.is_none());
        let before = waiting.ok_or_else(row::no_app)?;
        if !proof::use_code(tx, &before, self.code.0.trim(), &self.key).await? {
            return Ok(None);
        }
        let mut after = row::TotpRow { confirmed_at: Some(tx.now()), ..before.clone() };
        tx.update(&before, &mut after).await?;
        tx.signal(SIGNAL);
        recovery::renew(tx, self.user, &self.prints).await.map(Some)
    }
}

struct Renew {
    user: UserId,
    prints: Arc<Fingerprints>,
}

impl Work for Renew {
    type Out = RecoveryCodes;
    const NAME: &'static str = "second_factor.renew_recovery_codes";

    async fn run(&self, tx: &mut Tx) -> Result<RecoveryCodes> {
        recovery::renew(tx, self.user, &self.prints).await
    }
}
