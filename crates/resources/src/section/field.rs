//! The fields of a section, and what defines a field.

use std::collections::{HashMap, HashSet};

use kernel::{Error, FieldErrors, ResourceId, Result};
use serde::{Deserialize, Serialize};
use store::{Tx, params};

use super::FIELD;
use crate::{
    attribute::Attributes,
    resource::{NewResource, Resource, add},
};

/// The attribute of a field that says how its value is entered; one that has none is a line of text.
const FIELD_TYPE: &str = "_field_type";
/// The attribute with the line of help under a field.
const HELP_BLOCK: &str = "_help_block";
/// The attribute with the choices of a field.
const OPTIONS: &str = "_options";

const TYPES: [&str; 5] = ["text", "textarea", "radios", "checkboxes", "choicebox"];
/// The types of which the value is one (or some) of the options.
pub(super) const WITH_OPTIONS: [&str; 3] = ["radios", "checkboxes", "choicebox"];

store::record! {
    #[derive(Serialize, Deserialize)]
    /// One field of a section. A field may stand in a section several times; each time is room for one more value.
    pub struct SectionField in "section_field" secret [] part_of [("section_id", "resource")] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// The section.
        section_id: ResourceId,
        /// Its place: 0 is the first.
        position: i64,
        /// The field.
        field_id: ResourceId,
        /// The line of help under it in this section, instead of the field's own.
        help_block: Option<String>,
    }
}

/// A field that a section is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSectionField {
    /// Its place: 0 is the first.
    pub position: u32,
    /// Which field.
    pub field: FieldRef,
    /// The line of help under it in this section.
    pub help_block: Option<String>,
}

/// A field, as a caller names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldRef {
    /// By its id.
    Id(ResourceId),
    /// By its slug.
    Slug(String),
    /// One that is to be made.
    New {
        /// Its name.
        name: String,
        /// How its value is entered: `text`, `textarea`, ...
        field_type: String,
        /// The choices, for the types that have them.
        options: Vec<String>,
    },
}

/// The attributes by which a field is defined, of those parts that are given; an empty part removes what is there.
pub(crate) fn definition(
    field_type: Option<&str>,
    help_block: Option<&str>,
    options: Option<Vec<String>>,
) -> Attributes {
    let mut attributes = Attributes::new();
    if let Some(field_type) = field_type {
        let field_type = field_type.to_ascii_lowercase();
        let values = if field_type == TYPES[0] { Vec::new() } else { vec![field_type] };
        attributes.insert(FIELD_TYPE.to_owned(), values);
    }
    if let Some(text) = help_block {
        let values = if text.is_empty() { Vec::new() } else { vec![text.to_owned()] };
        attributes.insert(HELP_BLOCK.to_owned(), values);
    }
    if let Some(options) = options {
        attributes.insert(OPTIONS.to_owned(), options);
    }
    attributes
}

/// How the value of a field with this definition is entered.
pub(super) fn field_type(definition: &Attributes) -> &str {
    definition.get(FIELD_TYPE).and_then(|values| values.first()).map_or(TYPES[0], String::as_str)
}

/// The choices of a field with this definition.
pub(super) fn options(definition: &Attributes) -> &[String] {
    definition.get(OPTIONS).map_or(&[], Vec::as_slice)
}

/// The rules for the definition of a field.
pub(crate) fn check_definition(attributes: &Attributes, errors: &mut FieldErrors) {
    let field_type = field_type(attributes);
    if !TYPES.contains(&field_type) {
        errors.push("field_type", format!("must be one of {}", TYPES.join(", ")));
    } else if !options(attributes).is_empty() && !WITH_OPTIONS.contains(&field_type) {
        errors.push("options", format!("are for fields of the types {}, not {field_type}", WITH_OPTIONS.join(", ")));
    }
}

