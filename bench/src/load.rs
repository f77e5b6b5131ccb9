//! Load: many connections that ask one question after another for a while.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use crate::client::{Connection, Request};

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Answers of status 2xx.
    pub(crate) done: u32,
    /// Answers that there is nothing to be had.
    pub(crate) refused: u32,
    pub(crate) took: Duration,
    /// How long each answer took, sorted.
    waits: Vec<Duration>,
}

impl Outcome {
    /// Successes in a second.
    pub(crate) fn rate(&self) -> f64 {
        f64::from(self.done) / self.took.as_secs_f64()
    }

    /// The part of all answers that were no success.
    pub(crate) fn refused_part(&self) -> f64 {
        f64::from(self.refused) / f64::from((self.done + self.refused).max(1))
    }

    /// How long the slowest of this part of the answers took, in milliseconds.
    pub(crate) fn wait(&self, percent: usize) -> f64 {
        let at = (self.waits.len() * percent / 100).min(self.waits.len().saturating_sub(1));
        self.waits.get(at).map_or(0.0, |wait| wait.as_secs_f64() * 1e3)
    }

    /// Microseconds of these seconds for each success.
    pub(crate) fn each(&self, seconds: f64) -> f64 {
        seconds * 1e6 / f64::from(self.done.max(1))
    }
}

/// Opens that many connections to each port and keeps them busy. The requests are taken in turn by all, from the
/// place where an earlier load stopped. To be refused (409) is an answer; anything else but a success ends the run.
pub(crate) async fn run(
    ports: &[u16],
    connections: usize,
    requests: &Rc<Vec<Request>>,
    next: &Rc<Cell<usize>>,
    time: Duration,
) -> Result<Outcome> {
    let outcome = Rc::new(RefCell::new(Outcome::default()));
    let mut open = Vec::new();
    for n in 0..connections {
        open.push(Connection::open(ports[n % ports.len()]).await?);
    }
    let (begun, local) = (Instant::now(), tokio::task::LocalSet::new());
    let mut tasks = tokio::task::JoinSet::new();
    for mut connection in open {
        let (requests, next, outcome) = (requests.clone(), next.clone(), outcome.clone());
        let ask = async move {
            while begun.elapsed() < time {
                let request = &requests[next.replace(next.get() + 1) % requests.len()];
                let asked = Instant::now();
                let status = connection.ask(request).await?;
                let mut outcome = outcome.borrow_mut();
                outcome.waits.push(asked.elapsed());
                match status {
                    200..300 => outcome.done += 1,
                    409 => outcome.refused += 1,
                    _ => bail!("{status}: {}", String::from_utf8_lossy(connection.body())),
                }
            }
            Ok(())
        };
        tasks.spawn_local_on(ask, &local);
    }
    local
        .run_until(async {
            while let Some(done) = tasks.join_next().await {
                done??;
            }
            anyhow::Ok(())
        })
        .await?;
    let mut outcome = outcome.take();
    outcome.took = begun.elapsed();
    outcome.waits.sort_unstable();
    Ok(outcome)
}
