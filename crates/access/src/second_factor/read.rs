//! What a user has, and what they have to show.

use kernel::{Action, Actor, Result, UserId};
use store::Tx;

use super::{Factor, SecondFactor, row};
use crate::{Access, cover::allow, passkey, policy, user};

impl Access {
    /// What a user has beside their password: oneself, or anybody for who may look at users.
    pub async fn second_factor(&self, actor: &Actor, of: UserId) -> Result<SecondFactor> {
        if actor.user != Some(of) {
            allow(actor, Action::Read)?;
        }
        let mut tx = self.0.db.read(actor).await?;
        user::load(&mut tx, of).await?;
        let totp = row::totp_of(&mut tx, of).await?.is_some_and(|totp| totp.confirmed_at.is_some());
        let recovery_codes = row::recovery_codes_of(&mut tx, of).await?.len();
        let passkeys = passkey::count_of(&mut tx, of).await?;
        Ok(SecondFactor {
            totp,
            passkeys,
            recovery_codes,
            required: policy::requires_second_factor(&mut tx, of).await?,
        })
    }
}

/// The factors of which this user has to show one; none of them when the password is enough. Who has none although one
/// is required has to set one up.
pub(crate) async fn wanted(tx: &mut Tx, user: UserId) -> Result<Vec<Factor>> {
    let mut factors = Vec::new();
    if row::totp_of(tx, user).await?.is_some_and(|totp| totp.confirmed_at.is_some()) {
        factors.push(Factor::Totp);
    }
    if passkey::count_of(tx, user).await? > 0 {
        factors.push(Factor::Passkey);
    }
    if !factors.is_empty() && !row::recovery_codes_of(tx, user).await?.is_empty() {
        factors.push(Factor::Recovery);
    }
    if factors.is_empty() && policy::requires_second_factor(tx, user).await? {
        factors.push(Factor::Enrol);
    }
    Ok(factors)
}
