//! The JSON of an entity (RFC 9083, 5.1).

use resources::{Card, FoundContact};
use serde::Deserialize;
use serde_json::Value;

use super::jcard::JCard;

/// What is read of an entity.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entity {
    object_class_name: String,
    handle: String,
    vcard_array: Value,
    #[serde(default)]
    remarks: Vec<Remark>,
}

#[derive(Debug, Deserialize)]
struct Remark {
    #[serde(default)]
    description: Vec<String>,
}

impl Entity {
    /// Reads an answer. The error is the end of a sentence that begins with the answer.
    pub(super) fn parse(body: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(body).map_err(|error| format!("is no RDAP entity: {error}"))
    }

    /// The contact that it is, if it is the one that was asked for.
    pub(super) fn contact(self, wanted: &str) -> Result<FoundContact, String> {
        if self.object_class_name != "entity" {
            return Err("is about something that is no entity".to_owned());
        }
        if !self.handle.eq_ignore_ascii_case(wanted) {
            return Err("is about another handle".to_owned());
        }
        let card = JCard::parse(&self.vcard_array).map_err(|why| format!("has a card that can't be read: {why}"))?;
        let remarks: Vec<String> = self.remarks.into_iter().flat_map(|remark| remark.description).collect();
        let comments = Some(remarks.join("\n")).filter(|text| !text.is_empty());
        Ok(FoundContact { handle: self.handle, name: card.name, card: Card { comments, ..card.card } })
    }
}
