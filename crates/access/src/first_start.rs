//! The first start of a new database: the two groups that everybody needs, and somebody who can sign in.

use kernel::{Actor, Error, FieldErrors, ResourceId, Result, Rights};
use store::{Db, Tx, Work};

use crate::{
    LOCK, SIGNAL, group,
    hidden::Hidden,
    permission, random,
    user::{self, NewUser, Passwords, check_new},
};

/// The first administrator.
pub const ADMINISTRATOR: &str = "admin";
/// The group of those who may do everything.
pub const ADMINISTRATORS: &str = "Global Admins";
/// The group of those who may look at everything.
pub const READERS: &str = "Global Read-Only";

/// The administrator that the first start has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstAdministrator {
    /// The name to sign in with.
    pub name: String,
    /// The password. Nothing else ever shows it.
    pub password: Hidden<String>,
}

/// Makes the first groups and the first administrator, with the given password or a random one. Does nothing, and
/// answers `None`, when the database has users already. Of several nodes that start at once, one does it.
pub async fn bootstrap(db: &Db, password: Option<Hidden<String>>) -> Result<Option<FirstAdministrator>> {
    let actor = Actor::system("first start");
    if has_users(&mut db.read(&actor).await?).await? {
        return Ok(None);
    }
    let password = password.unwrap_or_else(|| Hidden(random::password()));
    let mut errors = FieldErrors::default();
    check_new("admin password", &password.0, &mut errors);
    errors.into_result()?;
    let password_hash = Passwords::new().turn().await?.hash(password.clone()).await?;
    let name = ADMINISTRATOR.to_owned();
    let new = NewUser { username: name.clone(), password: password.clone(), email: None, enabled: true };
    let made = db.write(&actor, FirstStart { new, password_hash }).await?;
    Ok(made.then_some(FirstAdministrator { name, password }))
}

async fn has_users(tx: &mut Tx) -> Result<bool> {
    let users = tx.scalar::<i64>("SELECT COUNT(*) FROM user_account", &[]).await?;
    users.map(|users| users > 0).ok_or_else(|| Error::internal("a count has no answer"))
}

struct FirstStart {
    new: NewUser,
    password_hash: Hidden<String>,
}

impl Work for FirstStart {
    /// Whether there was anything to do.
    type Out = bool;
    const NAME: &'static str = "access.first_start";

    async fn run(&self, tx: &mut Tx) -> Result<bool> {
        tx.lock(LOCK).await?;
        if has_users(tx).await? {
            return Ok(false);
        }
        let administrators = group::insert(tx, ADMINISTRATORS, true).await?;
        permission::insert(tx, administrators, ResourceId::TOP, Rights::ALL).await?;
        let readers = group::insert(tx, READERS, true).await?;
        permission::insert(tx, readers, ResourceId::TOP, Rights::read_everything()).await?;
        let administrator = user::insert(tx, &self.new, &self.password_hash).await?;
        group::add_member(tx, administrators, administrator).await?;
        tx.signal(SIGNAL);
        Ok(true)
    }
}
