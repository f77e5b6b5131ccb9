//! A transaction: reading, and writing through the change log.

use std::{any::Any, collections::HashMap, sync::Arc};

use kernel::{Actor, Error, Result, Timestamp};

use crate::{
    Column, Counter, Merge, Record, Row, Table, Value,
    change::{Attribution, Log},
    counter::Counts,
    pending::{Pending, TableChanges, Update},
    postgres, schema,
    shared::{Shared, Signal},
    sqlite,
};

/// The connection under a transaction.
pub(crate) enum Conn {
    Sqlite(rusqlite::Connection),
    Snapshot(sqlite::Snapshot),
    Postgres(Box<postgres::Client>),
}

/// A transaction. A record is changed only by [`insert`](Self::insert), [`update`](Self::update) and
/// [`delete`](Self::delete), which write the change log; there is no other way to write a table of records.
pub struct Tx {
    conn: Conn,
    pub(crate) shared: Arc<Shared>,
    writes: bool,
    actor: Actor,
    now: Timestamp,
    pub(crate) log: Log,
    pending: Pending,
    counts: Counts,
    signals: Vec<Signal>,
    /// How many of the signals are of tasks that have finished.
    signals_finished: usize,
    /// Ids leased inside this transaction, and those leased by the task that runs.
    ids: HashMap<&'static str, (i64, i64)>,
    leased: Vec<&'static str>,
    /// To be told when what the running task did is lost, and when what finished tasks did is lost after all.
    forget: Vec<Arc<dyn Fn() + Send + Sync>>,
    forget_finished: Vec<Arc<dyn Fn() + Send + Sync>>,
    /// Kept until the transaction has ended.
    held: Vec<Box<dyn Any + Send>>,
    /// The failure of a statement of this task: whoever goes on regardless must not be kept.
    failed: Option<Error>,
}

/// Records planned in memory before they are sent.
const MOST_PENDING: usize = 8_000;
/// Ids taken from a sequence at a time.
pub(crate) const LEASE: i64 = 256;

impl Tx {
    pub(crate) fn new(conn: Conn, shared: Arc<Shared>, writes: bool, actor: Actor) -> Self {
        let now = shared.clock.now();
        Self {
            conn,
            shared,
            writes,
            actor,
            now,
            log: Log::default(),
            pending: Pending::default(),
            counts: Counts::default(),
            signals: Vec::new(),
            signals_finished: 0,
            ids: HashMap::new(),
            leased: Vec::new(),
            forget: Vec::new(),
            forget_finished: Vec::new(),
            held: Vec::new(),
            failed: None,
        }
    }

