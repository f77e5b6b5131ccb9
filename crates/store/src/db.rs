//! The database, opened.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use kernel::{Actor, Clock, Error, Result, SystemClock};
use tokio::sync::broadcast;

use crate::{
    Migration, Signal, Tx, Work,
    backup::catalog,
    postgres::Postgres,
    schema,
    shared::Shared,
    sqlite::Sqlite,
    task::{Task, WorkTask},
    tx::Conn,
};

/// Where the database is.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A directory that holds (or will hold) the embedded database.
    Directory(PathBuf),
    /// The URL of a PostgreSQL database.
    Postgres(String),
}

impl Location {
    /// `postgres://...` or `postgresql://...`, or a directory.
    pub fn parse(text: &str) -> Self {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Self::Postgres(text.to_owned())
        } else {
            Self::Directory(PathBuf::from(text))
        }
    }
}

/// Without the password that a URL may hold.
impl std::fmt::Debug for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Directory(path) => write!(f, "{}", path.display()),
            Self::Postgres(url) => {
                // What can't be read is not shown either, since nobody knows what it holds.
                let config = url.parse::<tokio_postgres::Config>().unwrap_or_default();
                let hosts: Vec<_> = config
                    .get_hosts()
                    .iter()
                    .map(|host| match host {
                        tokio_postgres::config::Host::Tcp(name) => name.clone(),
                        #[cfg(unix)]
                        tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
                    })
                    .collect();
                write!(f, "postgres://{}/{}", hosts.join(","), config.get_dbname().unwrap_or_default())
            }
        }
    }
}

/// How to open a database: what all slices together bring.
#[derive(Clone)]
pub struct Setup {
    /// The steps of the schema, lower slices first.
    pub migrations: Vec<Migration>,
    /// Tables written without a change log, since their content follows from records.
    pub derived: Vec<&'static str>,
    /// For each event, a job that wants to hear of it.
    pub listeners: Vec<(&'static str, &'static str)>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl Default for Setup {
    fn default() -> Self {
        let clock = Arc::new(SystemClock);
        Self { migrations: Vec::new(), derived: Vec::new(), listeners: Vec::new(), clock }
    }
}

/// The database. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    engine: Engine,
    shared: Arc<Shared>,
    migrations: Vec<Migration>,
    access: Access,
}

/// What may be done with an open database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

enum Engine {
    Sqlite(Sqlite),
    Postgres(Arc<Postgres>),
}

impl Db {
    /// Opens the database and brings its schema up to date. Refuses one that a newer program has written.
    pub async fn open(location: &Location, setup: Setup) -> Result<Self> {
        let db = Self::connect(location, setup, Access::Write).await?;
        db.write(&Actor::system("start"), Migrate(db.0.migrations.clone())).await?;
        Ok(db)
    }

    /// Opens the database beside the process that uses it, such as for a backup. It takes no lock, changes nothing and
    /// can't write; the schema may be older than this program's, but not newer.
    pub async fn open_reader(location: &Location, setup: Setup) -> Result<Self> {
        let db = Self::connect(location, setup, Access::Read).await?;
        let mut tx = db.read(&Actor::system("start")).await?;
        if catalog::tables(&mut tx).await?.is_empty() {
            return Err(Error::not_found(format!("there is no database in {location:?}")));
        }
        schema::known(&schema::applied(&mut tx).await?, &db.0.migrations)?;
        Ok(db)
    }

    /// Opens what is there, without looking at the schema.
    pub(crate) async fn connect(location: &Location, setup: Setup, access: Access) -> Result<Self> {
        let mut listeners: HashMap<_, Vec<_>> = HashMap::new();
        for (event, job) in setup.listeners {
            listeners.entry(event).or_default().push(job);
        }
        let derived: HashSet<_> = schema::OWN_DERIVED.iter().copied().chain(setup.derived).collect();
        let shared = Arc::new(Shared::new(setup.clock, listeners, derived));
        let engine = match location {
            Location::Directory(path) if access == Access::Read => Engine::Sqlite(Sqlite::open_reader(path)?),
            Location::Directory(path) => Engine::Sqlite(Sqlite::open(path, shared.clone())?),
            Location::Postgres(url) => Engine::Postgres(Arc::new(Postgres::open(url, shared.clone()).await?)),
        };
        let migrations: Vec<_> = schema::OWN.iter().copied().chain(setup.migrations).collect();
        Ok(Self(Arc::new(Inner { engine, shared, migrations, access })))
    }

