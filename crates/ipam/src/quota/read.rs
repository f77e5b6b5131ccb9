//! Looking at quotas.

use kernel::{Action, Area, Error, GroupId, ResourceId, Result, Rights};
use resources::Resource;
use store::{Tx, params};

use super::{Quota, QuotaRow, count::held, model::not_found};

/// The quotas of a group, each with what is held. For those who may read users, or administer the resource; the others
/// are left out.
pub(super) async fn list(tx: &mut Tx, group: GroupId) -> Result<Vec<Quota>> {
    let reads_users = tx.actor().rights(&[ResourceId::TOP]).has(Rights::of(Area::User, Action::Read));
    if reads_users {
        access::load_group(tx, group).await?;
    }
    let rows = tx.find::<QuotaRow>("group_id = $1 ORDER BY resource_id, family, mask", params![group]).await?;
    let ids: Vec<_> = rows.iter().map(|row| row.resource_id).collect();
    let known = resources::load(tx, &ids).await?;
    let mut quotas = Vec::new();
    for row in rows {
        let Some(resource) = known.get(&row.resource_id) else { continue };
        if reads_users || administers(tx, resource) {
            let held = held(tx, &row, resource).await?;
            quotas.push(Quota::new(&row, held));
        }
    }
    if quotas.is_empty() && !reads_users {
        return Err(Error::not_found(format!("There is no group with id {group}.")));
    }
    Ok(quotas)
}

fn administers(tx: &Tx, resource: &Resource) -> bool {
    resource.rights(tx.actor()).has(Rights::ADMIN)
}

/// The resource of a quota, which the actor must administer: nobody may raise a quota by which they are held.
pub(super) async fn administered(tx: &mut Tx, id: ResourceId) -> Result<Resource> {
    let missing = || Error::invalid("resource_id", format!("No resource found with ID: {id}"));
    let resource = resources::load(tx, &[id]).await?.remove(&id).ok_or_else(missing)?;
    let rights = resource.rights(tx.actor());
    if rights.has(Rights::ADMIN) {
        return Ok(resource);
    }
    if !rights.has(Rights::of(Area::Resource, Action::Read)) {
        return Err(missing());
    }
    Err(Error::forbidden(format!(
        "You need permissionAdmin on resource \"{}\" ({id}) to set quotas there.",
        resource.name
    )))
}

/// A quota of a group, and its resource, which the actor must administer.
pub(super) async fn load(tx: &mut Tx, group: GroupId, id: i64) -> Result<(QuotaRow, Resource)> {
    let found = tx.get::<QuotaRow>(id).await?.filter(|row| row.group_id == group);
    let row = found.ok_or_else(|| not_found(id))?;
    match administered(tx, row.resource_id).await {
        Ok(resource) => Ok((row, resource)),
        Err(Error::Invalid(_)) => Err(not_found(id)),
        Err(refused) => Err(refused),
    }
}
