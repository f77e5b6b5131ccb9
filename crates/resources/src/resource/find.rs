//! Finding resources that the actor may read.

use std::collections::HashMap;

use kernel::{Action, Area, Order, ResourceId, Result, Rights};
use store::{Query, Record as _, ToValue as _, Tx, Value};

use super::{
    OrderBy, Resource, ResourceQuery, SearchColumn,
    visible::{granted_paths, permitted},
};
use crate::attribute::{self, AttributeFilter, Lookup};

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The part that was asked for.
    pub resources: Vec<Resource>,
    /// How many there are in all.
    pub found_count: u64,
}

/// The resources that fulfil the query and that the actor may read, and how many these are in all.
pub async fn find(tx: &mut Tx, query: &ResourceQuery) -> Result<Found> {
    let resources = part(tx, query, query.limit).await?;
    let (offset, here) = (u64::from(query.offset), resources.len() as u64);
    // The last part tells the whole number by itself, unless it begins behind the end.
    let is_last = query.limit.is_none_or(|limit| here < u64::from(limit)) && (here > 0 || offset == 0);
    let found_count = if is_last {
        offset + here
    } else {
        let mut count = Query::new("SELECT COUNT(*) FROM resource r");
        count.append(&conditions(tx, query, Lookup::Set).await?);
        tx.scalar::<i64>(count.text(), count.params()).await?.unwrap_or(0).cast_unsigned()
    };
    Ok(Found { resources, found_count })
}

/// The same without counting: the part that was asked for, and whether there are more behind it.
pub async fn page(tx: &mut Tx, query: &ResourceQuery) -> Result<(Vec<Resource>, bool)> {
    let one_more = query.limit.map(|limit| limit.saturating_add(1));
    let mut resources = part(tx, query, one_more).await?;
    let most = query.limit.map_or(usize::MAX, |limit| limit as usize);
    let more = resources.len() > most;
    resources.truncate(most);
    Ok((resources, more))
}

/// The children of a resource and then their children, as far as the actor may read them, and at most so many in all;
/// with a section, only its entries.
pub(crate) async fn top_of_tree(
    tx: &mut Tx,
    id: ResourceId,
    section: Option<ResourceId>,
    limit: u32,
) -> Result<Vec<Resource>> {
    let of_section = |section: ResourceId| AttributeFilter::equal(attribute::SECTION, section.to_string());
    let attributes: Vec<AttributeFilter> = section.map(of_section).into_iter().collect();
    let below = |parents, limit| {
        let attributes = attributes.clone();
        ResourceQuery { parents: Some(parents), attributes, limit: Some(limit), ..Default::default() }
    };
    let (mut found, _) = page(tx, &below(vec![id], limit)).await?;
    let rest = u32::try_from(found.len()).map_or(0, |here| limit.saturating_sub(here));
    if rest > 0 && !found.is_empty() {
        let children = found.iter().map(|child| child.id).collect();
        found.extend(page(tx, &below(children, rest)).await?.0);
    }
    Ok(found)
}

/// Up to so many resources with an attribute are sorted rather than found in the order of an index, however few
/// resources there are; and up to so many, however many there are.
const FEW: (usize, usize) = (300, 10_000);

/// What it costs to look up a resource somewhere, in those that are passed by in order.
const LOOK_UP: u64 = 10;

/// Sorting looks up as many as have the attribute; going through all in order passes by the wanted number times all,
/// divided by how many have it. The two cost the same where that many are the root of the wanted number times all.
async fn few(tx: &mut Tx, limit: u32) -> Result<usize> {
    let all = tx.scalar::<Option<i64>>("SELECT MAX(id) FROM resource", &[]).await?.flatten().unwrap_or(0);
    let alike = (i64::from(limit).saturating_mul(all).unsigned_abs() / LOOK_UP).isqrt();
    Ok(usize::try_from(alike).unwrap_or(FEW.1).clamp(FEW.0, FEW.1))
}

