//! A fresh database for a test, on either engine.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::LazyLock,
};

use store::{Db, Location, Migration, Setup};
use tempfile::TempDir;
use tokio::sync::Mutex;
use tokio_postgres::NoTls;

use crate::Server;

/// Which engine a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The embedded engine.
    Sqlite,
    /// The shared engine, on the server that the tests of this process share.
    Postgres,
}

/// A place for a database. What was made there goes away with this value.
#[derive(Debug)]
pub struct Place {
    /// How it is opened.
    pub location: Location,
    _cleanup: Cleanup,
}

#[derive(Debug)]
enum Cleanup {
    Directory(#[expect(dead_code, reason = "it is removed when dropped")] TempDir),
    Database(String),
}

impl Drop for Cleanup {
    fn drop(&mut self) {
        if let Self::Database(name) = self {
            Server::shared().forget(name);
        }
    }
}

/// A database of a test's own.
pub struct TestDb {
    /// The database, open.
    pub db: Db,
    /// Where it is, for a second node (on PostgreSQL) or another process.
    pub location: Location,
    setup: Setup,
    place: Place,
}

impl Engine {
    /// A place where no database has been made yet.
    pub async fn place(self) -> Place {
        match self {
            Self::Sqlite => {
                let directory = TempDir::with_prefix("testkit-").unwrap_or_else(|e| panic!("no temporary folder: {e}"));
                let location = Location::Directory(directory.path().join("data"));
                Place { location, _cleanup: Cleanup::Directory(directory) }
            }
            Self::Postgres => database_like("template0").await,
        }
    }

    /// A new database with this setup.
    pub async fn database(self, setup: Setup) -> TestDb {
        let place = match self {
            Self::Sqlite => self.place().await,
            Self::Postgres => database_like(&template(&setup.migrations).await).await,
        };
        place.open(setup).await
    }
}

impl Place {
    /// Opens the database here, or makes one.
    pub async fn open(self, setup: Setup) -> TestDb {
        let db = open(&self.location, &setup).await;
        TestDb { db, location: self.location.clone(), setup, place: self }
    }
}

impl TestDb {
    /// The same database opened once more, as a second node does; on PostgreSQL only.
    pub async fn second_node(&self) -> Db {
        open(&self.location, &self.setup).await
    }

    /// The same database after it was closed, as a restart does. All other clones of `db` must be gone.
    pub async fn restarted(self) -> Self {
        let Self { db, setup, place, .. } = self;
        drop(db);
        place.open(setup).await
    }

    /// The place alone, with the database closed.
    pub fn closed(self) -> Place {
        self.place
    }
}

async fn open(location: &Location, setup: &Setup) -> Db {
    Db::open(location, setup.clone()).await.unwrap_or_else(|error| panic!("{location:?} can't be opened: {error}"))
}

/// A new database on the shared server, with the content of another one.
async fn database_like(template: &str) -> Place {
    let name = format!("test_{:016x}", rand::random::<u64>());
    administer(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    Place { location: Location::Postgres(Server::shared().url(&name)), _cleanup: Cleanup::Database(name) }
}

/// The name of a database with these migrations applied, made when the first test wants it.
async fn template(migrations: &[Migration]) -> String {
    static MADE: LazyLock<Mutex<HashMap<u64, String>>> = LazyLock::new(Mutex::default);
    let mut hasher = DefaultHasher::new();
    for migration in migrations {
        (migration.name, migration.sql).hash(&mut hasher);
    }
    let key = hasher.finish();
    let mut made = MADE.lock().await;
    if let Some(name) = made.get(&key) {
        return name.clone();
    }
    let name = format!("template_{key:016x}");
    administer(&format!("CREATE DATABASE {name} TEMPLATE template0")).await;
    let location = Location::Postgres(Server::shared().url(&name));
    drop(open(&location, &Setup { migrations: migrations.to_vec(), ..Setup::default() }).await);
    // A database to which somebody is connected can't be copied.
    administer(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    administer(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")).await;
    made.insert(key, name.clone());
    name
}

/// Runs a statement on the shared server, in no particular database.
async fn administer(text: &str) {
    let failed = |error: tokio_postgres::Error| -> ! { panic!("{text}: {error:?}") };
    let url = tokio::task::spawn_blocking(|| Server::shared().url("postgres")).await;
    let url = url.unwrap_or_else(|error| panic!("{error}"));
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap_or_else(|e| failed(e));
    let connection = tokio::spawn(connection);
    client.batch_execute(text).await.unwrap_or_else(|e| failed(e));
    connection.abort();
}
