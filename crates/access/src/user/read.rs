//! Looking at users.

use kernel::{Action, Actor, Page, Result, UserId};
use store::{Tx, params};

use super::{User, UserRow, model::not_found};
use crate::{Access, cover::allow, group};

impl Access {
    /// The users by name, and whether there are more behind this page. `q` is what the name must contain, in any case.
    pub async fn users(&self, actor: &Actor, q: Option<&str>, page: Page) -> Result<(Vec<User>, bool)> {
        allow(actor, Action::Read)?;
        let mut tx = self.0.db.read(actor).await?;
        let (limit, offset) = (i64::from(page.limit) + 1, page.offset);
        let condition = "name_key LIKE $1 ESCAPE '!' ORDER BY name_key LIMIT $2 OFFSET $3";
        let mut rows = tx.find::<UserRow>(condition, params![containing(q.unwrap_or_default()), limit, offset]).await?;
        let more = rows.len() > page.limit as usize;
        rows.truncate(page.limit as usize);
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let mut groups = group::groups_of(&mut tx, &ids).await?;
        let users = rows.into_iter().map(|row| {
            let groups = groups.remove(&row.id).unwrap_or_default();
            User::new(row, groups)
        });
        Ok((users.collect(), more))
    }

    /// One user. Everyone may look at themselves.
    pub async fn user(&self, actor: &Actor, id: UserId) -> Result<User> {
        if actor.user != Some(id) {
            allow(actor, Action::Read)?;
        }
        show(&mut self.0.db.read(actor).await?, id).await
    }
}

/// The pattern of all texts that contain this one.
fn containing(text: &str) -> String {
    let text = text.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{text}%")
}

/// The user with this id, with their groups.
pub(super) async fn show(tx: &mut Tx, id: UserId) -> Result<User> {
    let row = load(tx, id).await?;
    let groups = group::groups_of(tx, &[id]).await?.remove(&id).unwrap_or_default();
    Ok(User::new(row, groups))
}

/// The user with this id.
pub(crate) async fn load(tx: &mut Tx, id: UserId) -> Result<UserRow> {
    tx.get(id).await?.ok_or_else(|| not_found(id))
}

/// Where a user gets mail; nothing when they have no address, are disabled or gone.
pub async fn address_of(tx: &mut Tx, id: UserId) -> Result<Option<String>> {
    Ok(tx.get::<UserRow>(id).await?.filter(|user| user.enabled).and_then(|user| user.email))
}

/// The user with this name, in any case.
pub(crate) async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<UserRow>> {
    Ok(tx.find::<UserRow>("name_key = $1", params![name.to_lowercase()]).await?.pop())
}
