//! Who carries mail to the server.

use futures_util::future::{BoxFuture, FutureExt as _};
use kernel::{Error, Result};

use super::{Mail, MailSecurity};
use crate::hidden::Hidden;

/// A server that takes mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailServer {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way there is protected.
    pub security: MailSecurity,
    /// How to sign in, if that is wanted.
    pub login: Option<MailLogin>,
    /// From whom mail is: `noc@example.net` or `Platbook <noc@example.net>`.
    pub from: String,
    /// The certificates in PEM by which the server is known; those of the system when there are none.
    pub ca: Option<String>,
}

/// A sign-in at a mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailLogin {
    /// The name.
    pub username: String,
    /// The password.
    pub password: Hidden<String>,
}

/// Carries mail to a server. Implemented by what talks to the outside.
pub trait MailCarrier: Send + Sync + 'static {
    /// Refuses settings with which it could never work. It does not talk to the network.
    fn check(&self, server: &MailServer) -> Result<()>;

    /// Hands a mail over. `id` is the same whenever the same mail is tried again, so that whoever gets it twice can
    /// tell. It talks to the network, and is never called inside a transaction.
    ///
    /// [`Error::Busy`] when it may work another time, [`Error::Conflict`] when this mail is refused for good.
    fn carry<'a>(&'a self, server: &'a MailServer, id: &'a str, mail: &'a Mail) -> BoxFuture<'a, Result<()>>;
}

/// A program that has nothing to carry mail with.
pub(crate) struct NoCarrier;

impl MailCarrier for NoCarrier {
    fn check(&self, _: &MailServer) -> Result<()> {
        Err(Error::conflict("This program can't send mail."))
    }

    fn carry<'a>(&'a self, server: &'a MailServer, _: &'a str, _: &'a Mail) -> BoxFuture<'a, Result<()>> {
        async { self.check(server) }.boxed()
    }
}
