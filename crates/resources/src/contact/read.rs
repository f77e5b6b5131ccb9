//! Finding contacts.

use kernel::{Action, Area, Error, ResourceId, Result};
use store::Tx;

use super::{CONTACT, Contact, ContactType, HANDLE, TYPE};
use crate::{
    attribute::{AttributeFilter, Comparison, Join},
    resource::{Load, Resource, ResourceQuery, details, get, page},
};

/// What of a contact is loaded.
const WHOLE: Load = Load { attributes: true, rights: false, links: false };

/// A contact that the actor may read.
pub(super) async fn contact(tx: &mut Tx, id: ResourceId) -> Result<Contact> {
    let missing = || Error::not_found(format!("No contact found with ID: {id}"));
    let resource = get(tx, id).await.map_err(|_| missing())?;
    if resource.kind != CONTACT || resource.allow(tx.actor(), Area::Resource, Action::Read).is_err() {
        return Err(missing());
    }
    let found = contacts(tx, vec![resource]).await?.pop();
    found.ok_or_else(|| Error::internal("a contact was read and is not there"))
}

/// A part of the contacts that fulfil the query and that the actor may read, and whether there are more.
pub(super) async fn list(tx: &mut Tx, query: &ResourceQuery) -> Result<(Vec<Contact>, bool)> {
    let (found, more) = page(tx, query).await?;
    Ok((contacts(tx, found).await?, more))
}

/// The contact with this handle below this parent, if the actor may read it: the oldest, if somebody has copied it.
pub(super) async fn by_handle(
    tx: &mut Tx,
    contact_type: ContactType,
    handle: &str,
    parent_id: ResourceId,
) -> Result<Option<Resource>> {
    let handle = AttributeFilter {
        key: Some(HANDLE.to_owned()),
        compare: Some(Comparison::Equal(handle.to_owned())),
        join: Join::And,
    };
    let query = ResourceQuery {
        kind: Some(CONTACT.to_owned()),
        parents: Some(vec![parent_id]),
        attributes: vec![of_type(contact_type), handle],
        order_by: crate::OrderBy::Id,
        limit: Some(1),
        ..ResourceQuery::default()
    };
    Ok(page(tx, &query).await?.0.pop())
}

/// That a contact comes from there.
pub(super) fn of_type(contact_type: ContactType) -> AttributeFilter {
    let compare = match contact_type {
        ContactType::Local => Comparison::Absent,
        other => Comparison::Equal(other.name().to_owned()),
    };
    AttributeFilter { key: Some(TYPE.to_owned()), compare: Some(compare), join: Join::And }
}

/// These resources as the contacts that they are.
pub(super) async fn contacts(tx: &mut Tx, resources: Vec<Resource>) -> Result<Vec<Contact>> {
    Ok(details(tx, resources, WHOLE).await?.into_iter().map(Contact::from).collect())
}
