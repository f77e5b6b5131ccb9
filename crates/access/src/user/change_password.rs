//! Changing one's own password.

use kernel::{Actor, Error, FieldErrors, Result, UserId};
use store::{Tx, Work};

use super::{UserRow, load, password::check_new_of};
use crate::{
    Access, LOCK, SIGNAL,
    hidden::Hidden,
    password_reset, session,
    sign_in::{LOCAL, Shown},
};

impl Access {
    /// Gives the actor another password. It takes no rights, but the password that they have: whoever finds a
    /// terminal that someone has left, or a token, must not be able to lock its owner out.
    pub async fn change_password(&self, actor: &Actor, current: Hidden<String>, new: Hidden<String>) -> Result<()> {
        let Some(id) = actor.user else { return Err(Error::forbidden("The system itself has no password.")) };
        // The actor's name may be that of a moment ago.
        let UserRow { name, email, .. } = load(&mut self.0.db.read(actor).await?, id).await?;
        let mut errors = FieldErrors::default();
        let names = [Some(&*name), email.as_deref()].into_iter().flatten().collect::<Vec<_>>();
        check_new_of(&names, "new_password", &new.0, &mut errors);
        errors.into_result()?;
        self.prove_password(Shown { name: &name, password: &current, kind: Some(LOCAL), from: None }).await.map_err(
            |error| match error {
                Error::Unauthenticated(_) => Error::invalid("current_password", "is wrong"),
                other => other,
            },
        )?;
        let password_hash = self.0.passwords.turn().await?.hash(new).await?;
        self.write(actor, ChangePassword { id, password_hash }).await
    }
}

struct ChangePassword {
    id: UserId,
    password_hash: Hidden<String>,
}

impl Work for ChangePassword {
    type Out = ();
    const NAME: &'static str = "user.change_password";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        tx.lock(LOCK).await?;
        let before = load(tx, self.id).await?;
        let mut after = UserRow { password_hash: self.password_hash.clone(), ..before.clone() };
        tx.update(&before, &mut after).await?;
        password_reset::forget(tx, self.id).await?;
        session::delete_all_of(tx, self.id).await?;
        tx.signal(SIGNAL);
        Ok(())
    }
}
