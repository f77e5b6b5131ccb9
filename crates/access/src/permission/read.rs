//! Looking at the permissions of a group.

use kernel::{Action, Actor, GroupId, Result};
use store::{Tx, params};

use super::{Permission, PermissionRow};
use crate::{Access, cover::allow, group};

impl Access {
    /// The permissions of a group, by resource.
    pub async fn permissions(&self, actor: &Actor, id: GroupId) -> Result<Vec<Permission>> {
        allow(actor, Action::Read)?;
        let mut tx = self.0.db.read(actor).await?;
        group::load(&mut tx, id).await?;
        list(&mut tx, id).await
    }
}

pub(crate) async fn list(tx: &mut Tx, id: GroupId) -> Result<Vec<Permission>> {
    let rows = tx.find::<PermissionRow>("group_id = $1 ORDER BY resource_id", params![id]).await?;
    Ok(rows.into_iter().map(|row| Permission::new(row.resource_id, row.rights)).collect())
}