    pub(crate) fn writer(conn: Conn, shared: Arc<Shared>) -> Self {
        Self::new(conn, shared, true, Actor::system("writer"))
    }

    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The instant of this transaction.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Memory that a slice keeps beside its tables, one per database and type.
    pub fn memory<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.shared.memory()
    }

    /// From here on, this actor does this. A transaction that does the work of several callers says so for each.
    pub fn act_as(&mut self, actor: Actor, operation: &'static str) {
        self.actor = actor.clone();
        self.log.attribute(Attribution { actor, operation });
    }

    // ---- reading --------------------------------------------------------------------------------------------

    /// The rows that a question answers with. `$1`, `$2`, ... stand for the parameters; `= ANY($1)` takes a list.
    pub async fn rows(&mut self, text: &str, params: &[Value]) -> Result<Vec<Row>> {
        if schema::written_table(text).is_some() {
            return Err(Error::internal(format!("this statement writes, but was sent as a question: {text}")));
        }
        if !self.pending.is_empty() {
            self.flush().await?;
        }
        let answer = match &mut self.conn {
            Conn::Sqlite(connection) => sqlite::query(connection, text, params),
            Conn::Snapshot(snapshot) => snapshot.query(text, params).await,
            Conn::Postgres(client) => client.query(text, params).await,
        };
        self.noted(answer)
    }

    /// The first rows of several stretches of an index together, in its order.
    pub async fn merged(&mut self, merge: &Merge, stretches: &[i64], limit: usize) -> Result<Vec<Row>> {
        self.flush().await?;
        let answer = match &mut self.conn {
            Conn::Sqlite(connection) => sqlite::merged(connection, merge, stretches, limit),
            Conn::Snapshot(snapshot) => snapshot.merged(merge, stretches, limit).await,
            Conn::Postgres(client) => {
                let whole = merge.whole(stretches, limit);
                client.query(whole.text(), whole.params()).await
            }
        };
        self.noted(answer)
    }

    /// The records that fulfil a condition, such as `parent_id = $1 ORDER BY name`.
    pub async fn find<R: Record>(&mut self, condition: &str, params: &[Value]) -> Result<Vec<R>> {
        let text = format!("{} WHERE {condition}", R::table().texts().select);
        self.rows(&text, params).await?.into_iter().map(R::from_row).collect()
    }

    /// The record with this id.
    pub async fn get<R: Record>(&mut self, id: impl Into<i64>) -> Result<Option<R>> {
        Ok(self.find("id = $1", &[Value::Int(id.into())]).await?.pop())
    }

    /// The one value that a question answers with; nothing when it has no answer or answers NULL, as `MAX` does of no
    /// rows.
    pub async fn scalar<T: Column>(&mut self, text: &str, params: &[Value]) -> Result<Option<T>> {
        let first = self.rows(text, params).await?.into_iter().next();
        first.map(|mut row| row.take::<Option<T>>(0)).transpose().map(Option::flatten)
    }

    // ---- writing --------------------------------------------------------------------------------------------

    /// A new id for a table of records.
    pub async fn new_id<R: Record>(&mut self) -> Result<i64> {
        self.new_id_in(R::table().name).await
    }

    pub(crate) async fn new_id_in(&mut self, table: &'static str) -> Result<i64> {
        if let Conn::Postgres(_) = self.conn {
            let mut ids = self.shared.ids.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if let Some(id) = take(ids.get_mut(table)) {
                return Ok(id);
            }
        } else if let Some(id) = take(self.ids.get_mut(table)) {
            return Ok(id);
        }
        let first = self.lease(table).await?;
        let range = (first + 1, first + LEASE);
        if let Conn::Postgres(_) = self.conn {
            // Sequences stand outside of transactions: what was leased stays leased, whatever becomes of this one.
            self.shared.ids.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(table, range);
        } else {
            self.ids.insert(table, range);
            self.leased.push(table);
        }
        Ok(first)
    }

    async fn lease(&mut self, table: &'static str) -> Result<i64> {
        let none = || Error::internal(format!("there is no sequence for the ids of {table}"));
        let mut rows = if let Conn::Postgres(client) = &mut self.conn {
            client.query("SELECT nextval($1::text::regclass)", &[Value::Text(schema::sequence(table))]).await?
        } else {
            let text = "INSERT INTO sequence (name, next) VALUES ($1, 1 + $2)
                ON CONFLICT (name) DO UPDATE SET next = sequence.next + $2 RETURNING next - $2";
            self.run(text, &[Value::Text(table.to_owned()), Value::Int(LEASE)]).await?.1
        };
        rows.pop().ok_or_else(none)?.take(0)
    }

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

    /// Waits until no other transaction holds the lock with this name, and holds it to the end. On SQLite, where one
    /// writer runs at a time, there is nothing to wait for.
    pub async fn lock(&mut self, name: &'static str) -> Result<()> {
        if let Conn::Postgres(client) = &mut self.conn {
            client.query("SELECT pg_advisory_xact_lock(hashtext($1::text))", &[Value::Text(name.to_owned())]).await?;
        }
        Ok(())
    }

    /// Whether several nodes share this database.
    pub fn is_shared(&self) -> bool {
        matches!(self.conn, Conn::Postgres(_))
    }

    /// Tells all nodes, after the commit, that something has changed.
    pub fn signal(&mut self, signal: &str) {
        if !self.signals.iter().any(|s| &**s == signal) {
            self.signals.push(signal.into());
        }
    }

    /// How often this was signalled so far (see [`Db::generation`](crate::Db::generation)).
    pub fn generation(&self, signal: &str) -> u64 {
        self.shared.generation(signal)
    }

    /// Calls this when what the task did is lost, because it or the commit failed: memory beside the tables must
    /// then be read anew.
    pub fn if_lost(&mut self, forget: Arc<dyn Fn() + Send + Sync>) {
        self.forget.push(forget);
    }

    /// Keeps this until the transaction has ended and everybody who was to be told has been told how: such as a lock on
    /// memory beside the tables, which nobody may use before it is known whether it holds what the tables hold.
    pub fn hold(&mut self, thing: impl Send + 'static) {
        self.held.push(Box::new(thing));
    }

    // ---- for the engines ------------------------------------------------------------------------------------

    pub(crate) fn sqlite(&self) -> Result<&rusqlite::Connection> {
        match &self.conn {
            Conn::Sqlite(connection) => Ok(connection),
            _ => Err(Error::internal("this is not the writer of SQLite")),
        }
    }

    pub(crate) fn conn(&mut self) -> &mut Conn {
        &mut self.conn
    }

    pub(crate) fn postgres(&mut self) -> Option<&mut postgres::Client> {
        match &mut self.conn {
            Conn::Postgres(client) => Some(client),
            _ => None,
        }
    }

    /// Before a task runs.
    pub(crate) fn begin_task(&mut self) {
        self.now = self.shared.clock.now();
        self.leased.clear();
        self.forget_finished.append(&mut self.forget);
        self.signals_finished = self.signals.len();
    }

    /// After a task has failed: nothing of it remains.
    pub(crate) fn undo_task(&mut self) {
        self.log = Log::default();
        self.pending.take();
        self.counts = Counts::default();
        // What was read in between may be of what is now lost. Others have not seen it and need not hear of it.
        for signal in self.signals.drain(self.signals_finished..) {
            self.shared.outdate(signal);
        }
        for table in self.leased.drain(..) {
            self.ids.remove(table);
        }
        self.failed = None;
        for forget in self.forget.drain(..) {
            forget();
        }
    }

    /// Remembers a failure: what a task has done by then is half done, even if the task means to live with it.
    fn noted<T>(&mut self, result: Result<T>) -> Result<T> {
        if let Err(error) = &result
            && self.failed.is_none()
        {
            self.failed = Some(match error {
                Error::Stale(why) => Error::Stale(why.clone()),
                other => Error::internal(format!("a task went on after a failure: {other}")),
            });
        }
        result
    }

    /// At the end of a task: sends what is planned and writes the change log.
    pub(crate) async fn settle(&mut self) -> Result<()> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        self.flush().await?;
        let counts = std::mem::take(&mut self.counts);
        counts.write(self).await?;
        self.write_log().await?;
        if !self.signals.is_empty() {
            for signal in self.signals.clone() {
                if let Conn::Postgres(client) = &mut self.conn {
                    let params = [
                        Value::Text(postgres::CHANNEL.to_owned()),
                        Value::Text(format!("{:x} {signal}", self.shared.node)),
                    ];
                    client.query("SELECT pg_notify($1, $2)", &params).await?;
                }
            }
        }
        Ok(())
    }

    pub(crate) fn committed(&mut self) {
        self.forget.clear();
        self.forget_finished.clear();
        for signal in self.signals.drain(..) {
            self.shared.publish(signal);
        }
        self.held.clear();
    }

    pub(crate) fn aborted(&mut self) {
        self.signals_finished = 0;
        self.ids.clear();
        self.undo_task();
        for forget in self.forget_finished.drain(..) {
            forget();
        }
        self.held.clear();
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

fn take(range: Option<&mut (i64, i64)>) -> Option<i64> {
    let (next, end) = range?;
    let id = *next;
    (id < *end).then(|| {
        *next += 1;
        id
    })
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
