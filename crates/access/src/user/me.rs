//! Looking at oneself.

use kernel::{Actor, Error, ResourceId, Result};

use super::{Me, User, read};
use crate::Access;

impl Access {
    /// Who the actor is, and what they may do everywhere.
    pub async fn me(&self, actor: &Actor) -> Result<Me> {
        let Some(id) = actor.user else { return Err(Error::forbidden("The system itself is not a user.")) };
        let User { username, email, groups, .. } = read::show(&mut self.0.db.read(actor).await?, id).await?;
        let permissions = actor.rights(&[ResourceId::TOP]).names();
        Ok(Me { id, name: username, email, groups, permissions })
    }
}
