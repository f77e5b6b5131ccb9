//! Asking for a new password.

use std::net::IpAddr;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use kernel::{Actor, Error, RequestId, Result};
use store::{Tx, Work, job::NewJob};

use super::{
    ResetRequest,
    job::{KIND, seal},
};
use crate::{Access, mail};

impl Access {
    /// Has a mail sent by which somebody sets a new password, if there is such a user, who is enabled and has an
    /// address. Whether there is takes no part in the answer nor in the time that it takes.
    pub async fn ask_for_password(&self, who: &ResetRequest, from: Option<IpAddr>, request: RequestId) -> Result<()> {
        who.check()?;
        self.0.pace.admit(from, self.now())?;
        let plain = serde_json::to_vec(who).map_err(Error::internal)?;
        let sealed = BASE64_STANDARD.encode(seal(&self.0.master_key, &plain)?);
        let actor = Actor { request, ..Actor::system("") };
        self.write(&actor, AskForPassword { sealed }).await
    }
}

struct AskForPassword {
    /// What was asked: people type their password there by mistake, so nobody is to read it in the queue.
    sealed: String,
}

impl Work for AskForPassword {
    type Out = ();
    const NAME: &'static str = "password_reset.ask";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        mail::require_set_up(tx).await?;
        let payload = serde_json::json!({"sealed": self.sealed});
        let job = NewJob { kind: KIND, payload, key: None, run_at: None, most_attempts: 5 };
        tx.enqueue_for_system(job).await.map(drop)
    }
}
