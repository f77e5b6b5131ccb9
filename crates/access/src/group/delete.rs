//! Deleting a group.

use std::sync::Arc;

use kernel::{Action, Actor, GroupId, Result};
use store::{Tx, Work, params};

use super::{MemberRow, load};
use crate::{
    Access, LOCK, SIGNAL,
    cover::{Tree, allow, require_cover},
    permission::{self, PermissionRow},
    user::require_administrator,
};

impl Access {
    /// Deletes a group with its permissions. Its members lose what they had by it.
    pub async fn delete_group(&self, actor: &Actor, id: GroupId) -> Result<()> {
        self.write(actor, DeleteGroup { id, tree: self.0.settings.tree.clone() }).await
    }
}

struct DeleteGroup {
    id: GroupId,
    tree: Arc<dyn Tree>,
}

impl Work for DeleteGroup {
    type Out = ();
    const NAME: &'static str = "group.delete";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        allow(tx.actor(), Action::Delete)?;
        tx.lock(LOCK).await?;
        let group = load(tx, self.id).await?;
        let grants = permission::of_group(tx, self.id).await?;
        require_cover(tx, &self.tree, &grants, &format!("You may not delete the group \"{}\"", group.name)).await?;
        for row in tx.find::<PermissionRow>("group_id = $1", params![self.id]).await? {
            tx.delete(&row).await?;
        }
        for row in tx.find::<MemberRow>("group_id = $1", params![self.id]).await? {
            tx.delete(&row).await?;
        }
        tx.delete(&group).await?;
        require_administrator(tx).await?;
        tx.signal(SIGNAL);
        Ok(())
    }
}
