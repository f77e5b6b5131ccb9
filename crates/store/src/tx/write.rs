//! Writing: planned in memory, and sent together.

use kernel::{Error, Result};

use super::{Conn, Tx};
use crate::{
    Counter, Record, Row, Table, Value,
    pending::{TableChanges, Update},
    schema, sqlite,
};

/// Records planned in memory before they are sent.
const MOST_PENDING: usize = 8_000;

impl Tx {
    /// Adds a record.
    pub async fn insert<R: Record>(&mut self, record: &R) -> Result<()> {
        let values = record.values();
        self.log.add(R::table(), record.row_id(), None, Some(&values))?;
        self.pending.insert(R::table(), record.row_id(), values);
        self.flush_if_many().await
    }

    /// Changes a record. The row must still be as `before` was; `after` gets the new version.
    pub async fn update<R: Record>(&mut self, before: &R, after: &mut R) -> Result<()> {
        after.set_version(before.version() + 1);
        let (old, new) = (before.values(), after.values());
        self.log.add(R::table(), before.row_id(), Some(&old), Some(&new))?;
        let changed = old.iter().zip(&new).enumerate().filter(|(_, (o, n))| o != n).fold(0, |set, (i, _)| set | 1 << i);
        self.pending.update(R::table(), before.row_id(), Update { was: before.version(), changed, values: new });
        self.flush_if_many().await
    }

    /// Removes a record. The row must still be as given.
    pub async fn delete<R: Record>(&mut self, record: &R) -> Result<()> {
        self.log.add(R::table(), record.row_id(), Some(&record.values()), None)?;
        self.pending.delete(R::table(), record.row_id(), record.version());
        self.flush_if_many().await
    }

    /// Adds to a counter; the sums reach the database when the work ends.
    pub fn count(&mut self, counter: &'static Counter, key: &[i64], by: i64) {
        self.counts.add(counter, key, by);
    }

    /// Writes a table that has no change log, since what it holds can be worked out again or is bookkeeping. The
    /// slice has said so when the database was opened; for any other table this fails.
    pub async fn derive(&mut self, text: &str, params: &[Value]) -> Result<(u64, Vec<Row>)> {
        let table = schema::written_table(text);
        if !table.is_some_and(|table| self.shared.derived.contains(table)) {
            return Err(Error::internal(format!("this statement would write past the change log: {text}")));
        }
        self.flush().await?;
        self.run(text, params).await
    }

    async fn flush_if_many(&mut self) -> Result<()> {
        if self.pending.rows() > MOST_PENDING { self.flush().await } else { Ok(()) }
    }

    /// Sends the planned changes of records: of each table first the deletions, then the updates, then the new rows,
    /// so that a unique key that moves from one row to another never stands twice.
    pub(crate) async fn flush(&mut self) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let planned = self.pending.take();
        let sent = self.send(planned).await;
        self.noted(sent)
    }

    async fn send(&mut self, planned: Vec<TableChanges>) -> Result<()> {
        if !self.writes {
            return Err(Error::internal("a reader can't write"));
        }
        for changes in planned {
            let deletes = (changes.deletes.len(), "deleted");
            let updates = (changes.updates.len(), "changed");
            let done = match &mut self.conn {
                Conn::Sqlite(connection) => sqlite_changes(connection, &changes)?,
                Conn::Postgres(client) => client.changes(&changes).await?,
                Conn::Snapshot(_) => return Err(Error::internal("a reader can't write")),
            };
            for ((wanted, verb), got) in [deletes, updates].into_iter().zip(done) {
                if wanted as u64 != got {
                    let table = changes.table.name;
                    return Err(Error::Stale(format!("a {table} that was to be {verb} has changed meanwhile")));
                }
            }
        }
        Ok(())
    }

    pub(crate) async fn run(&mut self, text: &str, params: &[Value]) -> Result<(u64, Vec<Row>)> {
        if !self.writes {
            return Err(Error::internal("a reader can't write"));
        }
        let done = match &mut self.conn {
            Conn::Sqlite(connection) => sqlite::run(connection, text, params),
            Conn::Postgres(client) => client.run(text, params).await,
            Conn::Snapshot(_) => Err(Error::internal("a reader can't write")),
        };
        self.noted(done)
    }

    /// Writes rows of a table of our own bookkeeping, many at once.
    pub(crate) async fn insert_rows(&mut self, table: &'static Table, rows: &[Vec<Value>]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        match &mut self.conn {
            Conn::Sqlite(connection) => {
                let sets = rows.iter().map(Vec::as_slice);
                sqlite::run_many(connection, &table.texts().insert_one, sets, |_| None).map(drop)
            }
            Conn::Postgres(client) => {
                let sets = rows.iter().map(Vec::as_slice);
                client.many(&table.texts().insert_many, table.kinds(), sets, None).await.map(drop)
            }
            Conn::Snapshot(_) => Err(Error::internal("a reader can't write")),
        }
    }
}

/// Sends one table's changes; returns how many rows were deleted and updated.
fn sqlite_changes(connection: &rusqlite::Connection, changes: &TableChanges) -> Result<[u64; 2]> {
    let texts = changes.table.texts();
    let gone: Vec<_> = changes.deletes.iter().map(|(id, was)| [Value::Int(*id), Value::Int(*was)]).collect();
    let gone = gone.iter().map(<[Value; 2]>::as_slice);
    let deleted = sqlite::run_many(connection, &texts.delete_one, gone, |_| None)?;
    let mut updated = 0;
    for (changed, updates) in changes.updates_alike() {
        let text = changes.table.update(changed).one.clone();
        let sets = updates.iter().map(|(_, update)| update.values.as_slice());
        let was = |n: usize| updates.get(n).map(|(_, update)| Value::Int(update.was));
        updated += sqlite::run_many(connection, &text, sets, was)?;
    }
    sqlite::run_many(connection, &texts.insert_one, changes.inserts.values().map(Vec::as_slice), |_| None)?;
    Ok([deleted, updated])
}
