//! The shared engine: PostgreSQL, by any number of nodes.
//!
//! READ COMMITTED everywhere. What must not happen twice is prevented by unique keys and by the version that every
//! change of a record repeats as its precondition; what must happen in turn takes an advisory lock first.

mod client;
mod listen;
mod tls;

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use futures_util::FutureExt as _;
use kernel::{Actor, Error, Result};

pub(crate) use client::Client;

use crate::{
    shared::Shared,
    task::Task,
    tx::{Conn, Tx},
};

/// The channel on which nodes tell each other that something has changed.
pub(crate) const CHANNEL: &str = "platbook";
/// Connections per node.
const CONNECTIONS: usize = 16;
/// How often a transaction is tried that lost against another one.
const TRIES: u32 = 10;
/// The longest pause before another try.
const LONGEST_PAUSE_MS: u64 = 50;

/// A pool of connections to one database.
pub(crate) struct Postgres {
    pool: Pool,
    shared: Arc<Shared>,
}

impl Postgres {
    /// Connects.
    pub(crate) async fn open(url: &str, shared: Arc<Shared>) -> Result<Self> {
        let config: tokio_postgres::Config =
            url.parse().map_err(|e| Error::invalid("database", format!("the URL can't be read: {e}")))?;
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config.clone(), tls::connector()?, recycling);
        let pool = Pool::builder(manager).max_size(CONNECTIONS).build().map_err(Error::internal)?;
        let postgres = Self { pool, shared: shared.clone() };
        postgres.client().await?;
        listen::spawn(config, Arc::downgrade(&shared)).await;
        Ok(postgres)
    }

    async fn client(&self) -> Result<Client> {
        let connect = tokio::time::timeout(Duration::from_secs(10), self.pool.get());
        match connect.await {
            Ok(Ok(client)) => Ok(Client::new(client)),
            Ok(Err(error)) => {
                tracing::error!(error = %client::chain(&error), "no connection to PostgreSQL");
                Err(Error::Busy(format!("the database can't be reached: {}", client::chain(&error))))
            }
            Err(_) => Err(Error::Busy("all connections to the database are in use; try again".to_owned())),
        }
    }

    /// A transaction that only reads. Each question sees what was committed when it was asked.
    pub(crate) async fn read(&self, actor: Actor) -> Result<Tx> {
        let client = self.client().await?;
        Ok(Tx::new(Conn::Postgres(Box::new(client)), self.shared.clone(), false, actor))
    }

    /// A transaction that only reads, all of whose questions see what was committed when the first one was asked.
    pub(crate) async fn snapshot(&self, actor: Actor) -> Result<Tx> {
        let mut client = self.client().await?;
        client.begin("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
        Ok(Tx::new(Conn::Postgres(Box::new(client)), self.shared.clone(), false, actor))
    }

    /// Runs a task to its end: once more, after a random pause, when it lost against another transaction.
    pub(crate) async fn run(&self, mut task: Box<dyn Task>) {
        let mut tried = 0;
        let outcome = loop {
            tried += 1;
            match self.once(&mut *task).await {
                Err(Error::Stale(why)) if tried == TRIES => break Err(Error::conflict(why)),
                Err(Error::Stale(_)) => {
                    let pause = rand::random_range(1..=LONGEST_PAUSE_MS);
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
                other => break other,
            }
        };
        task.finish(outcome);
    }

    async fn once(&self, task: &mut dyn Task) -> Result<()> {
        let mut client = self.client().await?;
        client.begin("BEGIN").await?;
        let mut tx = Tx::new(Conn::Postgres(Box::new(client)), self.shared.clone(), true, Actor::system("task"));
        let work = async {
            task.run(&mut tx).await?;
            tx.settle().await
        };
        let panicked = |_| Err(Error::internal("a task panicked; see the log"));
        let ran = AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(panicked);
        let Some(client) = tx.postgres() else { return Err(Error::internal("the connection was lost")) };
        let ended = match ran {
            Ok(()) => client.commit().await,
            Err(error) => {
                client.rollback().await;
                Err(error)
            }
        };
        if ended.is_ok() {
            tx.committed();
        } else {
            tx.aborted();
        }
        ended
    }
}
