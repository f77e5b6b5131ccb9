//! Showing a second factor.

use std::{net::IpAddr, sync::Arc};

use kernel::{Actor, Error, Result, UserId};
use store::{Tx, Work, params};

use super::{recovery, row, totp};
use crate::{Access, hidden::Hidden, master_key::MasterKey, sign_in::Fingerprints};

/// The longest text that is looked at.
const LONGEST: usize = 64;

impl Access {
    /// Takes a code of the user's app or one of their recovery codes, which is used up by that. Wrong ones are counted
    /// by themselves: whoever knows the password could begin the count of that one anew.
    pub(crate) async fn prove_second_factor(
        &self,
        actor: &Actor,
        user: UserId,
        code: &Hidden<String>,
        from: Option<IpAddr>,
    ) -> Result<()> {
        let attempt = self.attempt_at_second_factor(user, from);
        let has_failed = self.check_attempt(&mut self.0.db.read(actor).await?, &attempt).await?;
        let (key, prints) = (self.0.master_key.clone(), self.0.shared_prints.clone());
        let right = self.write(actor, Prove { user, code: code.clone(), key, prints }).await?;
        if !right {
            self.count_failure(&attempt).await?;
            tracing::info!(%user, "a sign-in with a wrong second factor was refused");
            return Err(wrong());
        }
        if has_failed { self.forget_failures(&attempt).await } else { Ok(()) }
    }
}

/// One answer for a code that was never right and for one that has been used.
pub(crate) fn wrong() -> Error {
    Error::Unauthenticated("The code is wrong, or has been used already. Wait for the next one.".to_owned())
}

struct Prove {
    user: UserId,
    code: Hidden<String>,
    key: MasterKey,
    prints: Arc<Fingerprints>,
}

impl Work for Prove {
    /// Whether it was right.
    type Out = bool;
    const NAME: &'static str = "second_factor.prove";

    async fn run(&self, tx: &mut Tx) -> Result<bool> {
        let code: String = self.code.0.chars().filter(|c| !c.is_whitespace()).take(LONGEST).collect();
        let confirmed = row::totp_of(tx, self.user).await?.filter(|totp| totp.confirmed_at.is_some());
        let Some(app) = confirmed else { return Ok(false) };
        if code.len() == totp::DIGITS {
            return use_code(tx, &app, &code, &self.key).await;
        }
        recovery::use_up(tx, self.user, &code, &self.prints).await
    }
}

/// Uses a code of an app up, if it is right. Of two who show the same code at the same time, one is refused.
pub(super) async fn use_code(tx: &mut Tx, app: &row::TotpRow, code: &str, key: &MasterKey) -> Result<bool> {
    let used = tx.scalar("SELECT step FROM totp_use WHERE totp_id = $1", params![app.id]).await?;
    let secret = app.open(key)?;
    let Some(step) = totp::step_of(&secret.0, code, tx.now(), used) else { return Ok(false) };
    let text = "INSERT INTO totp_use (totp_id, step) VALUES ($1, $2)
        ON CONFLICT (totp_id) DO UPDATE SET step = excluded.step WHERE totp_use.step < excluded.step";
    Ok(tx.derive(text, params![app.id, step]).await?.0 == 1)
}
