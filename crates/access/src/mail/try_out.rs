//! Trying out the settings.

use kernel::{Actor, JobId, Result};
use store::{RequestKey, Tx, Work};

use super::{
    Mail,
    enqueue::job,
    read::{allow, set_up},
};
use crate::Access;

impl Access {
    /// Sends a mail by which an administrator sees whether the settings are right. The job, which is tried once, says
    /// how it went.
    pub async fn try_mail_settings(&self, actor: &Actor, to: String, key: Option<RequestKey>) -> Result<JobId> {
        self.write(actor, TryMailSettings { to, key }).await
    }
}

struct TryMailSettings {
    to: String,
    key: Option<RequestKey>,
}

impl Work for TryMailSettings {
    type Out = JobId;
    const NAME: &'static str = "mail.try";

    async fn run(&self, tx: &mut Tx) -> Result<JobId> {
        allow(tx.actor())?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        set_up(tx).await?;
        let name = tx.actor().name.clone();
        let body = format!("{name} wanted to see whether Platbook can send mail. It can.\n");
        let mail = Mail { to: self.to.clone(), subject: "Mail from Platbook".to_owned(), body };
        let job = job(tx, &mail, 1)?;
        let id = tx.enqueue(job).await?;
        tx.remember(self.key.as_ref(), &id).await?;
        Ok(id)
    }
}
