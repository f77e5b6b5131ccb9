//! Customers in ARIN's public directory: the answer to a search of entities by name (RFC 9083, 8).

use registry::arin::{Customer, Reply};
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    #[serde(default)]
    entity_search_results: Vec<Entity>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entity {
    handle: String,
    #[serde(default)]
    vcard_array: Value,
    #[serde(default)]
    remarks: Vec<Remark>,
}

#[derive(Debug, Deserialize)]
struct Remark {
    #[serde(default)]
    description: Vec<String>,
}

/// What was found: of each customer the handle, the name and the comment. The error is the end of a sentence that begins
/// with the answer.
pub(super) fn customers(body: &str) -> Result<Reply, String> {
    let found: Found = serde_json::from_str(body).map_err(|error| format!("is no list of entities: {error}"))?;
    let customer = |entity: Entity| Customer {
        name: name(&entity.vcard_array).unwrap_or_default().to_owned(),
        comment: entity.remarks.into_iter().flat_map(|remark| remark.description).collect(),
        handle: Some(entity.handle),
        ..Customer::default()
    };
    Ok(Reply::Customers(found.entity_search_results.into_iter().map(customer).collect()))
}

/// The formatted name on a card (jCard, RFC 7095).
fn name(card: &Value) -> Option<&str> {
    let properties = card.get(1)?.as_array()?;
    properties.iter().find(|property| property[0] == "fn")?.get(3)?.as_str()
}