/// The fields of these sections, in order. Sections without any are absent.
pub(crate) async fn fields_of(tx: &mut Tx, sections: &[ResourceId]) -> Result<HashMap<ResourceId, Vec<SectionField>>> {
    let mut found: HashMap<ResourceId, Vec<SectionField>> = HashMap::new();
    if sections.is_empty() {
        return Ok(found);
    }
    for field in tx.find::<SectionField>("section_id = ANY($1) ORDER BY position", params![sections]).await? {
        found.entry(field.section_id).or_default().push(field);
    }
    Ok(found)
}

/// Gives the section these fields instead of those it has. Returns whether anything has changed.
pub(crate) async fn set_fields(tx: &mut Tx, section_id: ResourceId, fields: &[NewSectionField]) -> Result<bool> {
    let mut places = HashSet::new();
    if let Some(twice) = fields.iter().find(|field| !places.insert(field.position)) {
        return Err(Error::invalid("fields", format!("position {} is given twice", twice.position)));
    }
    let known = known(tx, fields).await?;
    let present = tx.find::<SectionField>("section_id = $1", params![section_id]).await?;
    let mut present: HashMap<i64, SectionField> = present.into_iter().map(|field| (field.position, field)).collect();
    let mut changed = false;
    for field in fields {
        let field_id = match &field.field {
            FieldRef::New { name, field_type, options } => make(tx, name, field_type, options).await?,
            FieldRef::Id(id) => known.iter().find(|k| k.id == *id).map(|k| k.id).ok_or_else(|| unknown(field, id))?,
            FieldRef::Slug(slug) => {
                known.iter().find(|k| k.slug == *slug).map(|k| k.id).ok_or_else(|| unknown(field, slug))?
            }
        };
        let position = i64::from(field.position);
        let help_block = field.help_block.clone();
        match present.remove(&position) {
            Some(before) if before.field_id == field_id && before.help_block == help_block => {}
            Some(before) => {
                let mut after = SectionField { field_id, help_block, ..before.clone() };
                tx.update(&before, &mut after).await?;
                changed = true;
            }
            None => {
                let id = tx.new_id::<SectionField>().await?;
                tx.insert(&SectionField { id, version: 0, section_id, position, field_id, help_block }).await?;
                changed = true;
            }
        }
    }
    changed |= !present.is_empty();
    for surplus in present.into_values() {
        tx.delete(&surplus).await?;
    }
    Ok(changed)
}

/// The fields that are named by id or slug, in one question.
async fn known(tx: &mut Tx, fields: &[NewSectionField]) -> Result<Vec<Resource>> {
    let (mut ids, mut slugs) = (Vec::new(), Vec::new());
    for field in fields {
        match &field.field {
            FieldRef::Id(id) => ids.push(*id),
            FieldRef::Slug(slug) => slugs.push(slug.clone()),
            FieldRef::New { .. } => {}
        }
    }
    tx.find("kind = $1 AND (id = ANY($2) OR slug = ANY($3))", params![FIELD, ids, slugs]).await
}

fn unknown(field: &NewSectionField, name: &impl std::fmt::Display) -> Error {
    Error::invalid(format!("fields[{}]", field.position), format!("there is no field {name}"))
}

/// Fields are defined below the top, so that every section may use them.
async fn make(tx: &mut Tx, name: &str, field_type: &str, options: &[String]) -> Result<ResourceId> {
    let attributes = definition(Some(field_type), None, Some(options.to_vec()));
    let new = NewResource { name: name.to_owned(), kind: FIELD.to_owned(), attributes, ..NewResource::default() };
    // A section that has no fields of its own can't come back here.
    Ok(Box::pin(add(tx, &new)).await?.id)
}

/// Empties sections that are going to be deleted.
pub(crate) async fn remove_fields(tx: &mut Tx, sections: &[ResourceId]) -> Result<()> {
    for field in tx.find::<SectionField>("section_id = ANY($1)", params![sections]).await? {
        tx.delete(&field).await?;
    }
    Ok(())
}
