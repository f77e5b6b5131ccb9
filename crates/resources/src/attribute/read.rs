//! Reading attributes.

use std::collections::HashMap;

use kernel::{ResourceId, Result};
use store::{Tx, params};

use super::{Attribute, Attributes};

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
