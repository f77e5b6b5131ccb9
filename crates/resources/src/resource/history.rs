//! What has happened to a resource, in the words of the APIs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kernel::{Action, Area, Error, Page, ResourceId, Result, Rights, Timestamp};
use serde_json::{Map, Value, json};
use store::{Change, Record, Tx, params};

use super::{Resource, model::not_found, past::rights_now};
use crate::{
    attachment::Attachment,
    attribute::Attribute,
    link::Link,
    section::{Gadget, SectionField},
};

/// Columns or fields by name.
type Fields = Map<String, Value>;

/// One change of a resource and of what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceChange {
    /// The entry of the change log.
    pub change: Change,
    /// The fields that changed, as they were; nothing when the resource was made.
    pub before: Option<Map<String, Value>>,
    /// The same fields afterwards; nothing when the resource was deleted.
    pub after: Option<Map<String, Value>>,
}

/// A part of the changes of a resource, the newest first, and whether there are more. The actor needs the right to read
/// it now; of one that has been deleted, at the place where it would be.
pub async fn history(tx: &mut Tx, id: ResourceId, page: Page) -> Result<(Vec<ResourceChange>, bool)> {
    let table = Resource::table().name;
    let whole = if tx.get::<Resource>(id).await?.is_some() { Timestamp(i64::MAX) } else { Timestamp(i64::MIN) };
    let past = tx.past(table, id, whole).await?;
    if !rights_now(tx, id, &past).await?.has(Rights::of(Area::Resource, Action::Read)) {
        return Err(not_found(id));
    }
    let wanted = Page { limit: page.limit.saturating_add(1), ..page };
    let mut entries = tx.history_page(table, id, wanted).await?;
    let more = entries.len() > page.limit as usize;
    entries.truncate(page.limit as usize);
    let mut changes = Vec::new();
    for change in entries {
        changes.push((Items::of(id, &change)?, change));
    }
    let names = names(tx, id, changes.iter().map(|(items, _)| items)).await?;
    let shown = |(items, change): (Items, Change)| {
        let Sides { before, after } = items.shown(&names);
        ResourceChange { change, before, after }
    };
    Ok((changes.into_iter().map(shown).collect(), more))
}

/// The two sides of a record's changes in one entry, taken together.
#[derive(Debug, Default)]
struct Sides {
    before: Option<Fields>,
    after: Option<Fields>,
}

impl Sides {
    /// Adds the next change: what is known of the state before stays, what is known of the state after does not.
    fn then(&mut self, first: bool, before: Option<Fields>, after: Option<Fields>) {
        if first {
            *self = Self { before, after };
            return;
        }
        if let (Some(known), Some(before)) = (&mut self.before, before) {
            for (column, value) in before {
                known.entry(column).or_insert(value);
            }
        }
        self.after = match (self.after.take(), after) {
            (Some(mut known), Some(after)) => {
                known.extend(after);
                Some(known)
            }
            (_, after) => after,
        };
    }
}

/// What an entry says of one resource, and of whatever may be a part of it: by table and id.
struct Items {
    own: Option<Sides>,
    parts: BTreeMap<(String, i64), Sides>,
}

impl Items {
    fn of(id: ResourceId, change: &Change) -> Result<Self> {
        type Item = (String, i64, Option<Fields>, Option<Fields>);
        let list: Vec<Item> = serde_json::from_value(change.items.clone()).map_err(Error::internal)?;
        let mut items = Self { own: None, parts: BTreeMap::new() };
        for (table, row, before, after) in list {
            if table != Resource::table().name {
                let key = (table, row);
                let first = !items.parts.contains_key(&key);
                items.parts.entry(key).or_default().then(first, before, after);
            } else if row == id.0 {
                let first = items.own.is_none();
                items.own.get_or_insert_default().then(first, before, after);
            }
        }
        Ok(items)
    }