/// Where to look, and how attributes are asked for. Where a filter tells few resources apart, these are all that is
/// looked at; where no filter does, resources are taken in the order of an index and each is looked at, until there are
/// enough. The planner of SQLite has no numbers from which it could know which of the two it is.
async fn way(tx: &mut Tx, query: &ResourceQuery, limit: Option<u32>) -> Result<(Query, Lookup)> {
    let everywhere = Query::new("resource r");
    let Some(limit) = limit else { return Ok((everywhere, Lookup::Set)) };
    let few = few(tx, limit).await?;
    let mut lookup = Lookup::Set;
    for filter in attribute::telling(&query.attributes) {
        let ids = attribute::holders(tx, filter, few + 1).await?;
        if ids.len() <= few {
            let mut these = Query::new("(SELECT * FROM resource WHERE id = ANY(");
            // With a limit it is a list of its own, from which the rest is taken.
            these.bind(ids).push(") LIMIT ").bind(i64::try_from(few).unwrap_or(i64::MAX)).push(") r");
            return Ok((these, Lookup::Set));
        }
        lookup = Lookup::Each;
    }
    Ok((everywhere, lookup))
}

async fn part(tx: &mut Tx, query: &ResourceQuery, limit: Option<u32>) -> Result<Vec<Resource>> {
    let (source, lookup) = way(tx, query, limit).await?;
    let conditions = conditions(tx, query, lookup).await?;
    let mut select = Query::new(format!("SELECT {} FROM ", Resource::table().select("r")));
    select.append(&source).append(&conditions);
    if let (OrderBy::Given, Some(ids)) = (query.order_by, &query.ids) {
        // No more than were named, so they are put in order here.
        let mut resources = rows(tx, &select).await?;
        let places: HashMap<ResourceId, usize> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        resources.sort_by_key(|resource| places.get(&resource.id));
        if query.order == Order::Descending {
            resources.reverse();
        }
        let limit = limit.map_or(usize::MAX, |limit| limit as usize);
        return Ok(resources.into_iter().skip(query.offset as usize).take(limit).collect());
    }
    select.append(&order_and_place(query, limit));
    rows(tx, &select).await
}

async fn rows(tx: &mut Tx, select: &Query) -> Result<Vec<Resource>> {
    tx.rows(select.text(), select.params()).await?.into_iter().map(Resource::from_row).collect()
}

fn order_and_place(query: &ResourceQuery, limit: Option<u32>) -> Query {
    let direction = query.order.sql();
    let column = order_column(query.order_by).map_or_else(String::new, |column| format!("{column} {direction}, "));
    let mut order = Query::new(format!(" ORDER BY {column}r.id {direction}"));
    if limit.is_some() || query.offset > 0 {
        order.push(" LIMIT ").bind(limit.map_or(i64::MAX, i64::from)).push(" OFFSET ").bind(query.offset);
    }
    order
}

/// By what resources are sorted, before their ids.
fn order_column(order_by: OrderBy) -> Option<&'static str> {
    Some(match order_by {
        OrderBy::None | OrderBy::Id => return None,
        OrderBy::Name | OrderBy::Given => "LOWER(r.name)",
        OrderBy::Slug => "r.slug",
        OrderBy::Kind => "r.kind",
        OrderBy::Parent => "COALESCE(r.parent_id, 0)",
        OrderBy::Created => "r.created_at",
        OrderBy::Modified => "r.modified_at",
    })
}

/// What comes behind this resource in the order.
fn behind(last: &Resource, order_by: OrderBy, order: Order) -> Query {
    let key = match order_by {
        OrderBy::None | OrderBy::Id => Value::Null,
        OrderBy::Name | OrderBy::Given => last.name.to_ascii_lowercase().to_value(),
        OrderBy::Slug => last.slug.to_value(),
        OrderBy::Kind => last.kind.to_value(),
        OrderBy::Parent => last.parent_id.map_or(0, i64::from).to_value(),
        OrderBy::Created => last.created_at.to_value(),
        OrderBy::Modified => last.modified_at.to_value(),
    };
    let sign = if order == Order::Descending { "<" } else { ">" };
    match order_column(order_by) {
        None => {
            let mut query = Query::new(format!("r.id {sign} "));
            query.bind(last.id);
            query
        }
        Some(column) => {
            let mut query = Query::new(format!("({column}, r.id) {sign} ("));
            query.bind(key).push(", ").bind(last.id).push(")");
            query
        }
    }
}

