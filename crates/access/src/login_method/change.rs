//! Changing a login method.

use kernel::{Actor, Error, FieldErrors, LoginMethodId, Patch, Result};
use store::{Tx, Work};

use super::{
    LoginMethod, LoginMethodPatch,
    add::{require_free, require_groups},
    model,
    row::{self, LoginMethodRow},
};
use crate::{Access, LOCK, SIGNAL, master_key::MasterKey};

impl Access {
    /// Changes a login method. Only administrators may do so.
    pub async fn change_login_method(
        &self,
        actor: &Actor,
        id: LoginMethodId,
        patch: LoginMethodPatch,
    ) -> Result<LoginMethod> {
        model::only_administrators(actor)?;
        patch.check()?;
        let before = row::load(&mut self.0.db.read(actor).await?, id).await?;
        let has_secret = match &patch.secret {
            Patch::Keep => before.secret.is_some(),
            Patch::Clear => false,
            Patch::Set(_) => true,
        };
        let settings = match &patch.settings {
            Some(settings) => settings.clone(),
            None => before.settings()?,
        };
        self.0.settings.login_servers.check(&settings, has_secret)?;
        self.write(actor, Change { id, patch, master_key: self.0.master_key.clone() }).await
    }
}

impl LoginMethodPatch {
    fn check(&self) -> Result<()> {
        let mut errors = FieldErrors::default();
        if let Some(name) = &self.name {
            model::check_name(name, &mut errors);
        }
        if let Some(groups) = &self.groups {
            model::check_groups(groups, &mut errors);
        }
        if let Patch::Set(secret) = &self.secret {
            model::check_secret(Some(secret), &mut errors);
        }
        errors.into_result()
    }
}

struct Change {
    id: LoginMethodId,
    patch: LoginMethodPatch,
    master_key: MasterKey,
}

impl Work for Change {
    type Out = LoginMethod;
    const NAME: &'static str = "login_method.change";

    async fn run(&self, tx: &mut Tx) -> Result<LoginMethod> {
        model::only_administrators(tx.actor())?;
        tx.lock(LOCK).await?;
        let before = row::load(tx, self.id).await?;
        let patch = &self.patch;
        let mut after = LoginMethodRow {
            enabled: patch.enabled.unwrap_or(before.enabled),
            position: patch.position.unwrap_or(before.position),
            creates_users: patch.creates_users.unwrap_or(before.creates_users),
            existing_users: patch.existing_users.unwrap_or(before.existing_users),
            ..before.clone()
        };
        if let Some(settings) = &patch.settings {
            let elsewhere = settings.server() != before.settings()?.server();
            if elsewhere && before.secret.is_some() && patch.secret.is_keep() {
                return Err(Error::invalid(
                    "secret",
                    "must be given again with another server, or it would be sent to a server for which it is not",
                ));
            }
            after.settings = row::json(settings)?;
        }
        match &patch.secret {
            Patch::Keep => {}
            Patch::Clear => after.secret = None,
            Patch::Set(secret) => after.secret = Some(row::seal(&self.master_key, self.id, secret)?),
        }
        if let Some(groups) = &patch.groups {
            require_groups(tx, groups).await?;
            after.group_map = row::json(groups)?;
        }
        if let Some(name) = &patch.name {
            after.name_key = name.to_lowercase();
            after.name.clone_from(name);
        }
        if after.name_key != before.name_key {
            require_free(tx, &after.name).await?;
        }
        if after != before {
            tx.update(&before, &mut after).await?;
            tx.signal(SIGNAL);
        }
        after.show()
    }
}
