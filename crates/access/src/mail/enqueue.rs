//! Putting a mail into the queue.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use kernel::{Error, JobId, Result};
use serde::{Deserialize, Serialize};
use store::{Tx, job::NewJob};

use super::Mail;
use crate::{
    master_key::{self, MasterKey},
    random,
};

/// The kind of the jobs that send.
pub(super) const KIND: &str = "mail.send";
/// How often a mail is tried: for most of a day.
const MOST_ATTEMPTS: u32 = 30;

/// What a job knows: the mail sealed, since it may hold a secret, and jobs are kept for a while.
#[derive(Serialize, Deserialize)]
pub(super) struct Envelope {
    /// Tells this mail from all others.
    pub(super) id: String,
    sealed: String,
}

impl Mail {
    /// Has this mail sent, if and only if this transaction is kept. It is sent by a job of its own, which is tried again
    /// for most of a day while the mail server does not take it. Fails when this can't be a mail.
    pub async fn enqueue(&self, tx: &mut Tx) -> Result<JobId> {
        let job = job(tx, self, MOST_ATTEMPTS)?;
        tx.enqueue_for_system(job).await
    }
}

/// The job that sends a mail.
pub(super) fn job(tx: &Tx, mail: &Mail, most_attempts: u32) -> Result<NewJob> {
    mail.check()?;
    let envelope = Envelope::seal(&master_key::of(tx)?, mail)?;
    let payload = serde_json::to_value(envelope).map_err(Error::internal)?;
    Ok(NewJob { kind: KIND, payload, key: None, run_at: None, most_attempts })
}

impl Envelope {
    fn seal(key: &MasterKey, mail: &Mail) -> Result<Self> {
        let id = random::text(random::HEXADECIMAL, 32);
        let plain = serde_json::to_vec(mail).map_err(Error::internal)?;
        let sealed = BASE64_STANDARD.encode(key.seal(&context(&id), &plain)?);
        Ok(Self { id, sealed })
    }

    pub(super) fn open(&self, key: &MasterKey) -> Result<Mail> {
        // The errors inside would show parts of the mail.
        let broken = || Error::internal("a mail in the queue can't be read");
        let sealed = BASE64_STANDARD.decode(&self.sealed).map_err(|_| broken())?;
        let plain = key.open(&context(&self.id), &sealed)?;
        serde_json::from_slice(&plain).map_err(|_| broken())
    }
}

fn context(id: &str) -> String {
    format!("the mail {id}")
}