/// ` WHERE ...`, or nothing.
async fn conditions(tx: &mut Tx, query: &ResourceQuery, lookup: Lookup) -> Result<Query> {
    let paths = granted_paths(tx).await?;
    let actor = tx.actor().clone();
    let right = |right| permitted(&actor, right, "r", &paths);
    let mut all: Vec<Query> = Vec::new();
    all.extend(right(Rights::of(Area::Resource, Action::Read)));
    all.extend(query.permitted.iter().filter_map(|wanted| right(*wanted)));
    for unwanted in &query.not_permitted {
        let mut without = Query::new("NOT ");
        without.append(&right(*unwanted).unwrap_or_else(|| Query::new("(1 = 1)")));
        all.push(without);
    }
    all.extend(columns(query));
    all.extend(query.search.as_deref().map(|text| search(text, query.search_column)));
    all.extend(query.links.iter().map(|link| link.condition("r")));
    for other in query.links.iter().filter_map(|link| link.value) {
        let other = tx.get::<Resource>(other).await?;
        if other.is_none_or(|other| other.allow(tx.actor(), Area::Resource, Action::Read).is_err()) {
            // Whoever may not read a resource does not hear what is linked to it.
            all.push(Query::new("1 = 0"));
        }
    }
    all.extend(query.modified.map(|modified| modified.condition("r.modified_at")));
    all.extend(query.after.as_ref().map(|last| behind(last, query.order_by, query.order)));
    if !query.attributes.is_empty() {
        all.push(attribute::condition(&query.attributes, "r", lookup)?);
    }
    let mut joined = Query::default();
    for (i, one) in all.iter().enumerate() {
        joined.push(if i == 0 { " WHERE (" } else { " AND (" }).append(one).push(")");
    }
    Ok(joined)
}

fn columns(query: &ResourceQuery) -> impl Iterator<Item = Query> {
    let is = |column: &str, text: &Option<String>| text.as_ref().map(|text| equal(column, text));
    let among = |column: &str, ids: &Option<Vec<_>>| ids.as_ref().map(|ids| one_of(column, ids));
    let not_among = |column: &str, ids: &[_]| {
        (!ids.is_empty()).then(|| {
            let mut none = Query::new(format!("{column} IS NULL OR NOT ("));
            none.append(&one_of(column, ids)).push(")");
            none
        })
    };
    // The index on names is on their lower case.
    let name = query.name.as_ref().map(|name| {
        let mut query = equal("LOWER(r.name)", &name.to_ascii_lowercase());
        query.push(" AND ").append(&equal("r.name", name));
        query
    });
    [
        among("r.id", &query.ids),
        not_among("r.id", &query.not_ids),
        is("r.custom_id", &query.custom_id),
        name,
        is("r.slug", &query.slug),
        is("r.kind", &query.kind),
        among("r.parent_id", &query.parents),
        not_among("r.parent_id", &query.not_parents),
        among("r.section_id", &query.sections),
        among("r.category_id", &query.categories),
        not_among("r.category_id", &query.not_categories),
    ]
    .into_iter()
    .flatten()
}

fn equal(column: &str, text: &str) -> Query {
    let mut query = Query::new(format!("{column} = "));
    query.bind(text);
    query
}

/// A single id is compared directly, so that the order of an index behind it can be used.
fn one_of(column: &str, ids: &[ResourceId]) -> Query {
    let mut query = Query::new(format!("{column} = "));
    match ids {
        [one] => drop(query.bind(*one)),
        many => drop(query.push("ANY(").bind(many).push(")")),
    }
    query
}

