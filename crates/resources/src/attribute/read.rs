//! Reading attributes.

use std::collections::HashMap;

use kernel::{ResourceId, Result};
use store::{Past, Query, Tx, params};

use super::{Attribute, AttributeFilter, Attributes, filter::on_attribute};

/// The attributes of these resources, in one question. Those without any are absent.
pub(crate) async fn load(tx: &mut Tx, ids: &[ResourceId]) -> Result<HashMap<ResourceId, Attributes>> {
    let mut found: HashMap<ResourceId, Attributes> = HashMap::new();
    if ids.is_empty() {
        return Ok(found);
    }
    let condition = "resource_id = ANY($1) ORDER BY resource_id, position, id";
    for Attribute { resource_id, name, value, .. } in tx.find::<Attribute>(condition, params![ids]).await? {
        found.entry(resource_id).or_default().entry(name).or_default().push(value);
    }
    Ok(found)
}

/// The attributes with these names, in the same way.
pub(crate) async fn load_named(
    tx: &mut Tx,
    ids: &[ResourceId],
    names: &[String],
) -> Result<HashMap<ResourceId, Attributes>> {
    let mut found: HashMap<ResourceId, Attributes> = HashMap::new();
    if ids.is_empty() || names.is_empty() {
        return Ok(found);
    }
    let condition = "resource_id = ANY($1) AND name = ANY($2) ORDER BY resource_id, position, id";
    for Attribute { resource_id, name, value, .. } in tx.find::<Attribute>(condition, params![ids, names]).await? {
        found.entry(resource_id).or_default().entry(name).or_default().push(value);
    }
    Ok(found)
}

/// Resources with such an attribute, at most so many.
pub(crate) async fn holders(tx: &mut Tx, filter: &AttributeFilter, most: usize) -> Result<Vec<ResourceId>> {
    let mut query = Query::new("SELECT a.resource_id FROM resource_attr a WHERE ");
    query.append(&on_attribute(filter)).push(" LIMIT ").bind(i64::try_from(most).unwrap_or(i64::MAX));
    tx.rows(query.text(), query.params()).await?.into_iter().map(|mut row| row.take(0)).collect()
}

/// The attributes that a resource had.
pub(crate) async fn as_they_were(tx: &mut Tx, past: &Past, id: ResourceId) -> Result<Attributes> {
    let mut rows = past.parts::<Attribute>(tx, "resource_id", id).await?;
    rows.sort_by_key(|row| (row.position, row.id));
    let mut attributes = Attributes::new();
    for Attribute { name, value, .. } in rows {
        attributes.entry(name).or_default().push(value);
    }
    Ok(attributes)
}
