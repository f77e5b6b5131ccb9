//! Readers: each sees the database as it was when its first question was asked, and never waits for the writer.

use std::{
    num::NonZero,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use kernel::{Error, Result};
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connection::{failure, merged, open_reader, query};
use crate::{Merge, Row, Value};

/// How many may read at the same time, where there are fewer cores than that: some wait for the disk.
const FEWEST: usize = 4;

/// The idle reading connections.
pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

/// One reader's view; given back to the pool when dropped.
pub(crate) struct Snapshot {
    connection: Option<Connection>,
    readers: Arc<Readers>,
    _permit: OwnedSemaphorePermit,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        let cores = std::thread::available_parallelism().map_or(FEWEST, NonZero::get);
        Self { path, idle: Mutex::default(), permits: Arc::new(Semaphore::new(cores.max(FEWEST))) }
    }

    pub(crate) async fn snapshot(self: &Arc<Self>) -> Result<Snapshot> {
        let permit = self.permits.clone().acquire_owned().await.map_err(Error::internal)?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open_reader(&self.path)?,
        };
        connection.execute_batch("BEGIN").map_err(failure)?;
        Ok(Snapshot { connection: Some(connection), readers: self.clone(), _permit: permit })
    }
}

/// Every so many steps of SQLite's machine it is asked whether a question takes too long,
const STEPS: i32 = 1_000;
/// and this many times it does not: about two milliseconds.
const PATIENCE: u32 = 64;

impl Snapshot {
    /// The rows that a question answers with.
    pub(crate) async fn query(&mut self, text: &str, params: &[Value]) -> Result<Vec<Row>> {
        if let Some(answer) = self.at_once(|connection| query(connection, text, params))? {
            return Ok(answer);
        }
        let (text, params) = (text.to_owned(), params.to_owned());
        self.apart(move |connection| query(connection, &text, &params)).await
    }

    /// The first rows of several stretches of an index together.
    pub(crate) async fn merged(&mut self, merge: &Merge, stretches: &[i64], limit: usize) -> Result<Vec<Row>> {
        if let Some(answer) = self.at_once(|connection| merged(connection, merge, stretches, limit))? {
            return Ok(answer);
        }
        let (merge, stretches) = (merge.clone(), stretches.to_owned());
        self.apart(move |connection| merged(connection, &merge, &stretches, limit)).await
    }

    /// Asks without changing the thread, which would cost more than most answers do. Nothing when it takes too long.
    fn at_once<T>(&mut self, ask: impl FnOnce(&Connection) -> Result<T>) -> Result<Option<T>> {
        let connection = self.connection.as_mut().ok_or_else(lost)?;
        let asked = Arc::new(AtomicU32::new(0));
        let seen = asked.clone();
        let too_long = move || seen.fetch_add(1, Ordering::Relaxed) >= PATIENCE;
        connection.progress_handler(STEPS, Some(too_long)).map_err(failure)?;
        let answer = ask(connection);
        connection.progress_handler(0, None::<fn() -> bool>).map_err(failure)?;
        if asked.load(Ordering::Relaxed) > PATIENCE { Ok(None) } else { answer.map(Some) }
    }

    /// Asks on a thread of its own, so that a long question holds up nobody.
    async fn apart<T: Send + 'static>(
        &mut self,
        ask: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let connection = self.connection.take().ok_or_else(lost)?;
        let asked = tokio::task::spawn_blocking(move || {
            let answer = ask(&connection);
            (connection, answer)
        });
        let (connection, answer) = asked.await.map_err(Error::internal)?;
        self.connection = Some(connection);
        answer
    }
}

fn lost() -> Error {
    Error::internal("this snapshot was lost by an earlier failure")
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        if connection.execute_batch("ROLLBACK").is_ok() {
            self.readers.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}
