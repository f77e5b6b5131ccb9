//! Reading what is attached. Whoever may read a resource may read its attachments.

use kernel::{Action, Area, Error, Page, ResourceId, Result};
use store::{Tx, params};

use super::Attachment;
use crate::resource::get;

/// A part of the attachments of a resource, the oldest first, and whether there are more.
pub(crate) async fn attachments(tx: &mut Tx, id: ResourceId, page: Page) -> Result<(Vec<Attachment>, bool)> {
    get(tx, id).await?.allow(tx.actor(), Area::Resource, Action::Read)?;
    let limit = page.limit as usize;
    let condition = "resource_id = $1 ORDER BY id LIMIT $2 OFFSET $3";
    let mut found: Vec<Attachment> = tx.find(condition, params![id, page.limit.saturating_add(1), page.offset]).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    Ok((found, more))
}

/// An attachment of this resource, if the actor may do this to the resource.
pub(crate) async fn attachment(tx: &mut Tx, resource_id: ResourceId, id: i64, action: Action) -> Result<Attachment> {
    get(tx, resource_id).await?.allow(tx.actor(), Area::Resource, action)?;
    let found = tx.get::<Attachment>(id).await?.filter(|attachment| attachment.resource_id == resource_id);
    found.ok_or_else(|| Error::not_found(format!("Resource {resource_id} has no attachment with ID: {id}")))
}
