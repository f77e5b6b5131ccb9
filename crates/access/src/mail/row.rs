//! The table.

use kernel::Result;
use store::{Bytes, Tx};

use super::{MailLogin, MailSecurity, MailServer, MailSettings};
use crate::{hidden::Hidden, master_key::MasterKey};

/// The id of the one row.
pub(super) const ONE: i64 = 1;

store::record! {
    /// The settings of the mail server.
    pub struct MailSettingsRow in "mail_settings" secret ["secret_password"] {
        /// Its id.
        id: i64,
        /// How often they have been changed.
        version: i64,
        /// The server.
        host: String,
        /// Its port.
        port: i64,
        /// How the way there is protected.
        security: String,
        /// The name to sign in with.
        username: Option<String>,
        /// The password, sealed with the master key.
        secret_password: Option<Hidden<Bytes>>,
        /// From whom mail is.
        from_address: String,
        /// The certificates by which the server is known.
        ca: Option<String>,
    }
}

/// Where the password is sealed.
const CONTEXT: &str = "the password of the mail server";

/// Seals a password for the row.
pub(super) fn seal(key: &MasterKey, password: &Hidden<String>) -> Result<Hidden<Bytes>> {
    key.seal(CONTEXT, password.0.as_bytes()).map(|sealed| Hidden(Bytes(sealed)))
}

impl MailSettingsRow {
    /// The settings that are there.
    pub(super) async fn load(tx: &mut Tx) -> Result<Option<Self>> {
        tx.get(ONE).await
    }

    /// The server, with the password.
    pub(super) fn server(&self, key: &MasterKey) -> Result<MailServer> {
        let password = match &self.secret_password {
            Some(sealed) => Some(key.open(CONTEXT, &sealed.0.0)?),
            None => None,
        };
        let password = password.and_then(|password| String::from_utf8(password).ok()).map(Hidden);
        let login = self.username.clone().zip(password).map(|(username, password)| MailLogin { username, password });
        Ok(MailServer {
            host: self.host.clone(),
            port: u16::try_from(self.port).unwrap_or_default(),
            security: MailSecurity::parse(&self.security)?,
            login,
            from: self.from_address.clone(),
            ca: self.ca.clone(),
        })
    }

    /// The settings as they are shown.
    pub(super) fn show(self) -> Result<MailSettings> {
        Ok(MailSettings {
            port: u16::try_from(self.port).unwrap_or_default(),
            security: MailSecurity::parse(&self.security)?,
            has_password: self.secret_password.is_some(),
            host: self.host,
            username: self.username,
            from: self.from_address,
            ca: self.ca,
        })
    }
}
