//! Columns of tables of resources: what a table shows of each, and in which words.

use std::fmt;

use kernel::{Error, Result};
use store::Tx;

use super::Resource;
use crate::attribute::{self, Attributes, SECTION};

/// A column of a table of resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Column {
    /// What every resource has.
    Own(Own),
    /// An attribute; for an entry, the field with this slug.
    Attribute(String),
}

/// What every resource has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Own {
    Id,
    Parent,
    Name,
    Slug,
    Kind,
    Category,
    Section,
    CustomId,
    Created,
    Modified,
}

/// Says that an attribute is meant, where one is called as something is that every resource has.
const PREFIX: &str = "attrs.";
/// The most columns of a table besides those that every resource has.
const MOST: usize = 100;
/// Between the values of an attribute that has several.
const SEPARATOR: char = ';';

impl Own {
    /// All of them, by the words of the API.
    pub(crate) const ALL: [(&str, Self); 10] = [
        ("id", Self::Id),
        ("parent_id", Self::Parent),
        ("name", Self::Name),
        ("slug", Self::Slug),
        ("type", Self::Kind),
        ("category_id", Self::Category),
        ("section_id", Self::Section),
        ("custom_id", Self::CustomId),
        ("date", Self::Created),
        ("modified", Self::Modified),
    ];

    fn value(self, resource: &Resource) -> Option<String> {
        let id = |id: kernel::ResourceId| id.to_string();
        match self {
            Self::Id => Some(id(resource.id)),
            Self::Parent => resource.parent_id.map(id),
            Self::Name => Some(resource.name.clone()),
            Self::Slug => Some(resource.slug.clone()),
            Self::Kind => Some(resource.kind.clone()),
            Self::Category => resource.category_id.map(id),
            Self::Section => resource.section_id.map(id),
            Self::CustomId => resource.custom_id.clone(),
            Self::Created => Some(resource.created_at.sql()),
            Self::Modified => Some(resource.modified_at.sql()),
        }
    }
}

impl Column {
    /// The column with this name: `name`, `custom_id`, the name of an attribute, or `attrs.NAME`.
    pub(crate) fn named(name: &str) -> Self {
        match name.strip_prefix(PREFIX) {
            Some(attribute) if !attribute.is_empty() => Self::Attribute(attribute.to_owned()),
            _ if name == SECTION => Self::Own(Own::Section),
            _ => match Own::ALL.iter().find(|(word, _)| *word == name) {
                Some((_, own)) => Self::Own(*own),
                None => Self::Attribute(name.to_owned()),
            },
        }
    }

    /// The columns with these names; `field` is where they stand in the call.
    pub(crate) fn list<'a>(field: &str, names: impl IntoIterator<Item = &'a str>) -> Result<Vec<Self>> {
        let mut columns = Vec::new();
        for name in names.into_iter().map(str::trim) {
            let column = Self::named(name);
            if name.is_empty() || name.chars().count() > 255 || name.chars().any(char::is_control) {
                return Err(Error::invalid(field, "each column has a name of 1 to 255 printable characters"));
            }
            if columns.contains(&column) {
                return Err(Error::invalid(field, format!("{name} is there twice")));
            }
            columns.push(column);
        }
        if columns.len() > MOST {
            return Err(Error::invalid(field, format!("may name at most {MOST} columns")));
        }
        Ok(columns)
    }

    /// What every resource has, and then these.
    pub(crate) fn all_and(more: Vec<Self>) -> Vec<Self> {
        let own: Vec<Self> = Own::ALL.iter().map(|(_, own)| Self::Own(*own)).collect();
        let more: Vec<Self> = more.into_iter().filter(|column| !own.contains(column)).collect();
        own.into_iter().chain(more).collect()
    }
}