fn search(text: &str, column: Option<SearchColumn>) -> Query {
    // What the system writes for itself begins with an underscore; finding it would surprise people.
    let values = || {
        let theirs = "a.name NOT LIKE '\\_%' ESCAPE '\\'";
        let mut query = Query::new(format!("r.id IN (SELECT a.resource_id FROM resource_attr a WHERE {theirs} AND "));
        query.append(&contains("a.value", text)).push(")");
        query
    };
    match column {
        Some(SearchColumn::Name) => contains("r.name", text),
        Some(SearchColumn::Slug) => contains("r.slug", text),
        Some(SearchColumn::Kind) => contains("r.kind", text),
        Some(SearchColumn::Id) => contains("CAST(r.id AS TEXT)", text),
        Some(SearchColumn::CustomId) => contains("r.custom_id", text),
        Some(SearchColumn::Attributes) => values(),
        None => {
            let mut any = contains("r.name", text);
            for other in [contains("r.slug", text), contains("r.custom_id", text), values()] {
                any.push(" OR ").append(&other);
            }
            any
        }
    }
}

/// Whether a column contains a text, whatever the case. The text stands for itself: `%` and `_` in it are no signs.
pub(super) fn contains(column: &str, text: &str) -> Query {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    attribute::like(column, &pattern)
}

#[cfg(test)]
mod tests {
    use testkit::Engine;

    use super::*;

    /// How SQLite goes about a query.
    async fn plan(query: serde_json::Value) -> String {
        let setup = store::Setup { migrations: crate::MIGRATIONS.to_vec(), ..store::Setup::default() };
        let test = Engine::Sqlite.database(setup).await;
        let mut tx = test.db.read(&testkit::actor("root").administrator()).await.unwrap();
        let query = ResourceQuery::from_json(&query).unwrap();
        let mut explain = Query::new("EXPLAIN QUERY PLAN SELECT * FROM resource r");
        explain
            .append(&conditions(&mut tx, &query, Lookup::Set).await.unwrap())
            .append(&order_and_place(&query, Some(100)));
        let rows = tx.rows(explain.text(), explain.params()).await.unwrap();
        rows.into_iter().map(|mut row| row.take::<String>(3).unwrap() + "\n").collect()
    }

    #[tokio::test]
    async fn the_usual_questions_are_answered_from_an_index_and_in_its_order() {
        for (query, index) in [
            (serde_json::json!({"attr_key": "_section", "attr_value": "5"}), "resource_section_name"),
            (serde_json::json!({"parent_id": 5}), "resource_children"),
            (serde_json::json!({"type": "entry"}), "resource_kind"),
            (serde_json::json!({}), "resource_name"),
            (serde_json::json!({"slug": "a"}), "resource_slug"),
        ] {
            let plan = plan(query.clone()).await;
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{query}: {plan}");
        }
        for (query, index) in [
            (serde_json::json!({"id": 5}), "INTEGER PRIMARY KEY"),
            (serde_json::json!({"name": "A"}), "resource_name"),
            (serde_json::json!({"custom_id": "a"}), "resource_custom_id"),
            (serde_json::json!({"attr_key": "a", "attr_value": "b"}), "resource_attr_value"),
            (serde_json::json!({"attr_value": "b"}), "resource_attr_value"),
            (serde_json::json!({"attr_key": "a", "attr_compare": "BETWEEN", "attr_value": "1,2"}), "resource_attr"),
            (serde_json::json!({"attr_key": "_section", "attr_value": "5"}), "resource_section"),
            (
                serde_json::json!({"resource_link_type": "contact", "resource_link_value": 5, "resource_link_column": 1}),
                "resource_link_first",
            ),
        ] {
            let plan = plan(query.clone()).await;
            assert!(plan.contains(index), "{query}: {plan}");
        }
    }
}
