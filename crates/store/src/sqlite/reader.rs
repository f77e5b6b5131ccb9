//! Readers: each sees the database as it was when its first question was asked, and never waits for the writer.

use std::{
    num::NonZero,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use kernel::{Error, Result};
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connection::{failure, open_reader, query};
use crate::{Row, Value};

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

impl Snapshot {
    /// Asks on a thread of its own, so that a long question holds up nobody.
    pub(crate) async fn query(&mut self, text: &str, params: &[Value]) -> Result<Vec<Row>> {
        let gone = || Error::internal("this snapshot was lost by an earlier failure");
        let connection = self.connection.take().ok_or_else(gone)?;
        let (text, params) = (text.to_owned(), params.to_owned());
        let asked = tokio::task::spawn_blocking(move || {
            let rows = query(&connection, &text, &params);
            (connection, rows)
        });
        let (connection, rows) = asked.await.map_err(Error::internal)?;
        self.connection = Some(connection);
        rows
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        if connection.execute_batch("ROLLBACK").is_ok() {
            self.readers.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}
