//! Setting the permissions of a group.

use std::sync::Arc;

use kernel::{Action, Actor, Error, Grants, GroupId, ResourceId, Result, Rights};
use store::{Tx, Work, params};

use super::{Permission, PermissionRow, grants, model, read};
use crate::{
    Access, LOCK, SIGNAL,
    cover::{Tree, allow, require_cover},
    group,
    user::require_administrator,
};

impl Access {
    /// Gives a group these permissions and no others. An actor must have all the rights that the group had and will
    /// have, wherever in the tree.
    pub async fn set_permissions(
        &self,
        actor: &Actor,
        id: GroupId,
        permissions: &[Permission],
    ) -> Result<Vec<Permission>> {
        let entries = model::parse(permissions)?;
        self.write(actor, SetPermissions { id, entries, tree: self.0.settings.tree.clone() }).await
    }
}

struct SetPermissions {
    id: GroupId,
    entries: Vec<(ResourceId, Rights)>,
    tree: Arc<dyn Tree>,
}

impl Work for SetPermissions {
    type Out = Vec<Permission>;
    const NAME: &'static str = "group.set_permissions";

    async fn run(&self, tx: &mut Tx) -> Result<Vec<Permission>> {
        allow(tx.actor(), Action::Update)?;
        tx.lock(LOCK).await?;
        let group = group::load(tx, self.id).await?;
        let what = format!("You may not change the permissions of the group \"{}\"", group.name);
        let had = grants::of_group(tx, self.id).await?;
        require_cover(tx, &self.tree, &had, &what).await?;
        let mut wanted = Grants::default();
        for (at, (resource, rights)) in self.entries.iter().enumerate() {
            if self.tree.lineage(tx, *resource).await?.is_none() {
                return Err(Error::invalid(format!("[{at}].resource_id"), format!("there is no resource {resource}")));
            }
            wanted.add(self.id, *resource, *rights);
        }
        require_cover(tx, &self.tree, &wanted, &what).await?;
        self.save(tx).await?;
        require_administrator(tx).await?;
        tx.signal(SIGNAL);
        read::list(tx, self.id).await
    }
}

impl SetPermissions {
    async fn save(&self, tx: &mut Tx) -> Result<()> {
        let before = tx.find::<PermissionRow>("group_id = $1", params![self.id]).await?;
        for row in &before {
            match self.entries.iter().find(|(resource, _)| *resource == row.resource_id) {
                Some((_, rights)) if *rights == row.rights => {}
                Some((_, rights)) => tx.update(row, &mut PermissionRow { rights: *rights, ..row.clone() }).await?,
                None => tx.delete(row).await?,
            }
        }
        for (resource, rights) in &self.entries {
            if !before.iter().any(|row| row.resource_id == *resource) {
                insert(tx, self.id, *resource, *rights).await?;
            }
        }
        Ok(())
    }
}

/// Hangs a new entry of a group on a resource.
pub(crate) async fn insert(tx: &mut Tx, group_id: GroupId, resource_id: ResourceId, rights: Rights) -> Result<()> {
    let id = tx.new_id::<PermissionRow>().await?;
    tx.insert(&PermissionRow { id, version: 1, group_id, resource_id, rights }).await
}
