//! What adds and changes a resource.

use api_v1::Params;
use indexmap::IndexMap;
use kernel::{Error, Patch, ResourceId, Result};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::{
    attribute::{self, AttributeChange, Attributes},
    resource::{NewResource, ResourcePatch, SectionRef},
    section,
};

/// Whether what lies below goes too.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::resource::api) struct Recursive {
    /// Deletes from the bottom up whatever may be deleted.
    pub(in crate::resource::api) recursive: Option<bool>,
}

/// A resource that is to be made, or what is to change in one. To make one takes `name` and `type`; in a change, what
/// is not given stays.
///
/// Existing clients send back what they were shown: the fields that can't be written (`id`, `date`, `modified`,
/// `permissions`, `linkages`) may be there and are not looked at, and an empty text stands for a field that was not
/// given.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ResourceInput)]
#[serde(deny_unknown_fields)]
pub(in crate::resource::api) struct ResourceInput {
    /// Its name: 1 to 255 characters.
    name: Option<String>,
    /// What it is: `entry`, `section`, `field`, `category`, ... It can't be changed.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// A name for URLs that no other resource has; made from the name when there is none.
    slug: Option<String>,
    /// The resource above it; the top-level resource when there is none. A number or a text.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    parent_id: Value,
    /// The category that it is filed under, or `null`.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    category_id: Option<Value>,
    /// For an entry: the slug of its section.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    section: Value,
    /// For an entry: the id of its section, instead of `section`.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    section_id: Value,
    /// What someone else's system calls it, or `null`.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    custom_id: Option<Value>,
    /// Attributes: each a text, a list of texts, or `null` to remove it.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, String>)]
    attrs: IndexMap<String, Value>,
    /// For an entry: the values of its fields, by slug, as in `attrs`. For a section: the list of all its fields, each
    /// `{"id" or "slug", "help_block"}`, or `{"new": true, "name", "field_type", "options", "depends_on"}` for one to be made.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    fields: Value,
    /// For a section: the list of all its gadgets, each `{"code", "uuid"}`.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Object>>)]
    gadgets: Value,
    /// For a field: `text`, `textarea`, `radios`, `checkboxes`, `choicebox` or `encrypted`.
    field_type: Option<String>,
    /// For a field: the line of help under it.
    help_block: Option<String>,
    /// For a field: its choices. Of one that depends on another field: a list of choices for each option of that field.
    #[schema(value_type = Option<Vec<String>>)]
    options: Option<Value>,
    /// For a choicebox: the id or the slug of the field on whose choice it depends; an empty text for none.
    #[schema(value_type = Option<String>)]
    depends_on: Option<Value>,
    /// For a change of several resources: the list of their ids. Elsewhere it is not looked at.
    #[serde(default, skip_serializing)]
    #[schema(value_type = Option<Vec<i64>>)]
    id: Value,
    #[serde(default, rename = "date", skip_serializing)]
    #[schema(ignore)]
    _date: Value,
    #[serde(default, rename = "modified", skip_serializing)]
    #[schema(ignore)]
    _modified: Value,
    #[serde(default, rename = "permissions", skip_serializing)]
    #[schema(ignore)]
    _permissions: Value,
    #[serde(default, rename = "linkages", skip_serializing)]
    #[schema(ignore)]
    _linkages: Value,
}

/// Tells a field that is `null` from one that is not there.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl TryFrom<&ResourceInput> for NewResource {
    type Error = Error;

    fn try_from(body: &ResourceInput) -> Result<Self> {
        let required = |field: &str, text: &Option<String>| {
            text.clone().filter(|text| !text.trim().is_empty()).ok_or_else(|| Error::invalid(field, "is required"))
        };
        let structure = body.structure()?;
        Ok(Self {
            name: required("name", &body.name)?,
            kind: required("type", &body.kind)?,
            slug: written(body.slug.as_deref()),
            parent_id: read_id("parent_id", &body.parent_id)?,
            category_id: change(body.category_id.as_ref(), |value| read_id("category_id", value))?.apply(None),
            section: body.section_ref()?,
            custom_id: change(body.custom_id.as_ref(), |value| label("custom_id", value))?.apply(None),
            attributes: body.attributes()?,
            fields: section::fields(&structure)?.unwrap_or_default(),
            gadgets: section::gadgets(&structure)?.unwrap_or_default(),
        })
    }
}

impl TryFrom<&ResourceInput> for ResourcePatch {
    type Error = Error;

    fn try_from(body: &ResourceInput) -> Result<Self> {
        let structure = body.structure()?;
        Ok(Self {
            name: written(body.name.as_deref()),
            kind: written(body.kind.as_deref()),
            slug: written(body.slug.as_deref()),
            parent_id: read_id("parent_id", &body.parent_id)?,
            category_id: change(body.category_id.as_ref(), |value| read_id("category_id", value))?,
            section: body.section_ref()?,
            custom_id: change(body.custom_id.as_ref(), |value| label("custom_id", value))?,
            attributes: body.attributes()?,
            attribute_change: AttributeChange::Merge,
            fields: section::fields(&structure)?,
            gadgets: section::gadgets(&structure)?,
        })
    }
}

