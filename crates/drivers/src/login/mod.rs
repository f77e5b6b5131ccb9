//! The servers of login methods, as the slice of access asks them.

use access::{Hidden, Identity, LoginServers, LoginSettings};
use futures_util::future::BoxFuture;
use kernel::Result;

use crate::{ldap, radius};

/// Directories and RADIUS servers, over the network.
#[derive(Debug, Clone, Copy, Default)]
pub struct Logins;

impl LoginServers for Logins {
    fn check(&self, settings: &LoginSettings, has_secret: bool) -> Result<()> {
        match settings {
            LoginSettings::Ldap(login) => ldap::check_login(login, has_secret),
            LoginSettings::Radius(login) => radius::check_login(login, has_secret),
        }
    }

    fn ask<'a>(
        &'a self,
        settings: &'a LoginSettings,
        secret: Option<&'a Hidden<String>>,
        name: &'a str,
        password: &'a Hidden<String>,
    ) -> BoxFuture<'a, Result<Option<Identity>>> {
        match settings {
            LoginSettings::Ldap(login) => Box::pin(ldap::log_in(login, secret, name, password)),
            LoginSettings::Radius(login) => Box::pin(radius::log_in(login, secret, name, password)),
        }
    }
}
