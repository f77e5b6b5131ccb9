//! What the database itself says about its tables, in one form for both engines.

use kernel::{Error, Result};

use crate::{
    Kind, Tx, Value, params, schema,
    tx::{Conn, LEASE},
};

/// A table as it is in the database.
#[derive(Debug)]
pub(crate) struct TableShape {
    pub(crate) name: String,
    /// The columns that are stored, in order.
    pub(crate) columns: Vec<(String, Kind)>,
    /// The names of the primary key's columns.
    pub(crate) key: Vec<String>,
    /// Whether its ids come from a sequence.
    pub(crate) has_sequence: bool,
}

/// The names of all tables.
pub(crate) async fn tables(tx: &mut Tx) -> Result<Vec<String>> {
    let text = if tx.is_shared() {
        "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY table_name"
    } else {
        // Without the tables of text indexes, which follow from the others.
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
         AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    };
    texts(tx, text, &[]).await
}

/// The table with this name.
pub(crate) async fn shape(tx: &mut Tx, name: &str) -> Result<TableShape> {
    let columns = if tx.is_shared() {
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema()
         AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position"
    } else {
        "SELECT name, type FROM pragma_table_info($1) ORDER BY cid"
    };
    let rows = tx.rows(columns, params![name]).await?;
    let columns = rows
        .into_iter()
        .map(|mut row| {
            let (column, kind): (String, String) = (row.take(0)?, row.take(1)?);
            Ok((column, kind_of(&kind).ok_or_else(|| Error::internal(format!("{name} has a column of {kind}")))?))
        })
        .collect::<Result<_>>()?;
    let key = if tx.is_shared() {
        "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
         WHERE i.indrelid = CAST($1 AS TEXT)::regclass AND i.indisprimary
         ORDER BY array_position(i.indkey::int2[], a.attnum)"
    } else {
        "SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk"
    };
    let key = texts(tx, key, params![name]).await?;
    let has_sequence = if tx.is_shared() {
        let text = "SELECT to_regclass(CAST($1 AS TEXT)) IS NOT NULL";
        tx.scalar(text, params![schema::sequence(name)]).await?.unwrap_or(false)
    } else {
        key == ["id"]
    };
    Ok(TableShape { name: name.to_owned(), columns, key, has_sequence })
}

fn kind_of(name: &str) -> Option<Kind> {
    match name.to_ascii_lowercase().as_str() {
        "bigint" | "integer" => Some(Kind::Int),
        "text" => Some(Kind::Text),
        "bytea" | "blob" => Some(Kind::Bytes),
        _ => None,
    }
}

impl TableShape {
    /// Whether these values can stand in its columns.
    pub(crate) fn fits(&self, row: &[Value]) -> bool {
        let fits = |((_, kind), value): (&(String, Kind), &Value)| match value {
            Value::Null => true,
            Value::Int(_) => *kind == Kind::Int,
            Value::Text(_) => *kind == Kind::Text,
            Value::Bytes(_) => *kind == Kind::Bytes,
            Value::List(_) => false,
        };
        row.len() == self.columns.len() && self.columns.iter().zip(row).all(fits)
    }

    /// The id from which on none has been given out; nothing when no id has.
    pub(crate) async fn next_id(&self, tx: &mut Tx) -> Result<Option<i64>> {
        if !self.has_sequence {
            return Ok(None);
        }
        if tx.is_shared() {
            // Sequences do not take part in snapshots: this may be later than the rows, never earlier.
            let sequence = schema::sequence(&self.name);
            // One that still stands at its beginning was never asked: the ids of its table come from elsewhere.
            let text = format!(
                "SELECT CASE WHEN is_called THEN last_value + {LEASE} WHEN last_value > 1 THEN last_value END FROM {sequence}"
            );
            Ok(tx.scalar::<Option<i64>>(&text, &[]).await?.flatten())
        } else {
            tx.scalar("SELECT next FROM sequence WHERE name = $1", params![self.name]).await
        }
    }

    /// Gives out no id below this one from now on.
    pub(crate) async fn set_next_id(&self, tx: &mut Tx, next: i64) -> Result<()> {
        if tx.is_shared() {
            let text = "SELECT setval(CAST($1 AS TEXT)::regclass, $2, false)";
            tx.rows(text, params![schema::sequence(&self.name), next]).await.map(drop)
        } else {
            let text = "INSERT INTO sequence (name, next) VALUES ($1, $2)
                ON CONFLICT (name) DO UPDATE SET next = excluded.next";
            tx.derive(text, params![self.name, next]).await.map(drop)
        }
    }
}

/// Lets rows refer to rows that come later; [`check_references`] makes up for it.
pub(crate) async fn defer_references(tx: &mut Tx) -> Result<()> {
    match tx.conn() {
        Conn::Sqlite(connection) => connection.pragma_update(None, "defer_foreign_keys", true).map_err(Error::internal),
        _ => alter_references(tx, "DEFERRABLE INITIALLY DEFERRED").await,
    }
}

/// Fails when a row refers to one that is not there.
pub(crate) async fn check_references(tx: &mut Tx) -> Result<()> {
    if !tx.is_shared() {
        let broken: Option<String> = tx.scalar("SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1", &[]).await?;
        let refusal = |table| Error::conflict(format!("a row of {table} refers to one that does not exist"));
        return broken.map_or(Ok(()), |table| Err(refusal(table)));
    }
    if let Some(client) = tx.postgres() {
        client.batch("SET CONSTRAINTS ALL IMMEDIATE").await?;
    }
    alter_references(tx, "NOT DEFERRABLE").await
}

async fn alter_references(tx: &mut Tx, how: &str) -> Result<()> {
    let text = "SELECT 'ALTER TABLE ' || conrelid::regclass || ' ALTER CONSTRAINT ' || quote_ident(conname) || ' '
        FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace";
    for alter in texts(tx, text, &[]).await? {
        if let Some(client) = tx.postgres() {
            client.batch(&format!("{alter}{how}")).await?;
        }
    }
    Ok(())
}

async fn texts(tx: &mut Tx, text: &str, params: &[Value]) -> Result<Vec<String>> {
    tx.rows(text, params).await?.into_iter().map(|mut row| row.take(0)).collect()
}
