//! Taking the settings away: no more mail is sent.

use kernel::{Actor, Result};
use store::{Tx, Work};

use super::read::{allow, set_up};
use crate::{Access, LOCK};

impl Access {
    /// Forgets how mail is sent; for administrators. Mail that waits then fails, and can be tried again as a job.
    pub async fn forget_mail_settings(&self, actor: &Actor) -> Result<()> {
        self.write(actor, ForgetMailSettings).await
    }
}

struct ForgetMailSettings;

impl Work for ForgetMailSettings {
    type Out = ();
    const NAME: &'static str = "mail.forget";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        allow(tx.actor())?;
        tx.lock(LOCK).await?;
        let settings = set_up(tx).await?;
        tx.delete(&settings).await
    }
}
