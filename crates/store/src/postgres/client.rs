//! A connection to PostgreSQL, and running statements on it.

use std::error::Error as _;

use deadpool_postgres::Object;
use kernel::{Error, Result};
use tokio_postgres::{
    error::SqlState,
    types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked},
};

use crate::{Kind, Row, Value, pending::TableChanges};

/// One connection from the pool. One that is given up in the middle of a transaction is closed, not reused.
pub(crate) struct Client {
    client: Option<Object>,
    in_transaction: bool,
}

impl Drop for Client {
    fn drop(&mut self) {
        if self.in_transaction
            && let Some(client) = self.client.take()
        {
            drop(Object::take(client));
        }
    }
}

impl Client {
    pub(super) fn new(client: Object) -> Self {
        Self { client: Some(client), in_transaction: false }
    }

    fn client(&self) -> Result<&Object> {
        self.client.as_ref().ok_or_else(|| Error::internal("the connection was given up"))
    }

    pub(super) async fn begin(&mut self, text: &'static str) -> Result<()> {
        self.client()?.batch_execute(text).await.map_err(|e| failure(text, &e))?;
        self.in_transaction = true;
        Ok(())
    }

    pub(super) async fn commit(&mut self) -> Result<()> {
        self.client()?.batch_execute("COMMIT").await.map_err(|e| failure("COMMIT", &e))?;
        self.in_transaction = false;
        Ok(())
    }

    pub(super) async fn rollback(&mut self) {
        if let Ok(client) = self.client()
            && client.batch_execute("ROLLBACK").await.is_ok()
        {
            self.in_transaction = false;
        }
    }

    /// Several statements without parameters.
    pub(crate) async fn batch(&mut self, text: &str) -> Result<()> {
        self.client()?.batch_execute(text).await.map_err(|e| failure(text, &e))
    }

    pub(crate) async fn query(&mut self, text: &str, params: &[Value]) -> Result<Vec<Row>> {
        let client = self.client()?;
        let statement = client.prepare_cached(text).await.map_err(|e| failure(text, &e))?;
        let bound: Vec<_> = params.iter().map(Bound).collect();
        let refs: Vec<&(dyn ToSql + Sync)> = bound.iter().map(|b| b as _).collect();
        let rows = client.query(&statement, &refs).await.map_err(|e| failure(text, &e))?;
        rows.iter()
            .map(|row| {
                let cells = (0..row.len()).map(|i| row.try_get::<_, Cell>(i).map(|cell| cell.0));
                cells.collect::<Result<_, _>>().map(Row).map_err(|e| failure(text, &e))
            })
            .collect()
    }

    pub(crate) async fn run(&mut self, text: &str, params: &[Value]) -> Result<(u64, Vec<Row>)> {
        if text.contains("RETURNING") {
            let rows = self.query(text, params).await?;
            return Ok((rows.len() as u64, rows));
        }
        let client = self.client()?;
        let statement = client.prepare_cached(text).await.map_err(|e| failure(text, &e))?;
        let bound: Vec<_> = params.iter().map(Bound).collect();
        let refs: Vec<&(dyn ToSql + Sync)> = bound.iter().map(|b| b as _).collect();
        let changed = client.execute(&statement, &refs).await.map_err(|e| failure(text, &e))?;
        Ok((changed, Vec::new()))
    }

    /// Runs a statement whose parameters are one array per column of the table, and perhaps one of old versions.
    pub(crate) async fn many<'a>(
        &mut self,
        text: &str,
        kinds: impl Iterator<Item = Kind>,
        rows: impl Iterator<Item = &'a [Value]> + Clone,
        was: Option<&[i64]>,
    ) -> Result<u64> {
        let columns: Vec<_> = kinds
            .enumerate()
            .map(|(i, kind)| Array { kind, values: rows.clone().map(|row| &row[i]).collect() })
            .collect();
        let mut refs: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|c| c as _).collect();
        if let Some(was) = &was {
            refs.push(was);
        }
        let client = self.client()?;
        let statement = client.prepare_cached(text).await.map_err(|e| failure(text, &e))?;
        client.execute(&statement, &refs).await.map_err(|e| failure(text, &e))
    }

    /// Sends one table's planned changes; returns how many rows were deleted and updated.
    pub(crate) async fn changes(&mut self, changes: &TableChanges) -> Result<[u64; 2]> {
        let (table, texts) = (changes.table, changes.table.texts());
        let mut done = [0, 0];
        if !changes.deletes.is_empty() {
            let (ids, was): (Vec<i64>, Vec<i64>) = changes.deletes.iter().unzip();
            let client = self.client()?;
            let text = &texts.delete_many;
            let statement = client.prepare_cached(text).await.map_err(|e| failure(text, &e))?;
            done[0] = client.execute(&statement, &[&ids, &was]).await.map_err(|e| failure(text, &e))?;
        }
        for (changed, updates) in changes.updates_alike() {
            let was: Vec<i64> = updates.iter().map(|(_, update)| update.was).collect();
            let rows = updates.iter().map(|(_, update)| update.values.as_slice());
            done[1] += self.many(&table.update(changed).many, table.kinds(), rows, Some(&was)).await?;
        }
        if !changes.inserts.is_empty() {
            let rows = changes.inserts.values().map(Vec::as_slice);
            self.many(&texts.insert_many, table.kinds(), rows, None).await?;
        }
        Ok(done)
    }
}

