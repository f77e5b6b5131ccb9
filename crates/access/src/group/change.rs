//! Changing a group.

use std::sync::Arc;

use kernel::{Action, Actor, GroupId, Result};
use store::{Tx, Work};

use super::{Group, GroupPatch, GroupRow, add::require_free, load, model};
use crate::{
    Access, LOCK, SIGNAL,
    cover::{Tree, allow, require_cover},
    permission,
    user::require_administrator,
};

impl Access {
    /// Renames a group, or lets it give its permissions or not.
    pub async fn change_group(&self, actor: &Actor, id: GroupId, patch: GroupPatch) -> Result<Group> {
        let name = patch.name.as_deref().map(model::name).transpose()?;
        self.write(actor, ChangeGroup { id, name, enabled: patch.enabled, tree: self.0.settings.tree.clone() }).await
    }
}

struct ChangeGroup {
    id: GroupId,
    name: Option<String>,
    enabled: Option<bool>,
    tree: Arc<dyn Tree>,
}

impl Work for ChangeGroup {
    type Out = Group;
    const NAME: &'static str = "group.change";

    async fn run(&self, tx: &mut Tx) -> Result<Group> {
        allow(tx.actor(), Action::Update)?;
        tx.lock(LOCK).await?;
        let before = load(tx, self.id).await?;
        let grants = permission::of_group(tx, self.id).await?;
        require_cover(tx, &self.tree, &grants, &format!("You may not change the group \"{}\"", before.name)).await?;
        let name = self.name.clone().unwrap_or_else(|| before.name.clone());
        let name_key = name.to_lowercase();
        if name_key != before.name_key {
            require_free(tx, &name).await?;
        }
        let enabled = self.enabled.unwrap_or(before.enabled);
        let mut after = GroupRow { name, name_key, enabled, ..before.clone() };
        if after != before {
            tx.update(&before, &mut after).await?;
            require_administrator(tx).await?;
            tx.signal(SIGNAL);
        }
        Ok(after.into())
    }
}
