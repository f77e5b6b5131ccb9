//! What a view is.

use indexmap::IndexMap;
use kernel::{Error, FieldErrors, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    parameter::{placeholders, reserved},
    row::ViewRow,
};
use crate::resource::{api::AttributeBody, column::Column};

/// The most sections, filters and parameters of one view.
const MOST: usize = 50;
/// The longest name, default and description, in characters.
const LONGEST: usize = 255;

/// A saved list of resources.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ResourceView)]
pub(super) struct View {
    /// Its id.
    pub(super) id: String,
    /// Its name.
    pub(super) name: String,
    /// The id of the user whose it is.
    pub(super) owner_id: Option<String>,
    /// Whether others see it. They never see more resources by it than they may see anyway.
    pub(super) shared: bool,
    #[serde(flatten)]
    pub(super) definition: Definition,
    /// When it was made, in UTC.
    pub(super) date: String,
    /// When it was last changed, in UTC.
    pub(super) modified: String,
}

/// What a view shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ResourceViewDefinition)]
#[serde(default)]
pub(super) struct Definition {
    /// The ids of the sections whose entries it shows; all resources when there is none.
    pub(super) sections: Vec<String>,
    /// What it shows of each: `name`, `custom_id`, `parent_id` ..., and attributes (fields by their slugs).
    pub(super) columns: Vec<String>,
    /// Conditions on attributes. `{parameter}` in a value stands for what is given when the view is read.
    pub(super) filters: Vec<AttributeBody>,
    /// Only what lies directly below this resource: an id, or `{parameter}`.
    pub(super) parent_id: Option<String>,
    /// The parameters, by name.
    #[schema(value_type = std::collections::HashMap<String, Parameter>)]
    pub(super) parameters: IndexMap<String, Parameter>,
    /// The order: `name` (the usual one), `id`, `slug`, `type`, `parent_id`, `date` or `modified`.
    pub(super) order_by: Option<String>,
    /// `ASC` or `DESC`.
    pub(super) sort: Option<String>,
}

/// Something that is filled in when a view is read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ResourceViewParameter)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Parameter {
    /// What stands for it when nothing is given. Without it, the conditions that name the parameter are left out then.
    default: Option<String>,
    /// Whether it must be given.
    required: bool,
    /// What it is, for people.
    description: Option<String>,
}

/// A view that is to be made, or what is to change in one; what is not given stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = ResourceViewInput)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ViewInput {
    /// Its name: 1 to 255 characters.
    pub(super) name: Option<String>,
    /// Whether others see it.
    pub(super) shared: Option<bool>,
    /// The ids of the sections whose entries it shows, as numbers or texts.
    #[schema(value_type = Option<Vec<i64>>)]
    sections: Option<Vec<Value>>,
    /// What it shows of each: `name`, `custom_id`, `parent_id` ..., and attributes (fields by their slugs).
    columns: Option<Vec<String>>,
    /// Conditions on attributes, as in a query. `{parameter}` in a value stands for what is given when it is read.
    filters: Option<Vec<AttributeBody>>,
    /// Only what lies directly below this resource: an id, or `{parameter}`; empty for no such condition.
    parent_id: Option<String>,
    /// The parameters, by name: small letters, digits and `_`.
    #[schema(value_type = Option<std::collections::HashMap<String, Parameter>>)]
    parameters: Option<IndexMap<String, Parameter>>,
    /// The order: `name` (the usual one), `id`, `slug`, `type`, `parent_id`, `date` or `modified`.
    order_by: Option<String>,
    /// `ASC` or `DESC`.
    sort: Option<String>,
}

impl Parameter {
    /// What is filled in where this is given, or what the errors say.
    pub(super) fn value(&self, name: &str, given: Option<&String>, errors: &mut FieldErrors) -> Option<String> {
        let value = given.or(self.default.as_ref()).cloned();
        if value.is_none() && self.required {
            errors.push(name, "is required by this view");
        }
        if value.as_ref().is_some_and(|value| value.chars().count() > LONGEST) {
            errors.push(name, format!("must have at most {LONGEST} characters"));
        }
        value
    }