impl ResourceInput {
    /// The whole resource: what is not given becomes empty. Its slug, its place and its section, without which it can't
    /// be, stay unless others are given; so do the fields of a section, which a read does not show.
    pub(in crate::resource::api) fn whole(&self) -> Result<ResourcePatch> {
        let NewResource { name, kind, slug, parent_id, category_id, section, custom_id, attributes, gadgets, .. } =
            NewResource::try_from(self)?;
        let fields = section::fields(&self.structure()?)?;
        Ok(ResourcePatch {
            name: Some(name),
            kind: Some(kind),
            slug,
            parent_id,
            category_id: category_id.map_or(Patch::Clear, Patch::Set),
            section,
            custom_id: custom_id.map_or(Patch::Clear, Patch::Set),
            attributes,
            attribute_change: AttributeChange::Replace,
            fields,
            gadgets: Some(gadgets),
        })
    }

    /// The resources that `id` lists.
    pub(in crate::resource::api) fn ids(&self) -> Result<Vec<ResourceId>> {
        let one = |value| read_id("id", value)?.ok_or_else(|| Error::invalid("id", "must be a list of ids"));
        self.id.as_array().into_iter().flatten().map(one).collect()
    }

    fn section_ref(&self) -> Result<Option<SectionRef>> {
        if let Some(id) = read_id("section_id", &self.section_id)? {
            return Ok(Some(SectionRef::Id(id)));
        }
        match &self.section {
            // What a read shows of a section.
            Value::Object(_) => Ok(None),
            // The attribute by which a read shows it.
            Value::Null if self.attrs.contains_key(attribute::SECTION) => {
                Ok(read_id("attrs._section", &self.attrs[attribute::SECTION])?.map(SectionRef::Id))
            }
            slug => Ok(label("section", slug)?.map(SectionRef::Slug)),
        }
    }

    fn attributes(&self) -> Result<Attributes> {
        let mut attributes = read_attributes("attrs", &self.attrs)?;
        attributes.extend(read_attributes("fields", self.fields.as_object().into_iter().flatten())?);
        let depends_on = self.depends_on.as_ref().map(|value| text(value).ok_or(value)).transpose();
        let depends_on =
            depends_on.map_err(|_| Error::invalid("depends_on", "must be the id or the slug of a field"))?;
        let definition = section::Definition {
            field_type: self.field_type.as_deref(),
            help_block: self.help_block.as_deref(),
            options: self.options.as_ref(),
            depends_on: depends_on.as_deref(),
        };
        attributes.extend(definition.attributes()?);
        Ok(attributes)
    }

    /// The lists of a section, to be read as API v1 reads them.
    fn structure(&self) -> Result<Params> {
        let mut structure = serde_json::Map::new();
        for (name, value) in [("fields", &self.fields), ("gadgets", &self.gadgets)] {
            match value {
                Value::Array(_) => _ = structure.insert(name.to_owned(), value.clone()),
                Value::Null => {}
                Value::Object(_) if name == "fields" => {}
                _ => return Err(Error::invalid(name, "must be a list")),
            }
        }
        Params::from_json(Value::Object(structure))
    }
}

/// Attributes as texts, lists of texts, or null. What a read shows of the section of an entry is not one of them.
pub(crate) fn read_attributes<'v>(
    place: &str,
    given: impl IntoIterator<Item = (&'v String, &'v Value)>,
) -> Result<Attributes> {
    let given = given.into_iter().filter(|(name, _)| *name != attribute::SECTION);
    let read = |(name, value): (&String, &Value)| {
        let wrong = || Error::invalid(format!("{place}.{name}"), "must be a text, a list of texts, or null");
        let texts = match value {
            Value::Null => Vec::new(),
            Value::Array(list) => list.iter().map(|value| text(value).ok_or_else(wrong)).collect::<Result<_>>()?,
            one => vec![text(one).ok_or_else(wrong)?],
        };
        Ok((name.clone(), texts))
    };
    given.map(read).collect()
}

/// What was given, if it was; null and an empty text empty the field.
fn change<T>(value: Option<&Value>, read: impl FnOnce(&Value) -> Result<Option<T>>) -> Result<Patch<T>> {
    Ok(match value {
        None => Patch::Keep,
        Some(value) => read(value)?.map_or(Patch::Clear, Patch::Set),
    })
}

fn written(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// A text, where an empty one and null stand for none.
fn label(field: &str, value: &Value) -> Result<Option<String>> {
    match value {
        Value::Null => Ok(None),
        value => text(value).map(|text| written(Some(&text))).ok_or_else(|| Error::invalid(field, "must be a text")),
    }
}

/// An id as a number or a text, where an empty text and null stand for none.
pub(crate) fn read_id(field: &str, value: &Value) -> Result<Option<ResourceId>> {
    let wrong = || Error::invalid(field, "must be the id of a resource, a whole number");
    match text(value).as_deref().map(str::trim) {
        None if value.is_null() => Ok(None),
        None => Err(wrong()),
        Some("") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| wrong()),
    }
}
