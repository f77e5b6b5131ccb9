//! The part of the document that describes one family.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::{Components, OpenApi, PathItem, path::Operation};

/// The document with the operations of one family (tag), and only the components that these need.
pub fn family(document: &OpenApi, tag: &str) -> OpenApi {
    let mut part = document.clone();
    part.tags = part.tags.map(|tags| tags.into_iter().filter(|known| known.name == tag).collect());
    for item in part.paths.paths.values_mut() {
        for operation in slots(item) {
            operation.take_if(|operation| !operation.tags.iter().flatten().any(|name| name == tag));
        }
    }
    part.paths.paths.retain(|_, item| slots(item).iter().any(|operation| operation.is_some()));
    if let Some(components) = &mut part.components {
        let needed = needed(references(&part.paths), components);
        components.schemas.retain(|name, _| needed.contains(&format!("#/components/schemas/{name}")));
    }
    part
}

fn slots(item: &mut PathItem) -> [&mut Option<Operation>; 6] {
    [&mut item.get, &mut item.head, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete]
}

/// All references, and those inside what is referred to.
fn needed(from: BTreeSet<String>, components: &Components) -> BTreeSet<String> {
    // The shared responses and parameters stay in every part.
    let mut open: Vec<String> = from.into_iter().chain(references(&components.responses)).collect();
    let mut needed = BTreeSet::new();
    while let Some(reference) = open.pop() {
        let schema = reference.strip_prefix("#/components/schemas/").and_then(|name| components.schemas.get(name));
        if needed.insert(reference) {
            open.extend(schema.map(references).unwrap_or_default());
        }
    }
    needed
}

/// Every `$ref` in a part of a document.
pub(crate) fn references(part: &impl Serialize) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![serde_json::to_value(part).unwrap_or_default()];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => {
                if let Some(Value::String(reference)) = fields.get("$ref") {
                    found.insert(reference.clone());
                }
                open.extend(fields.into_iter().map(|(_, value)| value));
            }
            _ => {}
        }
    }
    found
}
