//! Looking at the settings.

use kernel::{Actor, Error, Result};
use store::Tx;

use super::{MailSettings, row::MailSettingsRow};
use crate::Access;

impl Access {
    /// How mail is sent; for administrators.
    pub async fn mail_settings(&self, actor: &Actor) -> Result<MailSettings> {
        allow(actor)?;
        set_up(&mut self.0.db.read(actor).await?).await?.show()
    }
}

/// Refuses everyone but administrators of the whole.
pub(super) fn allow(actor: &Actor) -> Result<()> {
    if actor.is_administrator() {
        return Ok(());
    }
    Err(Error::forbidden("The settings of mail are for administrators: permissionAdmin on the top-level resource."))
}

/// The settings, which must be there.
pub(super) async fn set_up(tx: &mut Tx) -> Result<MailSettingsRow> {
    let missing = || Error::not_found("Mail is not set up. An administrator does that with PUT /settings/mail.");
    MailSettingsRow::load(tx).await?.ok_or_else(missing)
}

/// Refuses what needs mail where it is not set up.
pub(crate) async fn require_set_up(tx: &mut Tx) -> Result<()> {
    set_up(tx).await.map(drop)
}

/// Whether mail is set up: what is only worth a mail is not said without.
pub async fn mail_is_set_up(tx: &mut Tx) -> Result<bool> {
    Ok(MailSettingsRow::load(tx).await?.is_some())
}
