//! A resource as it was.
//!
//! Who may read it is decided by the rights of now, at the place where it is now. One that has been deleted is read by
//! whoever may read the place where it would be: below the nearest resource above it that is still there.

use kernel::{Action, Area, Error, ResourceId, Result, Rights, Timestamp};
use store::{Past, Record, Tx};

use super::{
    Details, Resource, load,
    model::{lineage_of, not_found},
};
use crate::{
    attribute::{self, Attribute},
    link::Link,
    section::{self, Gadget, SectionField},
};

/// A resource with its attributes, section and links as they were at this instant, all changes of the instant itself
/// included. The rights are those that the actor has now.
pub async fn details_as_of(tx: &mut Tx, id: ResourceId, at: Timestamp) -> Result<Details> {
    let past = past(tx, id, at).await?;
    let rights = rights_now(tx, id, &past).await?;
    if !rights.has(Rights::of(Area::Resource, Action::Read)) {
        return Err(not_found(id));
    }
    let not_then = || Error::not_found(format!("There was no resource with ID {id} at {}", at.exact()));
    let resource = past.record::<Resource>(tx, id).await?.ok_or_else(not_then)?;
    let (mut section, mut section_attributes) = (None, attribute::Attributes::new());
    let mut gadgets = past.parts::<Gadget>(tx, "section_id", id).await?;
    if let Some(section_id) = resource.section_id {
        let past = self::past(tx, section_id, at).await?;
        section = past.record::<Resource>(tx, section_id).await?;
        section_attributes = attribute::as_they_were(tx, &past, section_id).await?;
        gadgets = past.parts::<Gadget>(tx, "section_id", section_id).await?;
    }
    gadgets.sort_by_key(|gadget| gadget.position);
    Ok(Details {
        attributes: attribute::as_they_were(tx, &past, id).await?,
        rights,
        section,
        section_attributes,
        gadgets,
        fields: if resource.kind == section::SECTION { fields(tx, &past, id, at).await? } else { Vec::new() },
        links: links(tx, &past, id, at).await?,
        resource,
    })
}

async fn past(tx: &mut Tx, id: ResourceId, at: Timestamp) -> Result<Past> {
    tx.past(Resource::table().name, id, at).await
}

/// What the actor may do now with a resource that is there or was there after the beginning of this past; nothing when
/// it neither is nor was.
pub(super) async fn rights_now(tx: &mut Tx, id: ResourceId, past: &Past) -> Result<Rights> {
    if let Some(resource) = tx.get::<Resource>(id).await? {
        return Ok(resource.rights(tx.actor()));
    }
    let place = place_of_gone(tx, id, past).await?;
    Ok(rights_below(tx, place))
}

/// What the actor may do now at the place of something that is there or was: below the nearest resource above it that
/// is still there.
pub(crate) async fn rights_at(tx: &mut Tx, lineage: Vec<ResourceId>) -> Result<Rights> {
    let place = place(tx, lineage).await?;
    Ok(rights_below(tx, place))
}

fn rights_below(tx: &Tx, place: Option<String>) -> Rights {
    place.map_or(Rights::NONE, |path| tx.actor().rights(&lineage_of(&path)))
}

/// Where a resource would be that has been deleted: its path, below the nearest resource above it that is still there.
async fn place_of_gone(tx: &mut Tx, id: ResourceId, past: &Past) -> Result<Option<String>> {
    let Some(gone) = past.at_its_end::<Resource>(id)? else { return Ok(None) };
    place(tx, gone.lineage()).await
}

/// The path of something with this lineage, below the nearest resource of it that is still there.
async fn place(tx: &mut Tx, lineage: Vec<ResourceId>) -> Result<Option<String>> {
    let known = load(tx, &lineage).await?;
    let above = lineage.iter().enumerate().find_map(|(place, id)| Some((place, known.get(id)?)));
    Ok(above.map(|(place, above)| {
        let below = lineage.iter().take(place).rev();
        below.fold(above.path.clone(), |path, id| format!("{path}{id}/"))
    }))
}

