//! Adding a group.

use kernel::{Action, Actor, Error, GroupId, Result};
use store::{RequestKey, Tx, Work, params};

use super::{Group, GroupRow, NewGroup, model};
use crate::{Access, LOCK, cover::allow};

impl Access {
    /// Adds a group without members and permissions.
    pub async fn add_group(&self, actor: &Actor, new: NewGroup, key: Option<RequestKey>) -> Result<Group> {
        let name = model::name(&new.name)?;
        self.write(actor, AddGroup { name, enabled: new.enabled, key }).await
    }
}

struct AddGroup {
    name: String,
    enabled: bool,
    key: Option<RequestKey>,
}

impl Work for AddGroup {
    type Out = Group;
    const NAME: &'static str = "group.add";

    async fn run(&self, tx: &mut Tx) -> Result<Group> {
        allow(tx.actor(), Action::Create)?;
        tx.lock(LOCK).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let id = insert(tx, &self.name, self.enabled).await?;
        let group = Group { id, name: self.name.clone(), enabled: self.enabled };
        tx.remember(self.key.as_ref(), &group).await?;
        Ok(group)
    }
}

/// Adds a group under a name that no other one may have.
pub(crate) async fn insert(tx: &mut Tx, name: &str, enabled: bool) -> Result<GroupId> {
    require_free(tx, name).await?;
    let id = GroupId(tx.new_id::<GroupRow>().await?);
    tx.insert(&GroupRow { id, version: 1, name: name.to_owned(), name_key: name.to_lowercase(), enabled }).await?;
    Ok(id)
}

/// Refuses a name that another group has.
pub(super) async fn require_free(tx: &mut Tx, name: &str) -> Result<()> {
    if tx.find::<GroupRow>("name_key = $1", params![name.to_lowercase()]).await?.is_empty() {
        return Ok(());
    }
    Err(Error::conflict_of("name", format!("there is a group \"{name}\" already.")))
}
