//! Letting somebody in whom a login method's server knows.

use std::collections::BTreeSet;

use kernel::{Actor, Error, FieldErrors, GroupId, LoginMethodId, Result, UserId};
use store::{Tx, Work, params};

use super::{
    GroupMapping, Identity,
    row::{self, LoginAccountRow, LoginMethodRow},
};
use crate::{
    Access, LOCK, SIGNAL,
    group::{self, MemberRow},
    user::{self, UserRow, require_administrator},
};

impl Access {
    /// The user of somebody who has proven to a method's server that they have this name there. Their groups become what
    /// the server says.
    pub(super) async fn admit(&self, method: LoginMethodRow, name: &str, identity: Identity) -> Result<UserRow> {
        self.write(&Actor::system("sign-in"), Admit { method, name: name.to_owned(), identity }).await
    }
}

struct Admit {
    method: LoginMethodRow,
    name: String,
    identity: Identity,
}

impl Work for Admit {
    type Out = UserRow;
    const NAME: &'static str = "login_method.admit";

    async fn run(&self, tx: &mut Tx) -> Result<UserRow> {
        tx.lock(LOCK).await?;
        // It may have been changed while its server was asked.
        let method = row::load(tx, self.method.id).await?;
        if method.version != self.method.version {
            return Err(Error::Busy("The login method has just been changed. Try again.".to_owned()));
        }
        let id = match user::by_name(tx, &self.name).await? {
            Some(user) => self.link(tx, &user).await?,
            None => self.make(tx).await?,
        };
        set_groups(tx, id, &self.method.groups()?, &self.identity.groups).await?;
        user::load(tx, id).await
    }
}

impl Admit {
    /// Refuses a user who does not sign in by this method.
    async fn link(&self, tx: &mut Tx, user: &UserRow) -> Result<UserId> {
        let subject = self.identity.subject.clone();
        match row::account_of(tx, user.id).await? {
            Some(account) if account.method_id == self.method.id => {
                if account.subject != subject {
                    tx.update(&account, &mut LoginAccountRow { subject, ..account.clone() }).await?;
                }
                Ok(user.id)
            }
            None if self.method.existing_users => {
                insert(tx, user.id, self.method.id, subject).await?;
                Ok(user.id)
            }
            _ => Err(Error::Unauthenticated(format!(
                "The password is right, but the user \"{}\" does not sign in by the login method \"{}\". Ask an \
                 administrator.",
                user.name, self.method.name
            ))),
        }
    }

    async fn make(&self, tx: &mut Tx) -> Result<UserId> {
        if !self.method.creates_users {
            return Err(Error::Unauthenticated(format!(
                "The password is right, but there is no user \"{}\" here, and the login method \"{}\" makes none. Ask an \
                 administrator.",
                self.name, self.method.name
            )));
        }
        let mut errors = FieldErrors::default();
        user::check_name(&self.name, &mut errors);
        errors.into_result()?;
        let id = user::insert_outsider(tx, &self.name, self.identity.email.clone()).await?;
        insert(tx, id, self.method.id, self.identity.subject.clone()).await?;
        Ok(id)
    }
}

/// Puts a user into the groups of a mapping that the server names, and out of its others.
pub(crate) async fn set_groups(tx: &mut Tx, user: UserId, mapping: &[GroupMapping], outside: &[String]) -> Result<()> {
    if mapping.is_empty() {
        return Ok(());
    }
    let wanted = mapped(mapping, outside);
    let known: BTreeSet<GroupId> = mapping.iter().map(|mapping| mapping.group_id).collect();
    let rows = tx.find::<MemberRow>("user_id = $1", params![user]).await?;
    let mut changed = false;
    for row in rows.iter().filter(|row| known.contains(&row.group_id) && !wanted.contains(&row.group_id)) {
        tx.delete(row).await?;
        changed = true;
    }
    for id in wanted {
        // A group that is gone has no effect.
        if rows.iter().all(|row| row.group_id != id) && group::load(tx, id).await.is_ok() {
            group::add_member(tx, id, user).await?;
            changed = true;
        }
    }
    if changed {
        require_administrator(tx).await?;
        tx.signal(SIGNAL);
    }
    Ok(())
}

/// The groups here that these groups there are.
pub(super) fn mapped(mapping: &[GroupMapping], outside: &[String]) -> BTreeSet<GroupId> {
    let outside: BTreeSet<_> = outside.iter().map(|name| name.to_lowercase()).collect();
    let wanted = mapping.iter().filter(|mapping| outside.contains(&mapping.outside.to_lowercase()));
    wanted.map(|mapping| mapping.group_id).collect()
}

async fn insert(tx: &mut Tx, user_id: UserId, method_id: LoginMethodId, subject: String) -> Result<()> {
    let id = tx.new_id::<LoginAccountRow>().await?;
    tx.insert(&LoginAccountRow { id, version: 1, user_id, method_id, subject }).await
}
