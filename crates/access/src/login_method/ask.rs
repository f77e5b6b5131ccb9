//! Asking the servers of login methods who somebody is.

use kernel::{Actor, Error, Result};

use super::row::{self, LoginMethodRow};
use crate::{Access, hidden::Hidden, user::UserRow};

impl Access {
    /// The user who has this name and password at the server of a login method, and the method's name. All that are
    /// enabled are asked in order; with `kind` those of that kind, or the one of that name. Nothing when none of them
    /// knows such a person.
    pub(crate) async fn ask_login_methods(
        &self,
        kind: Option<&str>,
        name: &str,
        password: &Hidden<String>,
    ) -> Result<Option<(UserRow, String)>> {
        let methods = row::all(&mut self.0.db.read(&Actor::system("sign-in")).await?).await?;
        let mut away = None;
        let mut asked = false;
        for method in methods.into_iter().filter(|method| method.enabled) {
            let settings = method.settings()?;
            if kind.is_some_and(|kind| kind != settings.kind() && kind != method.name_key) {
                continue;
            }
            asked = true;
            let secret = method.open_secret(&self.0.master_key)?;
            let said = self.0.settings.login_servers.ask(&settings, secret.as_ref(), name, password).await;
            match said {
                Ok(Some(identity)) => {
                    let LoginMethodRow { name: method_name, .. } = method.clone();
                    return self.admit(method, name, identity).await.map(|user| Some((user, method_name)));
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%error, method = method.name, "a login method could not be asked");
                    away = Some(method.name);
                }
            }
        }
        match (kind, away) {
            (Some(kind), _) if !asked => Err(Error::Unauthenticated(format!(
                "type: no login method that is enabled is called \"{kind}\", or is of that kind."
            ))),
            (_, Some(name)) => Err(Error::Busy(format!(
                "Nobody could be found with this name and password, but the login method \"{name}\" could not be asked. \
                 Try again later."
            ))),
            _ => Ok(None),
        }
    }
}
