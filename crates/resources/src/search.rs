//! Finding resources by a piece of what is written about them.

use std::collections::HashSet;

use kernel::{Area, Result};
use store::{Query, Record as _, TextIndex, Tx};

use crate::{Resource, visible_condition};

static NAMES: TextIndex =
    TextIndex { name: "resource_search", table: "resource", columns: &["name", "slug", "custom_id"] };
static VALUES: TextIndex = TextIndex { name: "resource_attr_search", table: "resource_attr", columns: &["value"] };

/// Values that are looked at: a text that is in more of them is too common to mean one of them.
const MOST_VALUES: i64 = 2_000;

/// The resources that the caller may read and that have this text in their name, slug, custom id or attributes; at most
/// so many. First those whose name or custom id it is, then those whose name begins with it. A text of one or two
/// characters is looked for at the beginning of names only.
pub async fn search(tx: &mut Tx, text: &str, limit: usize) -> Result<Vec<Resource>> {
    let name = text.to_ascii_lowercase();
    let columns = Resource::table().select("t");
    let mut ways = Vec::new();
    let mut exact = Query::new(format!("SELECT {columns} FROM resource t WHERE (LOWER(t.name) = "));
    exact.bind(name.as_str()).push(" OR t.custom_id = ").bind(text).push(")");
    ways.push((exact, " ORDER BY t.id"));
    let mut begins = Query::new(format!("SELECT {columns} FROM resource t WHERE LOWER(t.name) >= "));
    begins.bind(name.as_str()).push(" AND LOWER(t.name) < ").bind(format!("{name}\u{10ffff}"));
    ways.push((begins, " ORDER BY LOWER(t.name), t.id"));
    if text.chars().count() >= TextIndex::SHORTEST {
        ways.push((NAMES.containing(tx, &columns, text), ""));
        let mut values = VALUES.containing(tx, "t.resource_id", text);
        values.push(" LIMIT ").bind(MOST_VALUES);
        let mut holders = Query::new(format!("SELECT {columns} FROM resource t WHERE t.id IN ("));
        holders.append(&values).push(")");
        ways.push((holders, " ORDER BY t.id"));
    }
    let visible = visible_condition(tx, Area::Resource, "t").await?;
    let (mut known, mut found) = (HashSet::new(), Vec::new());
    for (mut query, order) in ways {
        if found.len() >= limit {
            break;
        }
        if let Some(visible) = &visible {
            query.push(" AND (").append(visible).push(")");
        }
        // What was found already may be found again.
        query.push(order).push(" LIMIT ").bind(i64::try_from(limit + found.len()).unwrap_or(i64::MAX));
        for row in tx.rows(query.text(), query.params()).await? {
            let resource = Resource::from_row(row)?;
            if found.len() < limit && known.insert(resource.id) {
                found.push(resource);
            }
        }
    }
    Ok(found)
}
