//! Setting the new password.

use kernel::{Actor, Error, FieldErrors, RequestId, Result, Timestamp};
use store::{Tx, Work, params};

use super::row::{LETTERS, PREFIX, PasswordResetRow, forget, hash};
use crate::{
    Access, LOCK, SIGNAL,
    hidden::Hidden,
    session,
    user::{UserRow, check_new_of, load},
};

impl Access {
    /// Sets the password of whoever was mailed this token. A token does that once.
    pub async fn set_password_by_token(
        &self,
        token: Hidden<String>,
        new_password: Hidden<String>,
        request: RequestId,
    ) -> Result<()> {
        let system = Actor { request, ..Actor::system("") };
        let mut tx = self.0.db.read(&system).await?;
        let now = self.now();
        // A hash is worked out only for those who have a token.
        let (_, user) = find(&mut tx, &token, now).await?;
        drop(tx);
        let mut errors = FieldErrors::default();
        let names = [Some(&*user.name), user.email.as_deref()].into_iter().flatten().collect::<Vec<_>>();
        check_new_of(&names, "new_password", &new_password.0, &mut errors);
        errors.into_result()?;
        let password_hash = self.0.passwords.turn().await?.hash(new_password).await?;
        let actor = Actor { user: Some(user.id), name: user.name, ..system };
        self.write(&actor, SetPassword { token, password_hash }).await
    }
}

struct SetPassword {
    token: Hidden<String>,
    password_hash: Hidden<String>,
}

impl Work for SetPassword {
    type Out = ();
    const NAME: &'static str = "password_reset.complete";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        tx.lock(LOCK).await?;
        let now = tx.now();
        let (_, before) = find(tx, &self.token, now).await?;
        let mut after = UserRow { password_hash: self.password_hash.clone(), ..before.clone() };
        tx.update(&before, &mut after).await?;
        forget(tx, before.id).await?;
        session::delete_all_of(tx, before.id).await?;
        tx.signal(SIGNAL);
        Ok(())
    }
}

/// The user to whom a token was mailed, while it is good.
async fn find(tx: &mut Tx, token: &Hidden<String>, now: Timestamp) -> Result<(PasswordResetRow, UserRow)> {
    let void = || {
        Error::invalid(
            "token",
            "is not known: it has been used, is older than an hour, or was never mailed. Ask again.",
        )
    };
    if token.0.len() != PREFIX.len() + LETTERS || !token.0.starts_with(PREFIX) {
        return Err(void());
    }
    let found = tx.find::<PasswordResetRow>("secret_hash = $1", params![hash(&token.0)]).await?.pop();
    let reset = found.filter(|reset| now < reset.expires_at).ok_or_else(void)?;
    let user = load(tx, reset.user_id).await?;
    if user.enabled { Ok((reset, user)) } else { Err(void()) }
}
