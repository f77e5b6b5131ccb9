//! Giving a new password to someone who has lost theirs.

use kernel::{Actor, Error, Result};

use super::{UserPatch, by_name};
use crate::{Access, hidden::Hidden, random};

impl Access {
    /// Gives the user with this name a random password, which is shown this once. The rules are those of changing
    /// the user: an actor must have all the rights that the user has.
    pub async fn reset_password(&self, actor: &Actor, name: &str) -> Result<Hidden<String>> {
        actor.must_mean_it("a password is made once")?;
        let user = by_name(&mut self.0.db.read(actor).await?, name).await?;
        let user = user.ok_or_else(|| Error::not_found(format!("There is no user \"{name}\".")))?;
        let password = Hidden(random::password());
        let patch = UserPatch { password: Some(password.clone()), ..UserPatch::default() };
        self.change_user(actor, user.id, patch).await?;
        Ok(password)
    }
}
