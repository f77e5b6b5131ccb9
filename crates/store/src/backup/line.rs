//! The lines of a backup.

use std::collections::BTreeMap;

use kernel::{Error, Result, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Value, hex};

/// What the first line calls the file.
pub(super) const FORMAT: &str = "platbook-backup";
/// Raised when an older program could not read the lines any more.
pub(super) const VERSION: u32 = 1;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) format: String,
    pub(super) version: u32,
    /// The steps of the schema that the database had.
    pub(super) migrations: Vec<String>,
    pub(super) at: Timestamp,
}

/// What stands before the rows of a table.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct TableHead {
    pub(super) table: String,
    pub(super) columns: Vec<String>,
    /// No id from this one on has been given out; only for tables of records.
    pub(super) next_id: Option<i64>,
}

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Footer {
    pub(super) rows: BTreeMap<String, u64>,
    /// Of everything before this line, as it was before compression.
    pub(super) sha256: String,
}

/// A line after the first one.
pub(super) enum Line {
    Row(Vec<Value>),
    Table(TableHead),
    Footer(Footer),
}

impl Line {
    pub(super) fn parse(text: &[u8]) -> serde_json::Result<Self> {
        if text.starts_with(b"[") {
            let cells: Vec<Cell> = serde_json::from_slice(text)?;
            let values: Option<Vec<_>> = cells.into_iter().map(Cell::value).collect();
            return values.map(Self::Row).ok_or_else(|| serde::de::Error::custom("bytes that are not hexadecimal"));
        }
        if text.starts_with(b"{\"table\"") {
            return serde_json::from_slice(text).map(Self::Table);
        }
        serde_json::from_slice(text).map(Self::Footer)
    }
}

/// A value in JSON: numbers, texts and null as they are, bytes as `{"hex": "..."}`.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Cell {
    Int(i64),
    Text(String),
    Bytes { hex: String },
    Null,
}

impl Cell {
    pub(super) fn of(value: Value) -> Result<Self> {
        Ok(match value {
            Value::Null => Self::Null,
            Value::Int(n) => Self::Int(n),
            Value::Text(text) => Self::Text(text),
            Value::Bytes(bytes) => Self::Bytes { hex: hex::text(&bytes) },
            Value::List(_) => return Err(Error::internal("a column can't hold a list")),
        })
    }

    fn value(self) -> Option<Value> {
        Some(match self {
            Self::Null => Value::Null,
            Self::Int(n) => Value::Int(n),
            Self::Text(text) => Value::Text(text),
            Self::Bytes { hex: digits } => Value::Bytes(hex::parse(&digits)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_value_round_trips() {
        let values = [
            Value::Null,
            Value::Int(i64::MIN),
            Value::Int(i64::MAX),
            Value::Text("a \"b\"\n\u{1F30D}".to_owned()),
            Value::Text(String::new()),
            Value::Bytes(vec![]),
            Value::Bytes((0..=255).collect()),
        ];
        let cells: Vec<Cell> = values.iter().map(|value| Cell::of(value.clone()).unwrap()).collect();
        let Line::Row(back) = Line::parse(&serde_json::to_vec(&cells).unwrap()).unwrap() else { panic!("not a row") };
        assert_eq!(back, values);
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for text in [r#"[{"hex":"abc"}]"#, r#"[{"hex":"xy"}]"#, "[1.5]", "[true]", "[[1]]", "[{}]", "[1", "{}", ""] {
            assert!(Line::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
