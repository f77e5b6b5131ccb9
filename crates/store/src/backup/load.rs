//! Bringing the rows of a backup into the tables.

use std::{collections::BTreeMap, io::Read};

use kernel::{Error, Result};

use super::{
    catalog::{self, TableShape},
    line::{Footer, Line, TableHead},
    reader::{Reader, damaged},
};
use crate::{Tx, Value, schema, sqlite, tx::Conn};

/// How many rows are written at a time.
const CHUNK: usize = 500;

/// Loads all tables, and makes sure that all of them came, with the rows that the last line counts.
pub(super) async fn tables<R: Read>(tx: &mut Tx, names: &[String], from: &mut Reader<R>) -> Result<Footer> {
    let mut loaded: BTreeMap<String, u64> = BTreeMap::new();
    let mut line = from.next()?;
    let footer = loop {
        line = match line {
            Line::Table(head) if names.contains(&head.table) && !loaded.contains_key(&head.table) => {
                let mut table = Table::new(catalog::shape(tx, &head.table).await?, &head)?;
                let after = table.load(tx, from).await?;
                table.finish(tx).await?;
                loaded.insert(table.shape.name, table.count);
                after
            }
            Line::Table(head) => return Err(damaged(format!("the table {} is unknown or comes twice", head.table))),
            Line::Row(_) => return Err(damaged("a row belongs to no table")),
            Line::Footer(footer) => break footer,
        };
    };
    if loaded != footer.rows || loaded.len() != names.len() {
        return Err(damaged("its tables and rows are not those that its last line counts"));
    }
    Ok(footer)
}

/// A table being loaded.
struct Table {
    /// As it is in the database, with its columns in the order of the backup.
    shape: TableShape,
    next_id: Option<i64>,
    /// Rows that are still to be written.
    rows: Vec<Vec<Value>>,
    count: u64,
}

impl Table {
    fn new(mut shape: TableShape, head: &TableHead) -> Result<Self> {
        let place = |name: &String| head.columns.iter().position(|column| column == name);
        if head.columns.len() != shape.columns.len() || shape.columns.iter().any(|(name, _)| place(name).is_none()) {
            return Err(damaged(format!("the columns of {} are not those of its schema", head.table)));
        }
        shape.columns.sort_by_key(|(name, _)| place(name));
        Ok(Self { shape, next_id: head.next_id, rows: Vec::new(), count: 0 })
    }

    /// Loads the rows; returns the line that follows them.
    async fn load<R: Read>(&mut self, tx: &mut Tx, from: &mut Reader<R>) -> Result<Line> {
        loop {
            match from.next()? {
                Line::Row(row) if self.shape.fits(&row) => self.rows.push(row),
                Line::Row(_) => return Err(damaged(format!("a row does not fit the table {}", self.shape.name))),
                other => {
                    self.write(tx).await?;
                    return Ok(other);
                }
            }
            if self.rows.len() == CHUNK {
                self.write(tx).await?;
            }
        }
    }

    async fn write(&mut self, tx: &mut Tx) -> Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let TableShape { name, columns, .. } = &self.shape;
        let list = |item: &dyn Fn(usize) -> String| (0..columns.len()).map(item).collect::<Vec<_>>().join(", ");
        let names = list(&|i| columns[i].0.clone());
        let rows = self.rows.iter().map(Vec::as_slice);
        match tx.conn() {
            Conn::Sqlite(connection) => {
                let numbers = list(&|i| format!("${}", i + 1));
                let text = format!("INSERT INTO {name} ({names}) VALUES ({numbers})");
                sqlite::run_many(connection, &text, rows, |_| None)?;
            }
            Conn::Postgres(client) => {
                let arrays = list(&|i| format!("${}::{}[]", i + 1, columns[i].1.postgres()));
                let text = format!("INSERT INTO {name} ({names}) SELECT * FROM unnest({arrays})");
                client.many(&text, columns.iter().map(|(_, kind)| *kind), rows, None).await?;
            }
            Conn::Snapshot(_) => return Err(Error::internal("a reader can't write")),
        }
        self.count += self.rows.len() as u64;
        self.rows.clear();
        Ok(())
    }

    /// Counts what has arrived, and lets ids go on behind all that were ever given out.
    async fn finish(&self, tx: &mut Tx) -> Result<()> {
        let name = &self.shape.name;
        let found = schema::count(tx, name).await?;
        if u64::try_from(found).ok() != Some(self.count) {
            return Err(Error::internal(format!("{name} has {found} rows and not {} after the restore", self.count)));
        }
        if self.shape.has_sequence {
            let highest = tx.scalar(&format!("SELECT MAX(id) FROM {name}"), &[]).await?;
            let next = self.next_id.unwrap_or(1).max(highest.unwrap_or(0_i64).saturating_add(1));
            self.shape.set_next_id(tx, next).await?;
        }
        Ok(())
    }
}
