//! Making, changing and deleting views.

use kernel::{Action, Area, Error, ResourceId, Result};
use store::{RequestKey, Tx, Work, params};

use super::{
    model::{self, Definition, View, ViewInput},
    read::get,
    row::ViewRow,
};
use crate::{resource::load, section::SECTION};

/// The most views of one user.
const MOST: i64 = 500;

/// Makes a view that belongs to the actor.
pub(super) struct AddView {
    pub(super) input: ViewInput,
    pub(super) key: Option<RequestKey>,
}

impl Work for AddView {
    type Out = View;
    const NAME: &'static str = "view.add";

    async fn run(&self, tx: &mut Tx) -> Result<View> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let name = self.input.name.as_deref().ok_or_else(|| Error::invalid("name", "is required"))?;
        let name = model::name(name)?;
        let definition = self.input.apply(Definition::default())?;
        let definition = checked(tx, &definition, &[]).await?;
        let owner_id = tx.actor().user;
        let count = tx.scalar("SELECT COUNT(*) FROM resource_view WHERE owner_id = $1", params![owner_id]).await?;
        if count.unwrap_or(0) >= MOST {
            return Err(Error::conflict(format!("You have {MOST} views, which is the most; delete one first.")));
        }
        let (id, now) = (tx.new_id::<ViewRow>().await?, tx.now());
        let shared = self.input.shared.unwrap_or(false);
        let row = ViewRow { id, version: 0, owner_id, name, shared, definition, created_at: now, modified_at: now };
        tx.insert(&row).await?;
        let view = row.try_into()?;
        tx.remember(self.key.as_ref(), &view).await?;
        Ok(view)
    }
}

/// Changes a view: what is given, or all of it.
pub(super) struct ChangeView {
    pub(super) id: i64,
    pub(super) input: ViewInput,
    /// Whether what is not given goes back to what is usual.
    pub(super) whole: bool,
    pub(super) key: Option<RequestKey>,
}

impl Work for ChangeView {
    type Out = View;
    const NAME: &'static str = "view.change";

    async fn run(&self, tx: &mut Tx) -> Result<View> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let before = get(tx, self.id).await?;
        before.allow_change(tx.actor())?;
        let known: Definition = serde_json::from_str(&before.definition).map_err(Error::internal)?;
        let (name, shared) = match (&self.input.name, self.whole) {
            (None, true) => return Err(Error::invalid("name", "is required")),
            (name, whole) => (
                name.as_deref().map_or_else(|| Ok(before.name.clone()), model::name)?,
                self.input.shared.unwrap_or(!whole && before.shared),
            ),
        };
        let definition = self.input.apply(if self.whole { Definition::default() } else { known.clone() })?;
        let definition = checked(tx, &definition, &known.sections).await?;
        let mut after = ViewRow { name, shared, definition, ..before.clone() };
        if after != before {
            after.modified_at = tx.now();
            tx.update(&before, &mut after).await?;
        }
        let view = after.try_into()?;
        tx.remember(self.key.as_ref(), &view).await?;
        Ok(view)
    }
}

/// Deletes a view.
pub(super) struct DeleteView {
    pub(super) id: i64,
    pub(super) key: Option<RequestKey>,
}

impl Work for DeleteView {
    type Out = ();
    const NAME: &'static str = "view.delete";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        if tx.answered::<()>(self.key.as_ref()).await?.is_some() {
            return Ok(());
        }
        let row = get(tx, self.id).await?;
        row.allow_change(tx.actor())?;
        tx.delete(&row).await?;
        tx.remember(self.key.as_ref(), &()).await
    }
}

/// The definition as it is kept, when all of it is in order. Sections that it has had already may be gone by now.
async fn checked(tx: &mut Tx, definition: &Definition, before: &[String]) -> Result<String> {
    definition.check()?;
    let new = definition.sections.iter().filter(|id| !before.contains(*id));
    let ids: Vec<ResourceId> = new.filter_map(|id| id.parse().ok()).collect();
    let found = load(tx, &ids).await?;
    let actor = tx.actor();
    let is_section = |id: &ResourceId| {
        found.get(id).is_some_and(|r| r.kind == SECTION && r.allow(actor, Area::Resource, Action::Read).is_ok())
    };
    match ids.iter().find(|id| !is_section(id)) {
        Some(id) => Err(Error::invalid("sections", format!("there is no section {id}"))),
        None => serde_json::to_string(definition).map_err(Error::internal),
    }
}
