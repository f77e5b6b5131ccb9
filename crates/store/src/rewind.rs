//! Whole tables as they were: in a reading transaction, every question is answered from what the tables hold now, with
//! the rows that have changed since replaced by what they were.
//!
//! The questions themselves stay as they are. Each is sent with a common table expression in front, which has the name
//! of the table and stands before it: so filters, orders and joins mean then what they mean now.

use std::fmt::Write as _;

use kernel::{Error, Result, Timestamp};

use crate::{Kind, Past, Record, Table, Tx, Value, change, notice::NOTICE, params};

/// The most changes of records over which a list reaches back: their rows are sent with every question.
const MOST_CHANGES: usize = 10_000;
/// The most entries of the log that are looked at.
const MOST_ENTRIES: i64 = 100_000;
/// How many entries are read at a time.
const PIECE: u32 = 500;

/// The tables that read otherwise than they are.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    sheets: Vec<Sheet>,
}

/// The rows of one table that stand in place of others.
#[derive(Debug)]
struct Sheet {
    table: &'static Table,
    /// The rows of the table that are not there.
    without: Vec<i64>,
    /// Those that are there instead: a JSON list of lists.
    with: String,
}

impl Tx {
    /// What has happened to all records of these tables after this instant. When that is more than can be laid over the
    /// tables, the instant is refused, by the name of the parameter that lists have for it.
    pub async fn past_of(&mut self, tables: &[&str], since: Timestamp) -> Result<Past> {
        let too_far = || {
            let since = since.exact();
            let rule = format!(
                "too much has changed since {since} (more than {MOST_CHANGES} changes of what is listed, \
                or {MOST_ENTRIES} entries of the log) for a list as of then; name a later time, or read single \
                things, which reach back to their beginning"
            );
            Error::invalid("as_of", rule)
        };
        self.is_in_log(since).await?;
        // Notices change nothing, and who only knocks makes many.
        let beyond = format!(
            "SELECT id FROM change WHERE at > $1 AND items NOT LIKE '[[\"{NOTICE}\"%' ORDER BY at, id LIMIT 1 OFFSET $2"
        );
        if self.scalar::<i64>(&beyond, params![since, MOST_ENTRIES]).await?.is_some() {
            return Err(too_far());
        }
        let mut past = Past::nothing(since);
        // An item begins with its table. What else looks like that is left out when it has been read.
        let text = "SELECT at, id, items FROM change WHERE (at, id) > ($1, $2) AND at > $3 AND ";
        let like: Vec<_> = (0..tables.len()).map(|n| format!("items LIKE ${}", n + 5)).collect();
        let text = format!("{text}({}) ORDER BY at, id LIMIT $4", like.join(" OR "));
        let (mut place, mut changes) = ((since.0, i64::MAX), 0);
        loop {
            let mut values = params![place.0, place.1, since, PIECE].to_vec();
            values.extend(tables.iter().map(|table| Value::Text(format!("%[\"{table}\",%"))));
            let rows = self.rows(&text, &values).await?;
            let last = rows.len() < PIECE as usize;
            for mut row in rows {
                place = (row.take(0)?, row.take(1)?);
                changes += past.note_all(&row.take::<String>(2)?, |table| tables.contains(&table))?;
                if changes > MOST_CHANGES {
                    return Err(too_far());
                }
            }
            if last {
                return Ok(past);
            }
        }
    }

    /// From here on, this reading transaction finds these records, and none with these ids that is not among them.
    pub fn see<R: Record>(&mut self, ids: Vec<i64>, records: &[R]) -> Result<()> {
        let table = R::table();
        if self.writes() {
            return Err(Error::internal("the past is not the ground to write on"));
        }
        let mut with = String::from("[");
        for (n, record) in records.iter().enumerate() {
            with.push_str(if n > 0 { ",[" } else { "[" });
            for (n, (column, value)) in table.columns.iter().zip(record.values()).enumerate() {
                if n > 0 {
                    with.push(',');
                }
                // A secret has no past.
                change::json(&mut with, if column.secret { &Value::Null } else { &value });
            }
            with.push(']');
        }
        with.push(']');
        let overlay = self.overlay.get_or_insert_default();
        overlay.sheets.retain(|sheet| sheet.table.name != table.name);
        overlay.sheets.push(Sheet { table, without: ids, with });
        Ok(())
    }

    /// Whether this table reads otherwise than it is.
    pub(crate) fn is_overlaid(&self, table: &str) -> bool {
        self.overlay.as_ref().is_some_and(|overlay| overlay.sheets.iter().any(|sheet| sheet.table.name == table))
    }
}

impl Overlay {
    /// The question, with what stands before the tables that it names.
    pub(crate) fn over(&self, text: &str, params: &[Value], sqlite: bool) -> (String, Vec<Value>) {
        let (mut with, mut values) = (String::new(), params.to_vec());
        for sheet in self.sheets.iter().filter(|sheet| text.contains(sheet.table.name)) {
            with.push_str(if with.is_empty() { "WITH " } else { ", " });
            sheet.write(&mut with, values.len(), sqlite);
            values.extend([Value::Text(sheet.with.clone()), sheet.without.clone().into()]);
        }
        (format!("{with} {text}"), values)
    }
}

impl Sheet {
    /// SQLite takes the name of an expression inside it for the expression itself, PostgreSQL for the table.
    fn write(&self, out: &mut String, params: usize, sqlite: bool) {
        let (name, rows, ids) = (self.table.name, params + 1, params + 2);
        let columns = self.table.columns.iter().enumerate().map(|(n, column)| {
            let value = match (column.kind, sqlite) {
                (Kind::Text, _) | (Kind::Int, true) => format!("e.value->>{n}"),
                (Kind::Int, false) => format!("(e.value->>{n})::bigint"),
                (Kind::Bytes, true) => format!("unhex(e.value->>{n})"),
                (Kind::Bytes, false) => format!("decode(e.value->>{n}, 'hex')"),
            };
            format!("{value} AS {}", column.name)
        });
        let then = columns.collect::<Vec<_>>().join(", ");
        let names = self.table.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ");
        let (each, schema) = if sqlite {
            (format!("json_each(${rows}) e"), "main.")
        } else {
            (format!("json_array_elements(${rows}::text::json) AS e(value)"), "")
        };
        _ = write!(
            out,
            "{name}_then AS MATERIALIZED (SELECT {then} FROM {each}), {name} AS NOT MATERIALIZED \
             (SELECT {names} FROM {schema}{name} WHERE NOT id = ANY(${ids}) UNION ALL SELECT {names} FROM {name}_then)"
        );
    }
}

impl From<Vec<i64>> for Value {
    fn from(ids: Vec<i64>) -> Self {
        Self::List(ids.into_iter().map(Self::Int).collect())
    }
}