    /// The two sides in the words of the APIs.
    fn shown(self, names: &Names) -> Sides {
        let own = self.own.unwrap_or(Sides { before: Some(Map::new()), after: Some(Map::new()) });
        let (mut before, mut after) = (own.before.map(in_words), own.after.map(in_words));
        for (key, part) in self.parts {
            let Some(name) = names.get(&key) else { continue };
            for (side, part) in [(&mut before, part.before), (&mut after, part.after)] {
                if let (Some(side), Some(columns)) = (side, part) {
                    note(side, name, key.1, &columns);
                }
            }
        }
        Sides { before, after }
    }
}

/// What the parts of a resource are called, by table and id.
type Names = HashMap<(String, i64), Name>;

enum Name {
    Attribute(String),
    Other(&'static str),
}

/// Adds a part to a side: the value of an attribute, the id of anything else.
fn note(side: &mut Fields, name: &Name, id: i64, columns: &Fields) {
    match name {
        Name::Attribute(name) => {
            let Some(value) = columns.get("value") else { return };
            let attrs = side.entry("attrs").or_insert_with(|| json!({}));
            match attrs.get_mut(name) {
                None => attrs[name.as_str()] = value.clone(),
                Some(Value::Array(several)) => several.push(value.clone()),
                Some(one) => *one = json!([one.take(), value]),
            }
        }
        Name::Other(name) => {
            let list = side.entry(*name).or_insert_with(|| json!([]));
            list.as_array_mut().into_iter().for_each(|ids| ids.push(id.to_string().into()));
        }
    }
}

/// The columns that the APIs show, by their names there. When it was changed is the time of the entry.
fn in_words(columns: Fields) -> Fields {
    let words = |(column, value): (String, Value)| {
        let text = if value.is_i64() { value.to_string().into() } else { value };
        match column.as_str() {
            "kind" => Some(("type".to_owned(), text)),
            "name" | "slug" | "parent_id" | "category_id" | "section_id" | "custom_id" => Some((column, text)),
            _ => None,
        }
    };
    columns.into_iter().filter_map(words).collect()
}

/// The names of those parts that belong to this resource, whether they are still there or not.
async fn names(tx: &mut Tx, id: ResourceId, items: impl Iterator<Item = &Items>) -> Result<Names> {
    let mut wanted: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    for (table, row) in items.flat_map(|items| items.parts.keys()) {
        wanted.entry(table).or_default().insert(*row);
    }
    let mut names = Names::new();
    let attribute = |row: &Attribute| (row.resource_id == id).then(|| Name::Attribute(row.name.clone()));
    let link = |row: &Link| [row.resource_id1, row.resource_id2].contains(&id).then_some(Name::Other("linkages"));
    let gadget = |row: &Gadget| (row.section_id == id).then_some(Name::Other("gadgets"));
    let field = |row: &SectionField| (row.section_id == id).then_some(Name::Other("fields"));
    let attachment = |row: &Attachment| (row.resource_id == id).then_some(Name::Other("attachments"));
    named(tx, id, &wanted, &mut names, attribute).await?;
    named(tx, id, &wanted, &mut names, attachment).await?;
    named(tx, id, &wanted, &mut names, link).await?;
    named(tx, id, &wanted, &mut names, gadget).await?;
    named(tx, id, &wanted, &mut names, field).await?;
    Ok(names)
}

async fn named<R: Record>(
    tx: &mut Tx,
    id: ResourceId,
    wanted: &BTreeMap<&str, BTreeSet<i64>>,
    names: &mut Names,
    name: impl Fn(&R) -> Option<Name>,
) -> Result<()> {
    let table = R::table().name;
    let Some(wanted) = wanted.get(table) else { return Ok(()) };
    let mut wanted = wanted.clone();
    let here = tx.find::<R>("id = ANY($1)", params![wanted.iter().copied().collect::<Vec<_>>()]).await?;
    let mut note = |row: &R| names.extend(name(row).map(|name| ((table.to_owned(), row.row_id()), name)));
    for row in &here {
        wanted.remove(&row.row_id());
        note(row);
    }
    if !wanted.is_empty() {
        let past = tx.past(Resource::table().name, id, Timestamp(i64::MIN)).await?;
        for gone in wanted {
            past.at_its_end::<R>(gone)?.iter().for_each(&mut note);
        }
    }
    Ok(())
}
