//! A transaction: reading, and writing through the change log.

mod ids;
mod read;
mod task;
mod write;

use std::{any::Any, collections::HashMap, sync::Arc};

use kernel::{Actor, Error, Result, Timestamp};

use crate::{
    Value,
    change::{Attribution, Log},
    counter::Counts,
    pending::Pending,
    postgres,
    rewind::Overlay,
    shared::{Shared, Signal},
    sqlite,
    terms::Watch,
};
pub(crate) use ids::LEASE;

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
    /// What is read in place of what the tables hold.
    pub(crate) overlay: Option<Overlay>,
    /// What is seen of the task that runs, when somebody wants to know.
    pub(crate) watch: Option<Box<Watch>>,
    /// The failure of a statement of this task: whoever goes on regardless must not be kept.
    failed: Option<Error>,
}

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
            overlay: None,
            watch: None,
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

    pub(crate) fn writes(&self) -> bool {
        self.writes
    }

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
}
