//! The change log: for every record that was inserted, updated or deleted, its columns before and after, who did
//! it, in which request and by which operation. Written in the transaction of the change itself.
//!
//! An entry is one operation. Its `items` are a JSON list of `[table, id, before, after]`: for an update the two
//! objects hold the columns that changed, for an insert `before` is null, for a delete `after` is. That is enough
//! to read a thing as it was at any time, by walking back from what it is now, and to undo a change. A notice, of which
//! nothing changes, is an item `["notice", 0, null, what]`.

use std::fmt::Write as _;

use kernel::{Actor, Error, Result};

use crate::{Notice, Table, Value, notice::NOTICE};

/// Who does what, for the changes that follow.
#[derive(Debug, Clone)]
pub(crate) struct Attribution {
    pub(crate) actor: Actor,
    pub(crate) operation: &'static str,
}

/// The entry in the making.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) attribution: Attribution,
    pub(crate) items: String,
    /// The things touched: table and id.
    pub(crate) touched: Vec<(&'static str, i64)>,
    /// The things of which those are parts.
    pub(crate) wholes: Vec<(&'static str, i64)>,
}

impl Entry {
    fn new(attribution: Attribution) -> Self {
        Self { attribution, items: String::new(), touched: Vec::new(), wholes: Vec::new() }
    }
}

/// The entries of a transaction.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) entries: Vec<Entry>,
}

/// What stands in the place of a secret. Whether there was one at all is none.
pub(crate) const SECRET: &str = "(secret)";

/// An entry with more items than this is closed and another begun, so that no row grows without bound.
const MOST_ITEMS: usize = 1_000;

impl Log {
    pub(crate) fn attribute(&mut self, attribution: Attribution) {
        match self.entries.last_mut() {
            Some(last) if last.items.is_empty() => last.attribution = attribution,
            _ => self.entries.push(Entry::new(attribution)),
        }
    }

    /// Notes something of which nothing changes.
    pub(crate) fn note(&mut self, notice: &Notice) -> Result<()> {
        let unsaid = || Error::internal("nobody said who notes this");
        let out = &mut self.entries.last_mut().ok_or_else(unsaid)?.items;
        let text = serde_json::to_string(notice).map_err(Error::internal)?;
        out.push(if out.is_empty() { '[' } else { ',' });
        _ = write!(out, "[\"{NOTICE}\",0,null,{text}]");
        Ok(())
    }

    /// Notes one changed row; `None` on the side where it does not exist.
    pub(crate) fn add(
        &mut self,
        table: &'static Table,
        id: i64,
        before: Option<&[Value]>,
        after: Option<&[Value]>,
    ) -> Result<()> {
        // A transaction that reads has no entry, so nothing can be changed in it.
        let unsaid = || Error::internal(format!("nobody said who changes {} {id}", table.name));
        let last = self.entries.last_mut().ok_or_else(unsaid)?;
        let entry = if last.touched.len() < MOST_ITEMS {
            last
        } else {
            let attribution = last.attribution.clone();
            self.entries.push(Entry::new(attribution));
            let newest = self.entries.len() - 1;
            &mut self.entries[newest]
        };
        entry.touched.push((table.name, id));
        for side in [before, after].into_iter().flatten() {
            let columns = table.columns.iter().zip(side);
            entry.wholes.extend(columns.filter_map(|(column, value)| match value {
                Value::Int(whole) => Some((column.part_of?, *whole)),
                _ => None,
            }));
        }
        let out = &mut entry.items;
        out.push(if out.is_empty() { '[' } else { ',' });
        _ = write!(out, "[\"{}\",{id},", table.name);
        side(out, table, before, after);
        out.push(',');
        side(out, table, after, before);
        out.push(']');
        Ok(())
    }
}

/// The columns of one side that differ from the other side; all that are not NULL where there is no other side.
fn side(out: &mut String, table: &Table, this: Option<&[Value]>, other: Option<&[Value]>) {
    let Some(this) = this else { return out.push_str("null") };
    out.push('{');
    let mut first = true;
    for (i, (column, value)) in table.columns.iter().zip(this).enumerate() {
        let noteworthy = match other {
            Some(other) => other.get(i) != Some(value),
            None => *value != Value::Null,
        };
        if !noteworthy {
            continue;
        }
        if !std::mem::take(&mut first) {
            out.push(',');
        }
        _ = write!(out, "\"{}\":", column.name);
        if column.secret && *value != Value::Null {
            _ = write!(out, "\"{SECRET}\"");
        } else {
            json(out, value);
        }
    }
    out.push('}');
}

/// Writes a value as the log does: bytes in hexadecimal.
pub(crate) fn json(out: &mut String, value: &Value) {
    match value {
        // A list is a parameter of a question, never a column.
        Value::Null | Value::List(_) => out.push_str("null"),
        Value::Int(n) => _ = write!(out, "{n}"),
        Value::Text(text) => out.push_str(&serde_json::Value::from(text.as_str()).to_string()),
        Value::Bytes(bytes) => {
            out.push('"');
            for byte in bytes {
                _ = write!(out, "{byte:02x}");
            }
            out.push('"');
        }
    }
}
