//! The fields of a section, and what defines a field.

use std::collections::{HashMap, HashSet};

use kernel::{Error, ResourceId, Result};
use serde::{Deserialize, Serialize};
use store::{Tx, params};

use super::{FIELD, definition::is_encrypted};
use crate::{
    attribute::{self, Attributes},
    resource::{NewResource, Resource, add},
};

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
        /// The attributes that define it.
        definition: Attributes,
    },
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
    check_encrypted(tx, section_id, &known).await?;
    let present = tx.find::<SectionField>("section_id = $1", params![section_id]).await?;
    let mut present: HashMap<i64, SectionField> = present.into_iter().map(|field| (field.position, field)).collect();
    let mut changed = false;
    for field in fields {
        let field_id = match &field.field {
            FieldRef::New { name, definition } => make(tx, name, definition).await?,
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

/// Refuses an encrypted field in whose place the entries of the section have values in the clear: these would stay in
/// the log in any case.
pub(super) async fn check_encrypted(tx: &mut Tx, section_id: ResourceId, fields: &[Resource]) -> Result<()> {
    let ids: Vec<ResourceId> = fields.iter().map(|field| field.id).collect();
    let mut definitions = attribute::load(tx, &ids).await?;
    definitions.retain(|_, definition| is_encrypted(definition));
    for field in fields.iter().filter(|field| definitions.contains_key(&field.id)) {
        let text = "SELECT r.id FROM resource r JOIN resource_attr a ON a.resource_id = r.id
            WHERE r.section_id = $1 AND a.name = $2 AND a.sealed IS NULL AND a.value <> '' LIMIT 1";
        let entry: Option<ResourceId> = tx.scalar(text, params![section_id, field.slug]).await?;
        if let Some(entry) = entry {
            let rule = format!(
                "the field {} is encrypted, but entries of this section, such as {entry}, have values of this name that \
                 are not; remove these first",
                field.slug
            );
            return Err(Error::invalid("fields", rule));
        }
    }
    Ok(())
}

fn unknown(field: &NewSectionField, name: &impl std::fmt::Display) -> Error {
    Error::invalid(format!("fields[{}]", field.position), format!("there is no field {name}"))
}

/// Fields are defined below the top, so that every section may use them.
async fn make(tx: &mut Tx, name: &str, definition: &Attributes) -> Result<ResourceId> {
    let (name, kind, attributes) = (name.to_owned(), FIELD.to_owned(), definition.clone());
    let new = NewResource { name, kind, attributes, ..NewResource::default() };
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
