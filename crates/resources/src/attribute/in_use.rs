//! Which attributes there are.

use kernel::{Area, ResourceId, Result};
use store::{Query, Tx};

use crate::resource::visible_condition;

/// The most names that one answer holds.
const MOST: u32 = 1000;

/// The names of the attributes that entries of these sections and resources in these categories have, as far as the
/// actor may read them; of all sections or categories where none are named. At most 1000, in order.
pub(crate) async fn in_use(
    tx: &mut Tx,
    sections: Option<&[ResourceId]>,
    categories: Option<&[ResourceId]>,
) -> Result<Vec<String>> {
    let mut query =
        Query::new("SELECT DISTINCT a.name FROM resource r JOIN resource_attr a ON a.resource_id = r.id WHERE 1 = 1");
    for (column, ids) in [("r.section_id", sections), ("r.category_id", categories)] {
        if let Some(ids) = ids {
            query.push(&format!(" AND {column} = ANY(")).bind(ids).push(")");
        }
    }
    if let Some(visible) = visible_condition(tx, Area::Resource, "r").await? {
        query.push(" AND (").append(&visible).push(")");
    }
    query.push(" ORDER BY a.name LIMIT ").bind(MOST);
    tx.rows(query.text(), query.params()).await?.into_iter().map(|mut row| row.take(0)).collect()
}
