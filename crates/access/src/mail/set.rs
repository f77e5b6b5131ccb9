//! Setting up how mail is sent.

use std::sync::Arc;

use kernel::{Actor, Error, Result};
use store::{Tx, Work};

use super::{
    MailCarrier, MailLogin, MailServer, MailSettings, NewMailSettings,
    model::is_same_way,
    read::allow,
    row::{MailSettingsRow, ONE, seal},
};
use crate::{Access, LOCK, hidden::Hidden, master_key::MasterKey};

impl Access {
    /// Sets up how mail is sent; for administrators.
    pub async fn set_mail_settings(&self, actor: &Actor, new: NewMailSettings) -> Result<MailSettings> {
        allow(actor)?;
        new.check()?;
        let (key, carrier) = (self.0.master_key.clone(), self.0.settings.mail_carrier.clone());
        self.write(actor, SetMailSettings { new, key, carrier }).await
    }
}

struct SetMailSettings {
    new: NewMailSettings,
    key: MasterKey,
    carrier: Arc<dyn MailCarrier>,
}

impl Work for SetMailSettings {
    type Out = MailSettings;
    const NAME: &'static str = "mail.set";

    async fn run(&self, tx: &mut Tx) -> Result<MailSettings> {
        allow(tx.actor())?;
        tx.lock(LOCK).await?;
        let before = MailSettingsRow::load(tx).await?;
        let mut server = self.server();
        server.login = self.login(before.as_ref(), &server)?;
        self.carrier.check(&server)?;
        let secret_password = match (&self.new.password, &before) {
            (Some(password), _) => Some(seal(&self.key, password)?),
            // Sealing it anew would look like another password.
            (None, Some(before)) if server.login.is_some() => before.secret_password.clone(),
            (None, _) => None,
        };
        let mut after = MailSettingsRow {
            id: ONE,
            version: 1,
            host: server.host,
            port: i64::from(server.port),
            security: server.security.name().to_owned(),
            username: self.new.username.clone(),
            secret_password,
            from_address: server.from,
            ca: server.ca,
        };
        match before {
            Some(before) => tx.update(&before, &mut after).await?,
            None => tx.insert(&after).await?,
        }
        after.show()
    }
}

impl SetMailSettings {
    fn server(&self) -> MailServer {
        let NewMailSettings { host, security, from, ca, .. } = self.new.clone();
        MailServer { host, port: self.new.port(), security, login: None, from, ca }
    }

    /// The sign-in with the password that was given, or with the one that is there.
    fn login(&self, before: Option<&MailSettingsRow>, server: &MailServer) -> Result<Option<MailLogin>> {
        let Some(username) = self.new.username.clone() else { return Ok(None) };
        if let Some(password) = self.new.password.clone() {
            return Ok(Some(MailLogin { username, password }));
        }
        let known = before.map(|before| before.server(&self.key)).transpose()?;
        let names = [before.and_then(|before| before.username.as_deref()), Some(username.as_str())];
        let known = known.filter(|known| is_same_way(known, server, names)).and_then(|known| known.login);
        let password: Hidden<String> = known.map(|login| login.password).ok_or_else(|| {
            Error::invalid(
                "password",
                "must be given with a username, and again when the server or the way there changes",
            )
        })?;
        Ok(Some(MailLogin { username, password }))
    }
}
