//! Finding resources by id or name, without a question of rights: whoever calls this asks [`Resource::allow`] next.

use std::collections::HashMap;

use kernel::{ResourceId, Result};
use store::{Query, Tx, params};

use super::{Resource, find::contains, model::not_found};

/// The resources with these ids, in one question. Those that do not exist are absent.
pub async fn load(tx: &mut Tx, ids: &[ResourceId]) -> Result<HashMap<ResourceId, Resource>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = tx.find::<Resource>("id = ANY($1)", params![ids]).await?;
    Ok(found.into_iter().map(|resource| (resource.id, resource)).collect())
}

/// The resource with this id.
pub async fn get(tx: &mut Tx, id: ResourceId) -> Result<Resource> {
    tx.get::<Resource>(id).await?.ok_or_else(|| not_found(id))
}

/// The resources whose name contains this text, whatever the case.
pub async fn named_like(tx: &mut Tx, text: &str) -> Result<Vec<ResourceId>> {
    let like = contains("r.name", text);
    let mut query = Query::new("SELECT r.id FROM resource r WHERE ");
    query.append(&like);
    tx.rows(query.text(), query.params()).await?.into_iter().map(|mut row| row.take(0)).collect()
}

/// The piece of a statement that joins the resource whose id stands in this column, under this alias; for slices
/// whose rows belong to resources.
pub fn join(alias: &str, column: &str) -> String {
    format!("JOIN resource {alias} ON {alias}.id = {column}")
}

/// A condition that keeps a resource and all below it, on the resource that stands under this alias.
pub fn below(alias: &str, resource: &Resource) -> Query {
    super::visible::within(alias, &resource.path)
}