    /// Something that stands for it while the view is checked.
    pub(super) fn sample(&self) -> String {
        self.default.clone().unwrap_or_else(|| "1".to_owned())
    }
}

impl ViewInput {
    /// The definition with what is given here.
    pub(super) fn apply(&self, before: Definition) -> Result<Definition> {
        let id = |value: &Value| match value {
            Value::String(text) => Ok(text.trim().to_owned()),
            Value::Number(number) => Ok(number.to_string()),
            _ => Err(Error::invalid("sections", "must be a list of ids")),
        };
        let sections = self.sections.as_ref().map(|ids| ids.iter().map(id).collect::<Result<Vec<_>>>()).transpose()?;
        let text = |given: &Option<String>, before| match given {
            Some(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            None => before,
        };
        Ok(Definition {
            sections: sections.unwrap_or(before.sections),
            columns: self.columns.clone().unwrap_or(before.columns),
            filters: self.filters.clone().unwrap_or(before.filters),
            parent_id: text(&self.parent_id, before.parent_id),
            parameters: self.parameters.clone().unwrap_or(before.parameters),
            order_by: text(&self.order_by, before.order_by),
            sort: text(&self.sort, before.sort),
        })
    }
}

impl Definition {
    /// The columns; the name when nothing is said.
    pub(super) fn table(&self) -> Result<Vec<Column>> {
        let columns = Column::list("columns", self.columns.iter().map(String::as_str))?;
        Ok(if columns.is_empty() { vec![Column::named("name")] } else { columns })
    }

    /// Checks the form of all of it.
    pub(super) fn check(&self) -> Result<()> {
        self.table()?;
        let mut errors = FieldErrors::default();
        for (field, many) in
            [("sections", self.sections.len()), ("filters", self.filters.len()), ("parameters", self.parameters.len())]
        {
            if many > MOST {
                errors.push(field, format!("may have at most {MOST}"));
            }
        }
        for (name, parameter) in &self.parameters {
            let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
            let field = format!("parameters.{}", name.chars().take(64).collect::<String>());
            if name.is_empty() || name.len() > 64 || !name.bytes().all(fits) {
                errors.push(field, "must have a name of 1 to 64 small letters, digits and _");
            } else if reserved(name) {
                errors.push(field, "is a parameter of every list; give it another name");
            } else if [&parameter.default, &parameter.description]
                .into_iter()
                .flatten()
                .any(|text| text.chars().count() > LONGEST)
            {
                errors.push(field, format!("may have texts of at most {LONGEST} characters"));
            }
        }
        let named = self.filters.iter().enumerate().flat_map(|(n, filter)| {
            placeholders(&filter.value).into_iter().map(move |name| (format!("filters[{n}].value"), name))
        });
        let parent = Value::from(self.parent_id.clone().unwrap_or_default());
        let parents = placeholders(&parent).into_iter().map(|name| ("parent_id".to_owned(), name));
        for (field, name) in named.chain(parents).filter(|(_, name)| !self.parameters.contains_key(name)) {
            errors.push(field, format!("names the parameter {name}, which the view does not have"));
        }
        errors.into_result()?;
        let samples = self.parameters.iter().map(|(name, parameter)| (name.clone(), parameter.sample()));
        self.query(&samples.collect()).map(drop)
    }
}

/// Checks the name of a view.
pub(super) fn name(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST || text.chars().any(char::is_control) {
        return Err(Error::invalid("name", format!("must have 1 to {LONGEST} printable characters")));
    }
    Ok(text.to_owned())
}

impl TryFrom<ViewRow> for View {
    type Error = Error;

    fn try_from(row: ViewRow) -> Result<Self> {
        Ok(Self {
            id: row.id.to_string(),
            name: row.name,
            owner_id: row.owner_id.map(|id| id.to_string()),
            shared: row.shared,
            definition: serde_json::from_str(&row.definition).map_err(Error::internal)?,
            date: row.created_at.sql(),
            modified: row.modified_at.sql(),
        })
    }
}
