//! The course of a task in its transaction, as the engines drive it.

use kernel::{Error, Result};

use super::{Conn, Tx};
use crate::{Value, change::Log, counter::Counts, postgres};

impl Tx {
    /// Before a task runs.
    pub(crate) fn begin_task(&mut self) {
        self.now = self.shared.clock.now();
        self.leased.clear();
        self.watch = None;
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
        (self.failed, self.watch) = (None, None);
        for forget in self.forget.drain(..) {
            forget();
        }
    }

    /// Remembers a failure: what a task has done by then is half done, even if the task means to live with it.
    pub(super) fn noted<T>(&mut self, result: Result<T>) -> Result<T> {
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
        self.finish_writing().await?;
        self.write_log().await?;
        if let Conn::Postgres(client) = &mut self.conn {
            for signal in &self.signals {
                let news = format!("{:x} {signal}", self.shared.node);
                let params = [Value::Text(postgres::CHANNEL.to_owned()), Value::Text(news)];
                client.query("SELECT pg_notify($1, $2)", &params).await?;
            }
        }
        Ok(())
    }

    /// Sends what is planned, so that the database has its say.
    pub(crate) async fn finish_writing(&mut self) -> Result<()> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        self.flush().await?;
        let counts = std::mem::take(&mut self.counts);
        counts.write(self).await
    }

    /// Marks the place to which [`undo_to_savepoint`](Self::undo_to_savepoint) goes back.
    pub(crate) async fn savepoint(&mut self) -> Result<()> {
        self.execute("SAVEPOINT rehearsal").await
    }

    /// Takes back what the task has done, and goes on. The ids that it has taken stay taken.
    pub(crate) async fn undo_to_savepoint(&mut self) -> Result<()> {
        self.execute("ROLLBACK TO SAVEPOINT rehearsal").await?;
        self.execute("RELEASE SAVEPOINT rehearsal").await?;
        let leased = std::mem::take(&mut self.leased);
        let attribution = self.log.entries.pop().map(|entry| entry.attribution);
        self.undo_task();
        if let Some(attribution) = attribution {
            self.log.attribute(attribution);
        }
        for table in leased {
            // The same ones as before, since nobody else has leased any in between.
            self.lease(table).await?;
            self.leased.push(table);
        }
        Ok(())
    }

    async fn execute(&mut self, text: &'static str) -> Result<()> {
        match &mut self.conn {
            Conn::Sqlite(connection) => connection.execute_batch(text).map_err(Error::internal),
            Conn::Postgres(client) => client.batch(text).await,
            Conn::Snapshot(_) => Err(Error::internal("a reader can't write")),
        }
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
}
