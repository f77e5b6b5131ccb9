//! Filling in what a view leaves open.

use std::collections::HashMap;

use indexmap::IndexMap;
use kernel::{Error, FieldErrors, ResourceId, Result};
use serde_json::{Value, json};

use super::model::Definition;
use crate::resource::{ResourceQuery, api::AttributeBody};

/// The parameters that every list has.
pub(super) fn reserved(name: &str) -> bool {
    matches!(name, "limit" | "offset" | "page" | "export")
}

/// The parameters that the texts of a value name.
pub(super) fn placeholders(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => pieces(text).into_iter().filter_map(Result::err).map(str::to_owned).collect(),
        Value::Array(values) => values.iter().flat_map(placeholders).collect(),
        _ => Vec::new(),
    }
}

/// The pieces of a text: as they are, or (as errors) the names between braces. Braces around anything else than a name
/// stand for themselves.
fn pieces(text: &str) -> Vec<Result<&str, &str>> {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some(open) = rest.find('{') {
        match rest[open + 1..].split_once('}') {
            Some((name, behind)) if is_name(name) => {
                pieces.extend([Ok(&rest[..open]), Err(name)]);
                rest = behind;
            }
            _ => {
                pieces.push(Ok(&rest[..=open]));
                rest = &rest[open + 1..];
            }
        }
    }
    pieces.push(Ok(rest));
    pieces
}

/// The value with its parameters filled in; nothing when one of them has no value.
fn filled(value: &Value, values: &HashMap<String, String>) -> Option<Value> {
    match value {
        Value::String(text) => {
            let piece = |piece| match piece {
                Ok(text) => Some(text),
                Err(name) => values.get(name).map(String::as_str),
            };
            pieces(text).into_iter().map(piece).collect::<Option<String>>().map(Value::from)
        }
        Value::Array(list) => list.iter().map(|one| filled(one, values)).collect(),
        other => Some(other.clone()),
    }
}

impl Definition {
    /// What is asked for when these parameters are given.
    pub(super) fn asked(&self, given: &IndexMap<String, String>) -> Result<ResourceQuery> {
        let mut errors = FieldErrors::default();
        for name in given.keys().filter(|name| !self.parameters.contains_key(*name)) {
            let known: Vec<&str> =
                self.parameters.keys().map(String::as_str).chain(["limit", "offset", "page"]).collect();
            let name = name.chars().take(64).collect::<String>();
            errors.push(name, format!("is no parameter of this view; it has {}, and export", known.join(", ")));
        }
        let value = |(name, parameter): (&String, &super::model::Parameter)| {
            parameter.value(name, given.get(name), &mut errors).map(|value| (name.clone(), value))
        };
        let values = self.parameters.iter().filter_map(value).collect();
        errors.into_result()?;
        self.query(&values)
    }

    /// The query with these values. A condition on a parameter that has none is left out.
    pub(super) fn query(&self, values: &HashMap<String, String>) -> Result<ResourceQuery> {
        let fill = |filter: &AttributeBody| {
            filled(&filter.value, values).map(|value| AttributeBody { value, ..filter.clone() })
        };
        let filters: Vec<AttributeBody> = self.filters.iter().filter_map(fill).collect();
        let parent = self.parent_id.as_deref().and_then(|parent| filled(&Value::from(parent), values));
        let mut query = json!({"attrs": filters, "order_by": self.order_by, "sort": self.sort, "parent_id": parent});
        if let Some(members) = query.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        let id = |text: &String| text.parse().map_err(|_| Error::invalid("sections", "must be a list of ids"));
        let sections: Vec<ResourceId> = self.sections.iter().map(id).collect::<Result<_>>()?;
        let sections = (!sections.is_empty()).then_some(sections);
        let query = ResourceQuery::from_json(&query).map_err(in_filters)?;
        Ok(ResourceQuery { sections, ..query })
    }
}

/// An error about a query as one about the view that makes it.
fn in_filters(error: Error) -> Error {
    match error {
        Error::Invalid(mut errors) => {
            for error in &mut errors.0 {
                if let Some(rest) = error.field.strip_prefix("attrs") {
                    error.field = format!("filters{rest}");
                }
            }
            Error::Invalid(errors)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_between_braces_are_parameters_and_other_braces_are_text() {
        assert_eq!(placeholders(&json!(["{a} and {b_2}", "{A}", "{", "{}", 5])), ["a", "b_2"]);
        let values = [("a".to_owned(), "{b}".to_owned())].into();
        assert_eq!(filled(&json!("x{a}{A}{"), &values), Some(json!("x{b}{A}{")), "a value is not filled in again");
        assert_eq!(filled(&json!(["{a}", "{c}"]), &values), None);
    }
}
