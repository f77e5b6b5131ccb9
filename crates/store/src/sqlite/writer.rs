//! The one writer. Waiting tasks run one after another in one transaction, all or nothing of each; then one commit,
//! one sync of the disk, and every answer (group commit). There is no timer: while a commit runs, the next group
//! gathers.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    task::{Context, Poll, Waker},
    thread,
};

use futures_util::future::BoxFuture;
use kernel::{Error, Result};
use rusqlite::Connection;
use tokio::sync::mpsc;

use super::connection::failure;
use crate::{
    shared::Shared,
    task::Task,
    tx::{Conn, Tx},
};

/// The most tasks in one transaction: beyond that the first ones would wait too long for their answer.
const MOST_IN_GROUP: usize = 512;
/// How many tasks may wait before callers are held back.
const QUEUE: usize = 4096;
/// How often a task is tried that found the world changed.
const TRIES: usize = 3;

/// The handle by which tasks reach the writer thread.
pub(crate) struct Writer {
    queue: Option<mpsc::Sender<Box<dyn Task>>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, shared: Arc<Shared>) -> Result<Self> {
        let (queue, tasks) = mpsc::channel(QUEUE);
        let thread = thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || Loop { tx: Tx::writer(Conn::Sqlite(connection), shared), tasks }.run())
            .map_err(Error::internal)?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// None at all, for a database that is only read.
    pub(super) fn none() -> Self {
        Self { queue: None, thread: None }
    }

    pub(crate) fn queue(&self) -> Result<mpsc::Sender<Box<dyn Task>>> {
        self.queue.clone().ok_or_else(|| Error::Busy("the database is closed".to_owned()))
    }
}

/// Waits until all that was accepted is written.
impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take().filter(|t| t.thread().id() != thread::current().id()) {
            thread.join().ok();
        }
    }
}

/// How what a task has done is undone when it fails.
#[derive(Clone, Copy)]
struct Undo {
    begin: &'static str,
    keep: &'static str,
    revert: &'static str,
}

impl Undo {
    /// For a task that has the transaction to itself so far. SQLite copies each page that is changed under a
    /// savepoint; the first task of a group, often the only one, does without.
    const EVERYTHING: Self = Self { begin: "", keep: "", revert: "ROLLBACK; BEGIN IMMEDIATE" };
    /// For a task after others.
    const TASK: Self = Self { begin: "SAVEPOINT task", keep: "RELEASE task", revert: "ROLLBACK TO task; RELEASE task" };
}

struct Loop {
    tx: Tx,
    tasks: mpsc::Receiver<Box<dyn Task>>,
}

impl Loop {
    fn run(mut self) {
        while let Some(first) = self.tasks.blocking_recv() {
            match self.batch("BEGIN IMMEDIATE") {
                Ok(()) => self.group(first),
                Err(error) => first.finish(Err(error)),
            }
        }
    }

    fn group(&mut self, first: Box<dyn Task>) {
        let (mut finished, mut undo) = (Vec::new(), Undo::EVERYTHING);
        let mut next = Some(first);
        while let Some(mut task) = next {
            let outcome = self.one(&mut *task, undo);
            if outcome.is_ok() {
                undo = Undo::TASK;
            }
            finished.push((task, outcome));
            // A full disk can make SQLite give up the whole transaction, not only the task.
            let goes_on = finished.len() < MOST_IN_GROUP && self.tx.sqlite().is_ok_and(|c| !c.is_autocommit());
            next = goes_on.then(|| self.tasks.try_recv().ok()).flatten();
        }
        match self.commit() {
            Ok(()) => {
                metrics::counter!("platbook_commits_total").increment(1);
                self.tx.committed();
                for (task, outcome) in finished {
                    task.finish(outcome);
                }
            }
            Err(error) => {
                tracing::error!(%error, tasks = finished.len(), "a commit failed");
                self.batch("ROLLBACK").ok();
                self.tx.aborted();
                for (task, outcome) in finished {
                    let busy = || Err(Error::Busy("the database could not keep the change; try again".to_owned()));
                    task.finish(outcome.and_then(|()| busy()));
                }
            }
        }
    }

    /// Runs one task: either all of it is kept, or nothing.
    fn one(&mut self, task: &mut dyn Task, undo: Undo) -> Result<()> {
        let mut tries = 1;
        loop {
            self.batch(undo.begin)?;
            self.tx.begin_task();
            let ran = catch_unwind(AssertUnwindSafe(|| {
                now(task.run(&mut self.tx))?;
                now(Box::pin(self.tx.settle()))
            }));
            let outcome = ran.unwrap_or_else(|_| Err(Error::internal("a task panicked; see the log")));
            match outcome {
                Ok(()) => {
                    self.batch(undo.keep)?;
                    return Ok(());
                }
                Err(error) => {
                    self.tx.undo_task();
                    self.batch(undo.revert)?;
                    match error {
                        Error::Stale(why) if tries == TRIES => return Err(Error::conflict(why)),
                        Error::Stale(_) => tries += 1,
                        other => return Err(other),
                    }
                }
            }
        }
    }

    fn batch(&mut self, text: &str) -> Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.tx.sqlite()?.prepare_cached(text).and_then(|mut s| s.raw_execute().map(drop)).or_else(|_| {
            // Several statements in one text can't be prepared together.
            self.tx.sqlite()?.execute_batch(text).map_err(failure)
        })
    }

    fn commit(&mut self) -> Result<()> {
        let result = self.tx.sqlite()?.execute_batch("COMMIT");
        if let Err(error) = &result
            && error.sqlite_error().is_some_and(|e| e.extended_code == rusqlite::ffi::SQLITE_IOERR_FSYNC)
        {
            // After a failed sync nobody knows what is on the disk; only a start from the log tells (fsyncgate).
            tracing::error!(%error, "the disk refused to sync; stopping so that the log is read again at the next start");
            std::process::abort();
        }
        result.map_err(failure)
    }
}

/// Runs a future that only ever waits for this database, and so is done at once.
fn now(mut future: BoxFuture<'_, Result<()>>) -> Result<()> {
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(Error::internal("a task waited for something other than the database")),
    }
}