/// The name by which [`Column::named`] finds it again.
impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(own) => f.write_str(
                Own::ALL.iter().find(|(_, one)| one == own).map_or_else(Default::default, |(word, _)| *word),
            ),
            Self::Attribute(name) if Self::named(name) == *self => f.write_str(name),
            Self::Attribute(name) => write!(f, "{PREFIX}{name}"),
        }
    }
}

/// A row of a table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) resource: Resource,
    attributes: Attributes,
}

impl Row {
    /// What stands in this column: an attribute may have several values, or none.
    pub(crate) fn values(&self, column: &Column) -> Vec<String> {
        match column {
            Column::Own(own) => own.value(&self.resource).into_iter().collect(),
            Column::Attribute(name) => self.attributes.get(name).cloned().unwrap_or_default(),
        }
    }
}

/// What these columns show of these resources, with one question for all of them.
pub(crate) async fn rows(tx: &mut Tx, resources: Vec<Resource>, columns: &[Column]) -> Result<Vec<Row>> {
    let names = columns.iter().filter_map(|column| match column {
        Column::Attribute(name) => Some(name.clone()),
        Column::Own(_) => None,
    });
    let ids: Vec<_> = resources.iter().map(|resource| resource.id).collect();
    let mut attributes = attribute::load_named(tx, &ids, &names.collect::<Vec<_>>()).await?;
    let row = |resource: Resource| Row { attributes: attributes.remove(&resource.id).unwrap_or_default(), resource };
    Ok(resources.into_iter().map(row).collect())
}

/// The values of one attribute as one text: `a; b`, or in JSON where that could be read in another way.
pub(crate) fn joined(values: &[String]) -> String {
    match values {
        [] => String::new(),
        [one] => one.clone(),
        many if many.iter().any(|value| value.contains(SEPARATOR) || value.trim() != value || value.is_empty()) => {
            serde_json::Value::from(many).to_string()
        }
        many => many.join("; "),
    }
}

/// The values that one text holds; the counterpart of [`joined`].
pub(crate) fn separated(text: &str) -> Vec<String> {
    if text.starts_with('[')
        && let Ok(values) = serde_json::from_str(text)
    {
        return values;
    }
    text.split(SEPARATOR).map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_found_by_its_name_again() {
        for (name, column) in [
            ("custom_id", Column::Own(Own::CustomId)),
            ("serial", Column::Attribute("serial".to_owned())),
            ("attrs.name", Column::Attribute("name".to_owned())),
        ] {
            assert_eq!(Column::named(name), column);
            assert_eq!(column.to_string(), name);
        }
        assert_eq!(Column::named("attrs.serial").to_string(), "serial");
        assert_eq!(Column::named("_section"), Column::Own(Own::Section));
    }

    #[test]
    fn several_values_in_one_cell_can_be_told_apart() {
        for (values, cell) in
            [(vec!["red", "blue"], "red; blue"), (vec!["a;b", "c"], r#"["a;b","c"]"#), (vec!["", "c"], r#"["","c"]"#)]
        {
            let values: Vec<String> = values.into_iter().map(str::to_owned).collect();
            assert_eq!(joined(&values), cell);
            assert_eq!(separated(cell), values);
        }
    }

    #[test]
    fn what_people_write_is_separated_at_semicolons() {
        assert_eq!(separated(" red ;; blue;"), ["red", "blue"]);
        assert_eq!(separated("[not JSON"), ["[not JSON"]);
    }

    #[test]
    fn columns_are_checked_before_anything_is_read() {
        let refused = |names: &[&str]| Column::list("columns", names.iter().copied()).unwrap_err().to_string();
        assert_eq!(refused(&["serial", "attrs.serial"]), "columns: attrs.serial is there twice");
        assert_eq!(refused(&[""]), "columns: each column has a name of 1 to 255 printable characters");
        let many: Vec<String> = (0..=MOST).map(|n| n.to_string()).collect();
        assert!(refused(&many.iter().map(String::as_str).collect::<Vec<_>>()).contains("at most 100"));
    }
}