/// These resources as they were at this instant; without one, as they are or, if they are gone, were at their end. Those
/// that were not there are missing. The paths are those of now, so that rights are.
pub async fn as_they_were(tx: &mut Tx, ids: &[ResourceId], at: Option<Timestamp>) -> Result<Vec<Resource>> {
    let (mut now, mut known) = (load(tx, ids).await?, Vec::new());
    for id in ids {
        let now = now.remove(id);
        let since = if now.is_some() { Timestamp(i64::MAX) } else { Timestamp(i64::MIN) };
        let past = self::past(tx, *id, at.unwrap_or(since)).await?;
        let then = match (at, &now) {
            (Some(_), _) => past.record::<Resource>(tx, *id).await?,
            (None, Some(now)) => Some(now.clone()),
            (None, None) => past.at_its_end::<Resource>(*id)?,
        };
        let Some(mut then) = then else { continue };
        then.path = match now {
            Some(now) => now.path,
            None => place_of_gone(tx, *id, &past).await?.unwrap_or_default(),
        };
        known.push(then);
    }
    Ok(known)
}

/// The tables of which [`rewind`] shows the past.
pub const TABLES: [&str; 5] = ["resource", "resource_attr", "resource_link", "section_field", "section_gadget"];

/// Has a reading transaction find the resources, and what belongs to them, as they were at the beginning of this past:
/// all of those [`TABLES`] that it is about. The paths are those of now, so that rights are.
pub async fn rewind(tx: &mut Tx, past: &Past) -> Result<()> {
    let (ids, mut then) = past.records::<Resource>(tx).await?;
    let now: Vec<ResourceId> = then.iter().map(|resource| resource.id).collect();
    let now = load(tx, &now).await?;
    for resource in &mut then {
        resource.path = match now.get(&resource.id) {
            Some(now) => now.path.clone(),
            None => place_of_gone(tx, resource.id, past).await?.unwrap_or_default(),
        };
    }
    let (attributes, links) = (past.records::<Attribute>(tx).await?, past.records::<Link>(tx).await?);
    let (fields, gadgets) = (past.records::<SectionField>(tx).await?, past.records::<Gadget>(tx).await?);
    see(tx, ids, &then)?;
    see(tx, attributes.0, &attributes.1)?;
    see(tx, links.0, &links.1)?;
    see(tx, fields.0, &fields.1)?;
    see(tx, gadgets.0, &gadgets.1)
}

/// A table in which nothing has changed is read as it is.
fn see<R: Record>(tx: &mut Tx, ids: Vec<i64>, then: &[R]) -> Result<()> {
    if ids.is_empty() { Ok(()) } else { tx.see(ids, then) }
}

/// Has a reading transaction find all resources, and what belongs to them, as they were at this instant. An instant
/// since which too much has changed is refused.
pub(crate) async fn rewind_to(tx: &mut Tx, at: Option<Timestamp>) -> Result<()> {
    let Some(at) = at else { return Ok(()) };
    let past = tx.past_of(&TABLES, at).await?;
    rewind(tx, &past).await
}

/// The fields that a section had, in order.
async fn fields(tx: &mut Tx, past: &Past, id: ResourceId, at: Timestamp) -> Result<Vec<(SectionField, Resource)>> {
    let mut places = past.parts::<SectionField>(tx, "section_id", id).await?;
    places.sort_by_key(|field| field.position);
    let mut fields = Vec::new();
    for place in places {
        let field = tx.as_of::<Resource>(place.field_id, at).await?;
        fields.extend(field.map(|field| (place, field)));
    }
    Ok(fields)
}

/// The links that it had, as far as the actor may now read what is on the other side.
async fn links(tx: &mut Tx, past: &Past, id: ResourceId, at: Timestamp) -> Result<Vec<Link>> {
    let mut links = past.parts::<Link>(tx, "resource_id1", id).await?;
    links.extend(past.parts::<Link>(tx, "resource_id2", id).await?);
    links.sort_by_key(|link| link.id);
    let other = |link: &Link| if link.resource_id1 == id { link.resource_id2 } else { link.resource_id1 };
    let others: Vec<ResourceId> = links.iter().map(other).collect();
    let known = load(tx, &others).await?;
    let mut seen = Vec::new();
    for link in links {
        let rights = if let Some(resource) = known.get(&other(&link)) {
            resource.rights(tx.actor())
        } else {
            let past = self::past(tx, other(&link), at).await?;
            rights_now(tx, other(&link), &past).await?
        };
        if rights.has(Rights::of(Area::Resource, Action::Read)) {
            seen.push(link);
        }
    }
    Ok(seen)
}
