//! The second step of a sign-in: showing the second factor, or setting it up where one is required.

use kernel::{Actor, Error, Result};

use super::{EnrolStep, OpenSession, SecondStep, Visit};
use crate::{
    Access,
    second_factor::{self, Factor, Totp},
};

impl Access {
    /// Ends a sign-in with a code, and opens the session. Where the second factor was set up in this sign-in, the code
    /// confirms it, and the answer has the recovery codes.
    pub async fn second_step(&self, step: &SecondStep, visit: &Visit) -> Result<OpenSession> {
        let mut tx = self.0.db.read(&Actor::system("sign-in")).await?;
        let (user, method) = self.open_pending(&mut tx, &step.pending).await?;
        let factors = second_factor::wanted(&mut tx, user.id).await?;
        drop(tx);
        let actor = self.actor(user.id, visit.request.clone()).await?;
        if factors != [Factor::Enrol] {
            self.prove_second_factor(&actor, user.id, &step.code, visit.address).await?;
            return self.open_session(user.id, &method, visit).await;
        }
        let attempt = self.attempt_at_second_factor(user.id, visit.address);
        self.check_attempt(&mut self.0.db.read(&actor).await?, &attempt).await?;
        let Some(codes) = self.write(&actor, self.confirm(user.id, step.code.clone())).await? else {
            self.count_failure(&attempt).await?;
            return Err(second_factor::wrong());
        };
        let open = self.open_session(user.id, &method, visit).await?;
        Ok(OpenSession { recovery_codes: Some(codes.recovery_codes), ..open })
    }

    /// Makes the secret of an authenticator app in a sign-in that has to set up its second factor.
    pub async fn enrol_step(&self, step: &EnrolStep, visit: &Visit) -> Result<Totp> {
        let mut tx = self.0.db.read(&Actor::system("sign-in")).await?;
        let (user, _) = self.open_pending(&mut tx, &step.pending).await?;
        if second_factor::wanted(&mut tx, user.id).await? != [Factor::Enrol] {
            return Err(Error::conflict(
                "A second factor is set up already: show it (POST /api/v2/sessions/second_factor).",
            ));
        }
        drop(tx);
        let actor = self.actor(user.id, visit.request.clone()).await?;
        self.make_totp(&actor, user.id).await
    }
}
