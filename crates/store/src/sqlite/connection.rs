//! Connections to SQLite, and running statements on them.

use std::{path::Path, rc::Rc};

use kernel::{Error, Result};
use rusqlite::{
    CachedStatement, Connection, OpenFlags, Statement,
    config::DbConfig,
    types::{ToSql, ToSqlOutput, Value as SqlValue, ValueRef},
};

use crate::{Merge, Row, Value, query::for_sqlite};

/// Statements kept ready on each connection.
const STATEMENTS: usize = 128;

pub(super) fn open_writer(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path).map_err(failure)?;
    prepare(&connection)?;
    connection
        .execute_batch(
            // A commit walks the whole cache each time that the tree was balanced: a larger one costs more than it saves.
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16000;
             PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;",
        )
        .map_err(failure)?;
    Ok(connection)
}

pub(super) fn open_reader(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(path, flags).map_err(failure)?;
    prepare(&connection)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -4096;").map_err(failure)?;
    Ok(connection)
}

fn prepare(connection: &Connection) -> Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A plan must not depend on the values of parameters: SQLite would prepare the statement anew for each value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failure)?;
    connection.busy_timeout(std::time::Duration::from_secs(10)).map_err(failure)?;
    rusqlite::vtab::array::load_module(connection).map_err(failure)
}

/// Runs a statement that answers with rows and changes nothing.
pub(crate) fn query(connection: &Connection, text: &str, params: &[Value]) -> Result<Vec<Row>> {
    let mut statement = question(connection, text)?;
    rows(&mut statement, params).map_err(|e| at(text, &e))
}

/// The first rows of several stretches of an index together.
pub(crate) fn merged(connection: &Connection, merge: &Merge, stretches: &[i64], limit: usize) -> Result<Vec<Row>> {
    let texts = [merge.piece(false), merge.piece(true)];
    let [mut first, mut following] = [question(connection, &texts[0])?, question(connection, &texts[1])?];
    merge.rows(stretches, limit, |follows, params| {
        let statement = if follows { &mut following } else { &mut first };
        rows(statement, params).map_err(|e| at(&texts[usize::from(follows)], &e))
    })
}

/// Prepares a statement that changes nothing.
fn question<'a>(connection: &'a Connection, text: &str) -> Result<CachedStatement<'a>> {
    let statement = connection.prepare_cached(&for_sqlite(text)).map_err(|e| at(text, &e))?;
    if !statement.readonly() {
        return Err(Error::internal(format!("this statement writes, but was sent as a question: {text}")));
    }
    Ok(statement)
}

/// Runs a statement that writes, once; it may answer with rows. Returns how many rows it changed.
pub(crate) fn run(connection: &Connection, text: &str, params: &[Value]) -> Result<(u64, Vec<Row>)> {
    let mut statement = connection.prepare_cached(&for_sqlite(text)).map_err(|e| at(text, &e))?;
    let rows = rows(&mut statement, params).map_err(|e| at(text, &e))?;
    Ok((connection.changes(), rows))
}

/// Runs a statement that writes for each set of parameters. Returns how many rows were changed in all.
pub(crate) fn run_many<'a>(
    connection: &Connection,
    text: &str,
    sets: impl IntoIterator<Item = &'a [Value]>,
    more: impl Fn(usize) -> Option<Value>,
) -> Result<u64> {
    let mut statement = connection.prepare_cached(&for_sqlite(text)).map_err(|e| at(text, &e))?;
    let mut changed = 0;
    for (n, params) in sets.into_iter().enumerate() {
        for (i, value) in params.iter().enumerate() {
            statement.raw_bind_parameter(i + 1, Bound(value)).map_err(|e| at(text, &e))?;
        }
        if let Some(value) = more(n) {
            statement.raw_bind_parameter(params.len() + 1, Bound(&value)).map_err(|e| at(text, &e))?;
        }
        changed += statement.raw_execute().map_err(|e| at(text, &e))?;
    }
    Ok(changed as u64)
}

fn rows(statement: &mut Statement<'_>, params: &[Value]) -> rusqlite::Result<Vec<Row>> {
    for (i, value) in params.iter().enumerate() {
        statement.raw_bind_parameter(i + 1, Bound(value))?;
    }
    let columns = statement.column_count();
    let mut answer = Vec::new();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let mut values = Vec::with_capacity(columns);
        for i in 0..columns {
            values.push(read(row.get_ref(i)?));
        }
        answer.push(Row(values));
    }
    Ok(answer)
}

fn read(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n) => Value::Int(n),
        // No column of ours is REAL; only an expression could yield one.
        ValueRef::Real(x) => Value::Text(x.to_string()),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}

/// The name under which `rarray` of `rusqlite` knows its lists.
const ARRAY: &std::ffi::CStr = c"rarray";

struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Int(n) => ToSqlOutput::Borrowed(ValueRef::Integer(*n)),
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Value::List(list) => ToSqlOutput::from_rc(Rc::new(list.iter().map(owned).collect::<Vec<_>>()), ARRAY),
        })
    }
}

fn owned(value: &Value) -> SqlValue {
    match value {
        Value::Int(n) => SqlValue::Integer(*n),
        Value::Text(text) => SqlValue::Text(text.clone()),
        Value::Bytes(bytes) => SqlValue::Blob(bytes.clone()),
        Value::Null | Value::List(_) => SqlValue::Null,
    }
}

/// A failure of SQLite, in our words.
#[expect(clippy::needless_pass_by_value, reason = "it is the argument of map_err")]
pub(super) fn failure(error: rusqlite::Error) -> Error {
    at("", &error)
}

fn at(text: &str, error: &rusqlite::Error) -> Error {
    use rusqlite::{
        ErrorCode::{DatabaseBusy, DatabaseLocked, DiskFull},
        ffi::{
            SQLITE_CONSTRAINT_FOREIGNKEY, SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID,
            SQLITE_CONSTRAINT_UNIQUE,
        },
    };
    match error.sqlite_error().map(|e| e.extended_code) {
        Some(SQLITE_CONSTRAINT_UNIQUE | SQLITE_CONSTRAINT_PRIMARYKEY | SQLITE_CONSTRAINT_ROWID) => {
            return Error::Stale(format!("something like this exists already ({error})"));
        }
        Some(SQLITE_CONSTRAINT_FOREIGNKEY) => {
            return Error::Stale(format!(
                "something that this refers to is gone, or something refers to this ({error})"
            ));
        }
        _ => {}
    }
    match error.sqlite_error_code() {
        Some(DatabaseBusy | DatabaseLocked) => Error::Stale(format!("the database is busy ({error})")),
        Some(DiskFull) => Error::Busy("the disk that holds the database is full".to_owned()),
        _ => Error::internal(format!("SQLite: {error} in: {text}")),
    }
}
