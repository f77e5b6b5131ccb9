//! Moving a resource, with all below it, to another place in the tree.

use kernel::{Action, Actor, Area, Error, ResourceId, Result, Rights};
use store::Tx;

use super::{Resource, model::DEEPEST, rule, visible::within};

/// Plans the move of a resource: its own new place goes into `after`, which the caller saves; what is below it is
/// saved here.
pub(super) async fn move_below(
    tx: &mut Tx,
    before: &Resource,
    after: &mut Resource,
    parent_id: ResourceId,
) -> Result<()> {
    if before.is_system {
        return Err(Error::conflict(format!("\"{}\" ({}) belongs to the system and stays.", before.name, before.id)));
    }
    let parent = rule::parent(tx, parent_id).await?;
    before.allow(tx.actor(), Area::Resource, Action::Delete)?;
    parent.allow(tx.actor(), Area::Resource, Action::Create).map_err(rule::in_parent)?;
    if parent.is_within(before) {
        return Err(Error::invalid("parent_id", "a resource can't be moved below itself"));
    }
    let range = within("resource", &before.path);
    let below = tx.find::<Resource>(range.text(), range.params()).await?;
    let deepest = below.iter().map(|resource| resource.lineage().len()).max().unwrap_or(0);
    if deepest + parent.lineage().len() + 1 > DEEPEST + before.lineage().len() {
        return Err(Error::invalid("parent_id", format!("the tree may be {DEEPEST} levels deep at the most")));
    }
    after.parent_id = Some(parent.id);
    after.path = format!("{}{}/", parent.path, before.id);
    for resource in below {
        let rest = resource.path.strip_prefix(&before.path).unwrap_or_default();
        let mut moved = Resource { path: format!("{}{rest}", after.path), ..resource.clone() };
        refuse_gain(tx.actor(), &resource, &moved)?;
        if resource.id != before.id {
            tx.update(&resource, &mut moved).await?;
        }
    }
    Ok(())
}

/// Refuses a move by which the actor would get rights in other areas: who may arrange resources everywhere, and use
/// address space somewhere, must not get at all address space by moving its holders there.
pub(crate) fn refuse_gain(actor: &Actor, before: &Resource, after: &Resource) -> Result<()> {
    let arranging = [Action::Create, Action::Read, Action::Update, Action::Delete];
    let arranging = arranging.iter().fold(Rights::NONE, |sum, action| sum | Rights::of(Area::Resource, *action));
    let (had, gets) = (before.rights(actor) | arranging, after.rights(actor));
    if had.has(gets) {
        return Ok(());
    }
    let known = had.names();
    let gained: Vec<_> = gets.names().into_iter().filter(|name| !known.contains(name)).collect();
    let (name, id, gained) = (&before.name, before.id, gained.join(", "));
    Err(Error::forbidden(format!("This move would give you rights on \"{name}\" ({id}) that you lack: {gained}.")))
}
