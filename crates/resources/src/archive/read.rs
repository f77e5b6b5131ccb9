//! Reading copies. They are read by whoever may read the resource now; when it is gone, by whoever may read the place
//! where it would be.

use kernel::{Action, Area, Error, Order, Page, ResourceId, Result, Rights};
use store::{Query, Tx, params};

use super::{ArchivedCopy, Backup, model::Content};
use crate::{
    attribute,
    resource::{Details, Resource, load, not_found, rights_at},
    section,
};

/// A part of the copies of a resource by age, and how many there are in all.
pub(crate) async fn backups(tx: &mut Tx, id: ResourceId, order: Order, page: Page) -> Result<(Vec<Backup>, u64)> {
    let mut condition = Query::new("resource_id = ");
    condition.bind(id);
    find(tx, id, condition, order, page).await
}

/// The same of those that were taken while the resource lay directly below this one.
pub(crate) async fn backups_below(
    tx: &mut Tx,
    id: ResourceId,
    parent: ResourceId,
    page: Page,
) -> Result<(Vec<Backup>, u64)> {
    let mut condition = Query::new("resource_id = ");
    condition.bind(id).push(" AND path LIKE ").bind(format!("%/{parent}/{id}/").as_str());
    find(tx, id, condition, Order::Descending, page).await
}

/// One copy of a resource.
pub(super) async fn copy(tx: &mut Tx, id: ResourceId, copy_id: i64) -> Result<ArchivedCopy> {
    rights(tx, id).await?;
    let found = tx.get::<ArchivedCopy>(copy_id).await?.filter(|copy| copy.resource_id == id);
    found.ok_or_else(|| Error::not_found(format!("Resource {id} has no backup with ID: {copy_id}")))
}

async fn find(
    tx: &mut Tx,
    id: ResourceId,
    mut condition: Query,
    order: Order,
    page: Page,
) -> Result<(Vec<Backup>, u64)> {
    let rights = rights(tx, id).await?;
    let mut count = Query::new("SELECT COUNT(*) FROM resource_archive WHERE ");
    count.append(&condition);
    let all = tx.scalar::<i64>(count.text(), count.params()).await?.unwrap_or(0).cast_unsigned();
    condition.push(&format!(" ORDER BY id {} LIMIT ", order.sql())).bind(page.limit).push(" OFFSET ").bind(page.offset);
    let copies = tx.find::<ArchivedCopy>(condition.text(), condition.params()).await?;
    Ok((shown(tx, copies, rights).await?, all))
}

/// What the actor may do now with a resource of which there are copies; refused when that is not even to read it.
async fn rights(tx: &mut Tx, id: ResourceId) -> Result<Rights> {
    let lineage = if let Some(resource) = tx.get::<Resource>(id).await? {
        resource.lineage()
    } else {
        let newest = "resource_id = $1 ORDER BY id DESC LIMIT 1";
        let copy = tx.find::<ArchivedCopy>(newest, params![id]).await?.pop().ok_or_else(|| not_found(id))?;
        copy.content()?.resource.lineage()
    };
    let rights = rights_at(tx, lineage).await?;
    if rights.has(Rights::of(Area::Resource, Action::Read)) { Ok(rights) } else { Err(not_found(id)) }
}

/// Copies as they are shown to whoever has these rights on the resource.
pub(super) async fn shown(tx: &mut Tx, copies: Vec<ArchivedCopy>, rights: Rights) -> Result<Vec<Backup>> {
    let contents = copies.iter().map(ArchivedCopy::content).collect::<Result<Vec<Content>>>()?;
    let sections: Vec<ResourceId> = contents.iter().filter_map(|content| content.resource.section_id).collect();
    let fields = contents.iter().flat_map(|content| &content.fields).map(|field| field.field_id);
    let linked = contents.iter().flat_map(|content| &content.links).flat_map(|l| [l.resource_id1, l.resource_id2]);
    let others: Vec<ResourceId> = sections.iter().copied().chain(fields).chain(linked).collect();
    let others = load(tx, &others).await?;
    let section_attributes = attribute::load(tx, &sections).await?;
    let section_gadgets = section::gadgets_of(tx, &sections).await?;
    let actor = tx.actor();
    let read = Rights::of(Area::Resource, Action::Read);
    let readable = |id: ResourceId| others.get(&id).is_some_and(|other| other.rights(actor).has(read));
    let backup = |(copy, content): (ArchivedCopy, Content)| {
        let Content { resource, attributes, fields, mut gadgets, mut links } = content;
        links.retain(|link| readable(link.other(resource.id)));
        let section = resource.section_id.and_then(|id| others.get(&id)).cloned();
        if let Some(section) = &section {
            gadgets = section_gadgets.get(&section.id).cloned().unwrap_or_default();
        }
        let details = Details {
            section_attributes: section
                .as_ref()
                .and_then(|s| section_attributes.get(&s.id))
                .cloned()
                .unwrap_or_default(),
            fields: fields.into_iter().filter_map(|f| Some((f.clone(), others.get(&f.field_id)?.clone()))).collect(),
            resource,
            attributes,
            rights,
            section,
            gadgets,
            links,
        };
        Backup { copy, details }
    };
    Ok(copies.into_iter().zip(contents).map(backup).collect())
}
