//! The JSON of a resource in API v1.

use serde_json::{Map, Value, json};

use super::{Details, Resource};
use crate::{attribute, attribute::Attributes, section};

/// API v1 shows a resource otherwise where it is read, was added, or was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// With times; ids are texts, and no attributes are `[]`.
    Read,
    /// Ids are numbers, no category is the text `NULL`, and no attributes are `{}`.
    Added,
    /// Ids are texts, and no attributes are `{}`.
    Updated,
}

/// As it is read.
pub(crate) fn read(details: &Details) -> Value {
    resource(details, Style::Read)
}

/// The whole of it, for an entry with its section.
pub(super) fn resource(details: &Details, style: Style) -> Value {
    let Details { resource, attributes, .. } = details;
    let mut shape = base(resource, style);
    let mut attr = Map::new();
    if let Some(section) = &details.section {
        attr.insert(attribute::SECTION.to_owned(), section.id.to_string().into());
    }
    attr.extend(values(attributes));
    shape.insert("attr".to_owned(), list(attr, style));
    if let Some(section) = &details.section {
        // However an entry is shown, its section is something that was read.
        let embedded = if style == Style::Added { Style::Updated } else { style };
        let mut inner = base(section, embedded);
        inner.insert("attr".to_owned(), list(values(&details.section_attributes).collect(), embedded));
        shape.insert("section".to_owned(), Value::Object(inner));
    }
    if style == Style::Read && resource.kind == section::SECTION {
        shape.insert("fields".to_owned(), fields(details));
    }
    if style == Style::Read && matches!(resource.kind.as_str(), section::ENTRY | section::SECTION) {
        let gadget = |gadget: &section::Gadget| json!({"uuid": gadget.uuid, "code": gadget.code});
        shape.insert("gadgets".to_owned(), details.gadgets.iter().map(gadget).collect());
    }
    Value::Object(shape)
}

fn base(resource: &Resource, style: Style) -> Map<String, Value> {
    let id = |id: kernel::ResourceId| if style == Style::Added { json!(id.0) } else { json!(id.to_string()) };
    let none = if style == Style::Added { json!("NULL") } else { Value::Null };
    let mut shape = Map::new();
    let mut put = |key: &str, value: Value| _ = shape.insert(key.to_owned(), value);
    put("id", id(resource.id));
    put("name", resource.name.as_str().into());
    put("slug", resource.slug.as_str().into());
    put("type", resource.kind.as_str().into());
    put("parent_id", resource.parent_id.map_or(Value::Null, id));
    put("category_id", resource.category_id.map_or(none, id));
    if let Some(custom_id) = &resource.custom_id {
        put("custom_id", custom_id.as_str().into());
    }
    if style == Style::Read {
        put("date", resource.created_at.epoch_seconds().into());
        put("modified", resource.modified_at.epoch_seconds().into());
    }
    shape
}

/// A single value is a text, several are a list.
fn values(attributes: &Attributes) -> impl Iterator<Item = (String, Value)> {
    attributes.iter().map(|(name, values)| {
        let value = if let [one] = values.as_slice() { json!(one) } else { json!(values) };
        (name.clone(), value)
    })
}

/// PHP knows no difference between an empty list and an empty map, and writes the first.
fn list(map: Map<String, Value>, style: Style) -> Value {
    if map.is_empty() && style == Style::Read { json!([]) } else { Value::Object(map) }
}

fn fields(details: &Details) -> Value {
    let one = |(place, field): &(section::SectionField, Resource)| {
        json!({
            "position": place.position,
            "id": field.id.to_string(),
            "name": field.name,
            "slug": field.slug,
            "help_block": place.help_block,
        })
    };
    details.fields.iter().map(one).collect()
}
