//! Looking at groups.

use kernel::{Action, Actor, GroupId, Page, Result};
use store::{Tx, params};

use super::{Group, GroupRow, Member, member, model::not_found};
use crate::{Access, cover::allow};

impl Access {
    /// The groups by name, and whether there are more behind this page.
    pub async fn groups(&self, actor: &Actor, page: Page) -> Result<(Vec<Group>, bool)> {
        allow(actor, Action::Read)?;
        let (limit, offset) = (i64::from(page.limit) + 1, page.offset);
        let mut tx = self.0.db.read(actor).await?;
        let mut rows =
            tx.find::<GroupRow>("id > 0 ORDER BY name_key LIMIT $1 OFFSET $2", params![limit, offset]).await?;
        let more = rows.len() > page.limit as usize;
        rows.truncate(page.limit as usize);
        Ok((rows.into_iter().map(Group::from).collect(), more))
    }

    /// One group.
    pub async fn group(&self, actor: &Actor, id: GroupId) -> Result<Group> {
        allow(actor, Action::Read)?;
        load(&mut self.0.db.read(actor).await?, id).await.map(Group::from)
    }

    /// The users in a group, by name.
    pub async fn members(&self, actor: &Actor, id: GroupId) -> Result<Vec<Member>> {
        allow(actor, Action::Read)?;
        let mut tx = self.0.db.read(actor).await?;
        load(&mut tx, id).await?;
        member::list(&mut tx, id).await
    }
}

/// Those of these groups that there are.
pub async fn groups_by_id(tx: &mut Tx, ids: &[GroupId]) -> Result<Vec<Group>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows = tx.find::<GroupRow>("id = ANY($1) ORDER BY name_key", params![ids]).await?;
    Ok(rows.into_iter().map(Group::from).collect())
}

/// The group with this id.
pub(crate) async fn load(tx: &mut Tx, id: GroupId) -> Result<GroupRow> {
    tx.get(id).await?.ok_or_else(|| not_found(id))
}

/// The group with this id, for slices that keep something of their own about groups. It asks for no right.
pub async fn load_group(tx: &mut Tx, id: GroupId) -> Result<Group> {
    load(tx, id).await.map(Group::from)
}
