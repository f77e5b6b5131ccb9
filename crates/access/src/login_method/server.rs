//! What the outside must be able to do. It is implemented where the network is.

use futures_util::future::BoxFuture;
use kernel::{Error, Result};

use super::LoginSettings;
use crate::hidden::Hidden;

/// Somebody whom another server knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// What the server calls them: with LDAP the name of their entry.
    pub subject: String,
    /// Where they get mail.
    pub email: Option<String>,
    /// What the server calls the groups that they are in.
    pub groups: Vec<String>,
}

/// Other servers that know names and passwords.
pub trait LoginServers: Send + Sync + 'static {
    /// Refuses settings that can't work or are not safe.
    fn check(&self, settings: &LoginSettings, has_secret: bool) -> Result<()>;

    /// Asks whether this name and this password belong together; nothing when they don't. An error says that the server
    /// could not be asked. It is never called inside a transaction.
    fn ask<'a>(
        &'a self,
        settings: &'a LoginSettings,
        secret: Option<&'a Hidden<String>>,
        name: &'a str,
        password: &'a Hidden<String>,
    ) -> BoxFuture<'a, Result<Option<Identity>>>;
}

/// There is no network.
pub(crate) struct NoServers;

impl NoServers {
    fn none() -> Error {
        Error::conflict("This program has no way to ask other servers about passwords.")
    }
}

impl LoginServers for NoServers {
    fn check(&self, _: &LoginSettings, _: bool) -> Result<()> {
        Err(Self::none())
    }

    fn ask<'a>(
        &'a self,
        _: &'a LoginSettings,
        _: Option<&'a Hidden<String>>,
        _: &'a str,
        _: &'a Hidden<String>,
    ) -> BoxFuture<'a, Result<Option<Identity>>> {
        Box::pin(async { Err(Self::none()) })
    }
}
