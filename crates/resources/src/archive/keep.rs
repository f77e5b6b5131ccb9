//! Taking copies.

use std::collections::{HashMap, HashSet};

use kernel::{Error, ResourceId, Result};
use store::Tx;

use super::{ArchivedCopy, Reason, model::Content};
use crate::{
    attribute,
    link::{self, Link},
    resource::Resource,
    section,
};

/// Keeps copies of these resources as they are, with as many questions for many as for one.
pub(crate) async fn keep(tx: &mut Tx, resources: &[&Resource], reason: Reason) -> Result<Vec<ArchivedCopy>> {
    let ids: Vec<ResourceId> = resources.iter().map(|resource| resource.id).collect();
    let sections: Vec<ResourceId> = resources.iter().filter(|r| r.kind == section::SECTION).map(|r| r.id).collect();
    let mut attributes = attribute::load(tx, &ids).await?;
    let mut fields = section::fields_of(tx, &sections).await?;
    let mut gadgets = section::gadgets_of(tx, &sections).await?;
    let mut links = links(tx, &ids).await?;
    let mut copies = Vec::with_capacity(resources.len());
    for resource in resources {
        let id = resource.id;
        let content = Content {
            resource: (*resource).clone(),
            attributes: attributes.remove(&id).unwrap_or_default(),
            fields: fields.remove(&id).unwrap_or_default(),
            gadgets: gadgets.remove(&id).unwrap_or_default(),
            links: links.remove(&id).unwrap_or_default(),
        };
        let copy = ArchivedCopy {
            id: tx.new_id::<ArchivedCopy>().await?,
            version: 0,
            resource_id: id,
            resource_version: resource.version,
            path: resource.path.clone(),
            reason: reason.name().to_owned(),
            actor: tx.actor().name.to_string(),
            taken_at: tx.now(),
            content: serde_json::to_string(&content).map_err(Error::internal)?,
        };
        tx.insert(&copy).await?;
        copies.push(copy);
    }
    Ok(copies)
}

/// All links of these resources, each under both of its sides.
async fn links(tx: &mut Tx, ids: &[ResourceId]) -> Result<HashMap<ResourceId, Vec<Link>>> {
    let wanted: HashSet<ResourceId> = ids.iter().copied().collect();
    let mut found: HashMap<ResourceId, Vec<Link>> = HashMap::new();
    for link in link::all_of(tx, ids).await? {
        for side in [link.resource_id1, link.resource_id2].into_iter().filter(|side| wanted.contains(side)) {
            found.entry(side).or_default().push(link.clone());
        }
    }
    Ok(found)
}
