//! Reading links. A link is seen by whoever may read the resources on both of its sides.

use std::collections::HashMap;

use kernel::{Area, ResourceId, Result};
use store::{Query, Record as _, Tx, params};

use super::Link;
use crate::resource::visible_condition;

/// Which links are wanted. All conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkQuery {
    /// This one.
    pub id: Option<i64>,
    /// With one of these relations.
    pub relations: Option<Vec<String>>,
    /// With this resource on either side.
    pub resource_id: Option<ResourceId>,
    /// With this resource on the first side.
    pub resource_id1: Option<ResourceId>,
    /// With this resource on the second side.
    pub resource_id2: Option<ResourceId>,
    /// How many to leave out at the start.
    pub offset: u32,
    /// How many to return at the most.
    pub limit: u32,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundLinks {
    /// The part that was asked for.
    pub links: Vec<Link>,
    /// How many there are in all.
    pub found_count: u64,
}

/// The links that fulfil the query and of which the actor may read both sides.
pub async fn find_links(tx: &mut Tx, query: &LinkQuery) -> Result<FoundLinks> {
    let mut rest = from_visible(tx).await?;
    let mut is = |column: &str, value: Option<i64>| {
        if let Some(value) = value {
            rest.push(&format!(" AND l.{column} = ")).bind(value);
        }
    };
    is("id", query.id);
    is("resource_id1", query.resource_id1.map(i64::from));
    is("resource_id2", query.resource_id2.map(i64::from));
    if let Some(relations) = &query.relations {
        rest.push(" AND l.relation = ANY(").bind(relations).push(")");
    }
    if let Some(id) = query.resource_id {
        rest.push(" AND (l.resource_id1 = ").bind(id).push(" OR l.resource_id2 = ").bind(id).push(")");
    }
    let mut select = Query::new(format!("SELECT {}", Link::table().select("l")));
    select.append(&rest).push(" ORDER BY l.id LIMIT ").bind(query.limit).push(" OFFSET ").bind(query.offset);
    let rows = tx.rows(select.text(), select.params()).await?;
    let links = rows.into_iter().map(Link::from_row).collect::<Result<Vec<_>>>()?;
    let (offset, here) = (u64::from(query.offset), links.len() as u64);
    let found_count = if here < u64::from(query.limit) && (here > 0 || offset == 0) {
        offset + here
    } else {
        let mut count = Query::new("SELECT COUNT(*)");
        count.append(&rest);
        tx.scalar::<i64>(count.text(), count.params()).await?.unwrap_or(0).cast_unsigned()
    };
    Ok(FoundLinks { links, found_count })
}

/// The links of these resources, on whichever side they stand, as far as the actor may read the other side.
pub(crate) async fn links_of(tx: &mut Tx, ids: &[ResourceId]) -> Result<HashMap<ResourceId, Vec<Link>>> {
    let mut found: HashMap<ResourceId, Vec<Link>> = HashMap::new();
    if ids.is_empty() {
        return Ok(found);
    }
    let mut select = Query::new(format!("SELECT {}", Link::table().select("l")));
    select.append(&from_visible(tx).await?).push(" AND (l.resource_id1 = ANY(").bind(ids);
    select.push(") OR l.resource_id2 = ANY(").bind(ids).push(")) ORDER BY l.id");
    for row in tx.rows(select.text(), select.params()).await? {
        let link = Link::from_row(row)?;
        for side in [Some(link.resource_id1), Some(link.resource_id2).filter(|id| *id != link.resource_id1)] {
            if let Some(id) = side.filter(|id| ids.contains(id)) {
                found.entry(id).or_default().push(link.clone());
            }
        }
    }
    Ok(found)
}

/// ` FROM ... WHERE ...` with the links of which the actor may read both sides.
async fn from_visible(tx: &mut Tx) -> Result<Query> {
    let mut query = Query::new(" FROM resource_link l");
    let mut seen = Vec::new();
    for (alias, column) in [("r1", "resource_id1"), ("r2", "resource_id2")] {
        if let Some(condition) = visible_condition(tx, Area::Resource, alias).await? {
            query.push(&format!(" JOIN resource {alias} ON {alias}.id = l.{column}"));
            seen.push(condition);
        }
    }
    query.push(" WHERE 1 = 1");
    for condition in seen {
        query.push(" AND (").append(&condition).push(")");
    }
    Ok(query)
}

/// All links of these resources, whether the actor may read the other side or not.
pub(crate) async fn all_of(tx: &mut Tx, ids: &[ResourceId]) -> Result<Vec<Link>> {
    tx.find("resource_id1 = ANY($1) OR resource_id2 = ANY($1) ORDER BY id", params![ids]).await
}

/// Removes all links of resources that are going to be deleted.
pub(crate) async fn remove_all(tx: &mut Tx, ids: &[ResourceId]) -> Result<()> {
    for link in all_of(tx, ids).await? {
        tx.delete(&link).await?;
    }
    Ok(())
}
