//! What an entry may say in a field that offers choices.

use indexmap::IndexMap;
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

/// A field as an entry of its section may fill it.
#[derive(Debug)]
pub(crate) struct Input {
    /// The slug, under which the entry keeps its values.
    pub(crate) slug: String,
    /// The name.
    pub(crate) name: String,
    kind: String,
    options: Vec<String>,
    /// How often it stands in the section: each time is room for one more value.
    pub(crate) room: usize,
}

impl Input {
    /// Whether an entry may have several values here.
    pub(crate) fn takes_several(&self) -> bool {
        self.kind == CHECKBOXES || self.room > 1
    }

    /// Whether this is one of the options.
    pub(crate) fn offers(&self, value: &str) -> bool {
        self.options.iter().any(|option| option == value)
    }

    /// What is wrong with these values, if the field offers options. An empty text chooses nothing. Values that the
    /// entry has already pass: an option may have been withdrawn since.
    pub(crate) fn refuses(&self, values: &[String], before: &[String]) -> Option<String> {
        if !WITH_OPTIONS.contains(&self.kind.as_str()) || self.options.is_empty() {
            return None;
        }
        let chosen: Vec<&String> = values.iter().filter(|value| !value.is_empty()).collect();
        let room = self.room;
        if chosen.iter().any(|value| !self.options.contains(value) && !before.contains(value)) {
            Some(format!("must be one of the options of its field: {}", shown(&self.options)))
        } else if self.kind != CHECKBOXES && chosen.len() > room.max(before.len()) {
            Some(format!("may have at most {room} of the options of its field"))
        } else {
            None
        }
    }
}

/// The fields of a section that are wanted by their slugs, in order.
pub(crate) async fn inputs(
    tx: &mut Tx,
    section_id: ResourceId,
    wanted: impl Fn(&str) -> bool + Send,
) -> Result<Vec<Input>> {
    let mut room: IndexMap<ResourceId, usize> = IndexMap::new();
    for field in fields_of(tx, &[section_id]).await?.remove(&section_id).unwrap_or_default() {
        *room.entry(field.field_id).or_default() += 1;
    }
    let ids: Vec<ResourceId> = room.keys().copied().collect();
    let mut fields = load(tx, &ids).await?;
    fields.retain(|_, field| wanted(&field.slug));
    let ids: Vec<ResourceId> = fields.keys().copied().collect();
    let definitions = attribute::load(tx, &ids).await?;
    let none = Attributes::new();
    let input = |(id, room): (&ResourceId, &usize)| {
        let field = fields.get(id)?;
        let definition = definitions.get(id).unwrap_or(&none);
        Some(Input {
            slug: field.slug.clone(),
            name: field.name.clone(),
            kind: field_type(definition).to_owned(),
            options: options(definition).to_vec(),
            room: *room,
        })
    };
    Ok(room.iter().filter_map(input).collect())
}

/// Checks the values that an entry of this section is given, in the fields that offer options.
pub(crate) async fn check_choices(
    tx: &mut Tx,
    section_id: ResourceId,
    given: &Attributes,
    present: &Attributes,
) -> Result<()> {
    if given.values().all(Vec::is_empty) {
        return Ok(());
    }
    let inputs = inputs(tx, section_id, |slug| given.contains_key(slug)).await?;
    let mut errors = FieldErrors::default();
    for (name, values) in given {
        let before = present.get(name).map_or(&[][..], Vec::as_slice);
        let input = inputs.iter().find(|input| input.slug == *name);
        if let Some(reason) = input.and_then(|input| input.refuses(values, before)) {
            errors.push(format!("attrs.{name}"), reason);
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
