//! What an entry may say in a field that offers choices.

use std::collections::HashMap;

use kernel::{FieldErrors, ResourceId, Result};
use store::Tx;

use super::{
    field::{WITH_OPTIONS, field_type, options},
    fields_of,
};
use crate::{
    attribute::{self, Attributes},
    resource::load,
};

/// The type of a field of which several options may be chosen.
const CHECKBOXES: &str = "checkboxes";

/// Checks the values that an entry of this section is given, in the fields that offer options. An empty text chooses
/// nothing. Values that the entry has already pass: an option may have been withdrawn since.
pub(crate) async fn check_choices(
    tx: &mut Tx,
    section_id: ResourceId,
    given: &Attributes,
    present: &Attributes,
) -> Result<()> {
    if given.values().all(Vec::is_empty) {
        return Ok(());
    }
    // A field that stands in the section twice has room for two values.
    let mut room: HashMap<ResourceId, usize> = HashMap::new();
    for field in fields_of(tx, &[section_id]).await?.remove(&section_id).unwrap_or_default() {
        *room.entry(field.field_id).or_default() += 1;
    }
    let fields: Vec<ResourceId> = room.keys().copied().collect();
    let mut fields = load(tx, &fields).await?;
    fields.retain(|_, field| given.contains_key(&field.slug));
    let ids: Vec<ResourceId> = fields.keys().copied().collect();
    let definitions = attribute::load(tx, &ids).await?;
    let mut errors = FieldErrors::default();
    for (name, values) in given {
        let field = fields.values().find(|field| field.slug == *name);
        let Some((field, definition)) = field.and_then(|field| Some((field, definitions.get(&field.id)?))) else {
            continue;
        };
        let (kind, options) = (field_type(definition), options(definition));
        if !WITH_OPTIONS.contains(&kind) || options.is_empty() {
            continue;
        }
        let before = present.get(name).map_or(&[][..], Vec::as_slice);
        let chosen: Vec<&String> = values.iter().filter(|value| !value.is_empty()).collect();
        let room = room.get(&field.id).copied().unwrap_or(1);
        if chosen.iter().any(|value| !options.contains(value) && !before.contains(value)) {
            errors
                .push(format!("attrs.{name}"), format!("must be one of the options of its field: {}", shown(options)));
        } else if kind != CHECKBOXES && chosen.len() > room.max(before.len()) {
            errors.push(format!("attrs.{name}"), format!("may have at most {room} of the options of its field"));
        }
    }
    errors.into_result()
}

/// The first options, which are enough to see what is meant.
fn shown(options: &[String]) -> String {
    const FIRST: usize = 20;
    let first = options.iter().take(FIRST).map(String::as_str).collect::<Vec<_>>().join(", ");
    if options.len() > FIRST { format!("{first}, ...") } else { first }
}
