//! Trying a login method.

use kernel::{Actor, LoginMethodId, Result};

use super::{LoginTest, LoginTried, admit::mapped, model, row};
use crate::Access;

impl Access {
    /// Asks a method's server about a name and a password, and shows what it says. Nobody is signed in and no user is
    /// made, and the method need not be enabled. Only administrators may do so.
    pub async fn try_login_method(&self, actor: &Actor, id: LoginMethodId, test: &LoginTest) -> Result<LoginTried> {
        model::only_administrators(actor)?;
        let method = row::load(&mut self.0.db.read(actor).await?, id).await?;
        let (settings, secret) = (method.settings()?, method.open_secret(&self.0.master_key)?);
        let servers = &self.0.settings.login_servers;
        let said = servers.ask(&settings, secret.as_ref(), &test.username, &test.password).await?;
        Ok(match said {
            None => {
                LoginTried { accepted: false, subject: None, email: None, groups: Vec::new(), group_ids: Vec::new() }
            }
            Some(identity) => {
                let group_ids = mapped(&method.groups()?, &identity.groups).into_iter().collect();
                let (subject, email, groups) = (Some(identity.subject), identity.email, identity.groups);
                LoginTried { accepted: true, subject, email, groups, group_ids }
            }
        })
    }
}
