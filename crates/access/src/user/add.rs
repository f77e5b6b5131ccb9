//! Adding a user.

use kernel::{Action, Actor, Error, FieldErrors, Result, UserId};
use store::{RequestKey, Tx, Work};

use super::{NewUser, User, UserRow, by_name, model::check_email, password::NOBODYS, read};
use crate::{Access, LOCK, cover::allow, hidden::Hidden};

impl Access {
    /// Adds a user, who is in no group yet.
    pub async fn add_user(&self, actor: &Actor, new: NewUser, key: Option<RequestKey>) -> Result<User> {
        // Before a hash is spent on it.
        allow(actor, Action::Create)?;
        new.check()?;
        let password_hash = self.0.passwords.turn().await?.hash(new.password.clone()).await?;
        self.write(actor, AddUser { new, password_hash, key }).await
    }
}

struct AddUser {
    new: NewUser,
    password_hash: Hidden<String>,
    key: Option<RequestKey>,
}

impl Work for AddUser {
    type Out = User;
    const NAME: &'static str = "user.add";

    async fn run(&self, tx: &mut Tx) -> Result<User> {
        allow(tx.actor(), Action::Create)?;
        tx.lock(LOCK).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let id = insert(tx, &self.new, &self.password_hash).await?;
        let user = read::show(tx, id).await?;
        tx.remember(self.key.as_ref(), &user).await?;
        Ok(user)
    }
}

/// Adds a user under a name that no other one may have.
pub(crate) async fn insert(tx: &mut Tx, new: &NewUser, password_hash: &Hidden<String>) -> Result<UserId> {
    require_free(tx, &new.username).await?;
    let id = UserId(tx.new_id::<UserRow>().await?);
    let row = UserRow {
        id,
        version: 1,
        name: new.username.as_str().into(),
        name_key: new.username.to_lowercase(),
        email: new.email.clone(),
        password_hash: password_hash.clone(),
        enabled: new.enabled,
        created_at: tx.now(),
    };
    tx.insert(&row).await?;
    Ok(id)
}

/// Adds a user whose password another server knows; none is right here.
pub(crate) async fn insert_outsider(tx: &mut Tx, name: &str, email: Option<String>) -> Result<UserId> {
    let mut errors = FieldErrors::default();
    check_email(email.as_deref(), &mut errors);
    let email = email.filter(|_| errors.into_result().is_ok());
    let password = Hidden(String::new());
    let new = NewUser { username: name.to_owned(), password, email, enabled: true };
    insert(tx, &new, &Hidden(NOBODYS.to_owned())).await
}

/// Refuses a name that another user has.
pub(super) async fn require_free(tx: &mut Tx, name: &str) -> Result<()> {
    match by_name(tx, name).await? {
        None => Ok(()),
        Some(_) => Err(Error::conflict_of("username", format!("there is a user \"{name}\" already."))),
    }
}
