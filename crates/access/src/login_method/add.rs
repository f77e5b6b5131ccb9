//! Adding a login method.

use kernel::{Actor, Error, FieldErrors, LoginMethodId, Result};
use store::{RequestKey, Tx, Work, params};

use super::{
    GroupMapping, LoginMethod, NewLoginMethod, model,
    row::{self, LoginMethodRow},
};
use crate::{Access, LOCK, SIGNAL, group, master_key::MasterKey};

impl Access {
    /// Adds a login method. Only administrators may do so: whoever can say who is who could be anybody.
    pub async fn add_login_method(
        &self,
        actor: &Actor,
        new: NewLoginMethod,
        key: Option<RequestKey>,
    ) -> Result<LoginMethod> {
        model::only_administrators(actor)?;
        new.check()?;
        self.0.settings.login_servers.check(&new.settings, new.secret.is_some())?;
        self.write(actor, Add { new, key, master_key: self.0.master_key.clone() }).await
    }
}

impl NewLoginMethod {
    fn check(&self) -> Result<()> {
        let mut errors = FieldErrors::default();
        model::check_name(&self.name, &mut errors);
        model::check_groups(&self.groups, &mut errors);
        model::check_secret(self.secret.as_ref(), &mut errors);
        errors.into_result()
    }
}

struct Add {
    new: NewLoginMethod,
    key: Option<RequestKey>,
    master_key: MasterKey,
}

impl Work for Add {
    type Out = LoginMethod;
    const NAME: &'static str = "login_method.add";

    async fn run(&self, tx: &mut Tx) -> Result<LoginMethod> {
        model::only_administrators(tx.actor())?;
        tx.lock(LOCK).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let new = &self.new;
        require_free(tx, &new.name).await?;
        require_groups(tx, &new.groups).await?;
        let id = LoginMethodId(tx.new_id::<LoginMethodRow>().await?);
        let secret = new.secret.as_ref().map(|secret| row::seal(&self.master_key, id, secret)).transpose()?;
        let row = LoginMethodRow {
            id,
            version: 1,
            name: new.name.clone(),
            name_key: new.name.to_lowercase(),
            position: new.position,
            enabled: new.enabled,
            creates_users: new.creates_users,
            existing_users: new.existing_users,
            settings: row::json(&new.settings)?,
            group_map: row::json(&new.groups)?,
            secret,
        };
        tx.insert(&row).await?;
        tx.signal(SIGNAL);
        let method = row.show()?;
        tx.remember(self.key.as_ref(), &method).await?;
        Ok(method)
    }
}

/// Refuses a name that another method has.
pub(super) async fn require_free(tx: &mut Tx, name: &str) -> Result<()> {
    if tx.find::<LoginMethodRow>("name_key = $1", params![name.to_lowercase()]).await?.is_empty() {
        return Ok(());
    }
    Err(Error::conflict_of("name", format!("there is a login method \"{name}\" already.")))
}

/// Refuses groups that are not there.
pub(super) async fn require_groups(tx: &mut Tx, groups: &[GroupMapping]) -> Result<()> {
    let mut errors = FieldErrors::default();
    for (at, GroupMapping { group_id, .. }) in groups.iter().enumerate() {
        if group::load(tx, *group_id).await.is_err() {
            errors.push(format!("groups[{at}].group_id"), format!("there is no group with id {group_id}"));
        }
    }
    errors.into_result()
}