    /// Begins reading.
    pub async fn read(&self, actor: &Actor) -> Result<Tx> {
        match &self.0.engine {
            Engine::Sqlite(sqlite) => {
                let snapshot = sqlite.readers.snapshot().await?;
                Ok(Tx::new(Conn::Snapshot(snapshot), self.0.shared.clone(), false, actor.clone()))
            }
            Engine::Postgres(postgres) => postgres.read(actor.clone()).await,
        }
    }

    /// Begins reading; all questions see what was committed when the first one was asked. For the past: what is read from
    /// the log has to fit the rows that are read after it.
    pub async fn snapshot(&self, actor: &Actor) -> Result<Tx> {
        match &self.0.engine {
            Engine::Sqlite(_) => self.read(actor).await,
            Engine::Postgres(postgres) => postgres.snapshot(actor.clone()).await,
        }
    }

    /// Does a piece of work in one transaction; what it answers is on disk when this returns. An actor on terms has it
    /// done on those (see [`kernel::Terms`]).
    pub async fn write<W: Work>(&self, actor: &Actor, work: W) -> Result<W::Out> {
        match &actor.terms {
            None => self.run(actor, work).await,
            Some(terms) => self.write_on(actor, work, terms.clone()).await,
        }
    }

    pub(crate) async fn run<W: Work>(&self, actor: &Actor, work: W) -> Result<W::Out> {
        let (task, answer) = WorkTask::new(actor.clone(), work);
        self.submit(Box::new(task)).await?;
        answer.await.map_err(|_| Error::Busy("the server is stopping; try again".to_owned()))?
    }

    pub(crate) async fn submit(&self, task: Box<dyn Task>) -> Result<()> {
        if self.0.access == Access::Read {
            return Err(Error::internal("this process has opened the database for reading only"));
        }
        match &self.0.engine {
            Engine::Sqlite(sqlite) => {
                sqlite.writer.queue()?.send(task).await.map_err(|_| Error::internal("the writer has stopped"))
            }
            Engine::Postgres(postgres) => {
                let postgres = postgres.clone();
                // A task of its own: it runs to its end even if the one who asked goes away in the middle.
                tokio::spawn(async move { postgres.run(task).await });
                Ok(())
            }
        }
    }

    /// The same, from a place that can't wait.
    pub(crate) fn submit_detached(&self, task: Box<dyn Task>) -> Result<(), Box<dyn Task>> {
        if self.0.access == Access::Read {
            return Err(task);
        }
        match &self.0.engine {
            Engine::Sqlite(sqlite) => match sqlite.writer.queue() {
                Ok(queue) => queue.try_send(task).map_err(tokio::sync::mpsc::error::TrySendError::into_inner),
                Err(_) => Err(task),
            },
            Engine::Postgres(postgres) => {
                let postgres = postgres.clone();
                tokio::spawn(async move { postgres.run(task).await });
                Ok(())
            }
        }
    }

    /// Memory that a slice keeps beside its tables.
    pub fn memory<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.0.shared.memory()
    }

    /// Hears what is signalled on any node: names of things that changed, or `*` for anything.
    pub fn signals(&self) -> broadcast::Receiver<Signal> {
        self.0.shared.subscribe()
    }

    /// How often this was signalled so far. A value kept in memory is good while the number stays; it changes before
    /// the writer of a change gets its answer.
    pub fn generation(&self, signal: &str) -> u64 {
        self.0.shared.generation(signal)
    }

    /// The clock.
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.0.shared.clock.clone()
    }

    /// Whether several nodes may share this database.
    pub fn is_shared(&self) -> bool {
        matches!(self.0.engine, Engine::Postgres(_))
    }

    /// The steps of the schema that this program knows.
    pub(crate) fn migrations(&self) -> &[Migration] {
        &self.0.migrations
    }

    /// The file of the embedded database.
    pub fn file(&self) -> Option<&Path> {
        match &self.0.engine {
            Engine::Sqlite(sqlite) => Some(&sqlite.path),
            Engine::Postgres(_) => None,
        }
    }
}

struct Migrate(Vec<Migration>);

impl Work for Migrate {
    type Out = ();
    const NAME: &'static str = "store.migrate";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        schema::migrate(tx, &self.0).await
    }
}