type Boxed = Box<dyn std::error::Error + Sync + Send>;

/// A parameter, sent as whatever the statement expects.
#[derive(Debug)]
struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        match self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(n) => match *ty {
                Type::INT4 => i32::try_from(*n)?.to_sql(ty, out),
                Type::INT2 => i16::try_from(*n)?.to_sql(ty, out),
                Type::BOOL => (*n != 0).to_sql(ty, out),
                _ => n.to_sql(ty, out),
            },
            Value::Text(text) => text.to_sql(ty, out),
            Value::Bytes(bytes) => bytes.to_sql(ty, out),
            Value::List(list) => {
                let kind = match *ty {
                    Type::TEXT_ARRAY => Kind::Text,
                    Type::BYTEA_ARRAY => Kind::Bytes,
                    _ => Kind::Int,
                };
                Array { kind, values: list.iter().collect() }.to_sql(ty, out)
            }
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// One column of many rows.
#[derive(Debug)]
struct Array<'a> {
    kind: Kind,
    values: Vec<&'a Value>,
}

impl ToSql for Array<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        let values = self.values.iter();
        match self.kind {
            Kind::Int => {
                let ints: Vec<_> = values.map(|v| if let Value::Int(n) = v { Some(*n) } else { None }).collect();
                ints.to_sql(ty, out)
            }
            Kind::Text => {
                let texts: Vec<_> =
                    values.map(|v| if let Value::Text(t) = v { Some(t.as_str()) } else { None }).collect();
                texts.to_sql(ty, out)
            }
            Kind::Bytes => {
                let bytes: Vec<_> =
                    values.map(|v| if let Value::Bytes(b) = v { Some(b.as_slice()) } else { None }).collect();
                bytes.to_sql(ty, out)
            }
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A cell of an answer.
struct Cell(Value);

impl<'a> FromSql<'a> for Cell {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Boxed> {
        Ok(Self(match *ty {
            Type::INT8 => Value::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Value::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => Value::Int(i16::from_sql(ty, raw)?.into()),
            Type::BOOL => Value::Int(bool::from_sql(ty, raw)?.into()),
            Type::BYTEA => Value::Bytes(raw.to_vec()),
            // A void function answers with nothing.
            Type::VOID => Value::Null,
            Type::TEXT | Type::VARCHAR | Type::NAME | Type::BPCHAR | Type::UNKNOWN => {
                Value::Text(String::from_utf8(raw.to_vec())?)
            }
            // Such as the sum of integers, which is NUMERIC.
            _ => return Err(format!("it answers with {ty}; CAST that to BIGINT, TEXT or BYTEA").into()),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Boxed> {
        Ok(Self(Value::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// An error and its causes, on one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

fn failure(text: &str, error: &tokio_postgres::Error) -> Error {
    let lost = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED, SqlState::LOCK_NOT_AVAILABLE];
    match error.code() {
        Some(code) if lost.contains(code) => Error::Stale("the change lost against another one".to_owned()),
        Some(&SqlState::UNIQUE_VIOLATION) => {
            Error::Stale(format!("something like this exists already ({})", chain(error)))
        }
        Some(&SqlState::FOREIGN_KEY_VIOLATION) => Error::Stale(format!(
            "something that this refers to is gone, or something refers to this ({})",
            chain(error)
        )),
        Some(code) if code.code().starts_with("57") || code.code().starts_with("53") => {
            Error::Busy(format!("the database is not available: {}", chain(error)))
        }
        None if error.is_closed() || error.source().is_some_and(<dyn std::error::Error>::is::<std::io::Error>) => {
            Error::Busy("the connection to the database was lost; try again".to_owned())
        }
        _ => Error::internal(format!("PostgreSQL: {} in: {text}", chain(error))),
    }
}
