//! Values as clients of API v2 send them: ids and numbers may be texts, and an empty text is no value.

use kernel::{Error, Patch, Result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{block::update, list::short, profile::tag_set};

/// Tags as a comma-separated text, as old clients send them, or as a list.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(untagged, expecting = "must be a list of texts, or one text with commas")]
pub(crate) enum Tags {
    /// `"customer,vpn"`
    Text(String),
    /// `["customer", "vpn"]`
    List(Vec<String>),
}

impl Tags {
    /// Trimmed, sorted, without repetitions.
    pub(crate) fn set(self) -> Vec<String> {
        match self {
            Self::Text(text) => tag_set(text.split(',')),
            Self::List(list) => tag_set(list),
        }
    }
}

/// A number or a text, as old clients send ids.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(untagged, expecting = "must be a whole number or a text")]
pub(crate) enum NumberOrText {
    /// `1234`
    Number(i64),
    /// `"1234"`
    Text(String),
}

impl NumberOrText {
    /// The number.
    pub(crate) fn number(&self, field: &str) -> Result<i64> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::Text(text) => text
                .trim()
                .parse()
                .map_err(|_| Error::invalid(field, format!("\"{}\" is not a whole number", short(text)))),
        }
    }

    /// The text.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }

    /// Old clients send an empty text for what is not there.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) if text.trim().is_empty())
    }
}

/// A flag, which old clients send as a text.
pub(crate) fn flag(field: &str, value: Option<&serde_json::Value>) -> Result<bool> {
    match value {
        None | Some(serde_json::Value::Null) => Ok(false),
        Some(serde_json::Value::Bool(flag)) => Ok(*flag),
        Some(value) => match value.as_str().map(str::to_ascii_lowercase).as_deref() {
            Some("true" | "1") => Ok(true),
            Some("false" | "0" | "") => Ok(false),
            _ => Err(Error::invalid(field, "must be true or false")),
        },
    }
}

/// The number, if there is one.
pub(crate) fn number(field: &str, value: Option<&NumberOrText>) -> Result<Option<i64>> {
    value.filter(|value| !value.is_empty()).map(|value| value.number(field)).transpose()
}

/// What is to become of a field; an empty text clears it, as null does.
pub(crate) fn patch<T>(value: Patch<NumberOrText>, read: impl FnOnce(&NumberOrText) -> Result<T>) -> Result<Patch<T>> {
    match value {
        Patch::Set(value) if value.is_empty() => Ok(Patch::Clear),
        Patch::Set(value) => read(&value).map(Patch::Set),
        Patch::Clear => Ok(Patch::Clear),
        Patch::Keep => Ok(Patch::Keep),
    }
}

/// The same for free text of at most this many characters.
pub(crate) fn text_patch(field: &str, value: Patch<String>, longest: usize) -> Result<Patch<String>> {
    match value {
        Patch::Set(text) if text.trim().is_empty() => Ok(Patch::Clear),
        Patch::Set(text) => update::text(field, &text, longest).map(Patch::Set),
        other => Ok(other),
    }
}
