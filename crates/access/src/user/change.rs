//! Changing a user.

use std::sync::Arc;

use kernel::{Action, Actor, FieldErrors, Result, UserId};
use store::{Tx, Work};

use super::{User, UserPatch, UserRow, add::require_free, load, password::check_new_of, read, require_administrator};
use crate::{
    Access, LOCK, SIGNAL,
    cover::{Tree, allow, require_cover},
    hidden::Hidden,
    password_reset, permission, session,
};

impl Access {
    /// Changes a user. An actor must have all the rights that the user has: whoever could set the password of an
    /// administrator would be one.
    pub async fn change_user(&self, actor: &Actor, id: UserId, patch: UserPatch) -> Result<User> {
        // Before a hash is spent on it.
        allow(actor, Action::Update)?;
        patch.check()?;
        let password_hash = match &patch.password {
            Some(password) => Some(self.0.passwords.turn().await?.hash(password.clone()).await?),
            None => None,
        };
        self.write(actor, ChangeUser { id, patch, password_hash, tree: self.0.settings.tree.clone() }).await
    }
}

struct ChangeUser {
    id: UserId,
    patch: UserPatch,
    password_hash: Option<Hidden<String>>,
    tree: Arc<dyn Tree>,
}

impl Work for ChangeUser {
    type Out = User;
    const NAME: &'static str = "user.change";

    async fn run(&self, tx: &mut Tx) -> Result<User> {
        allow(tx.actor(), Action::Update)?;
        tx.lock(LOCK).await?;
        let before = load(tx, self.id).await?;
        let grants = permission::of_user(tx, self.id).await?;
        require_cover(tx, &self.tree, &grants, &format!("You may not change the user \"{}\"", before.name)).await?;
        let UserPatch { username, email, enabled, .. } = self.patch.clone();
        let mut after = UserRow {
            email: email.apply(before.email.clone()),
            enabled: enabled.unwrap_or(before.enabled),
            password_hash: self.password_hash.clone().unwrap_or_else(|| before.password_hash.clone()),
            ..before.clone()
        };
        if let Some(password) = &self.patch.password {
            let mut errors = FieldErrors::default();
            let names = [Some(&*before.name), after.email.as_deref()].into_iter().flatten().collect::<Vec<_>>();
            check_new_of(&names, "password", &password.0, &mut errors);
            errors.into_result()?;
        }
        if let Some(name) = username {
            after.name_key = name.to_lowercase();
            after.name = name.into();
        }
        if after.name_key != before.name_key {
            require_free(tx, &after.name).await?;
        }
        if after != before {
            tx.update(&before, &mut after).await?;
            if (&after.email, &after.password_hash.0) != (&before.email, &before.password_hash.0) || !after.enabled {
                password_reset::forget(tx, self.id).await?;
            }
            require_administrator(tx).await?;
            if !after.enabled || after.password_hash != before.password_hash {
                session::delete_all_of(tx, self.id).await?;
            }
            tx.signal(SIGNAL);
        }
        read::show(tx, self.id).await
    }
}
