//! Asking for a new password.

use std::net::IpAddr;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use kernel::{Actor, Error, FieldErrors, RequestId, Result};
use serde::{Deserialize, Serialize};
use store::{Tx, Work, job::NewJob};

use super::job::{KIND, seal};
use crate::{Access, mail};

/// Who has lost their password: by name, or by the address to which their mail goes.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "ann"}))]
pub struct ResetRequest {
    /// The name by which they sign in, in any case.
    #[serde(default)]
    pub username: Option<String>,
    /// Where they get mail, in any case.
    #[serde(default)]
    pub email: Option<String>,
}

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

impl ResetRequest {
    fn check(&self) -> Result<()> {
        let mut errors = FieldErrors::default();
        let named = [("username", &self.username), ("email", &self.email)];
        if named.iter().filter(|(_, value)| value.is_some()).count() != 1 {
            errors.push("username", "must be given, or email, and not both");
        }
        for (field, value) in named {
            if value.as_ref().is_some_and(|value| value.len() > 254) {
                errors.push(field, "must have at most 254 bytes");
            }
        }
        errors.into_result()
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
