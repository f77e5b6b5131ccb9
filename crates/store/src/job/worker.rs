//! Running jobs.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use futures_util::future::BoxFuture;
use kernel::{Actor, Error, JobId, RequestId, Result, Timestamp, UserId};
use tokio::{sync::watch, task::JoinSet, time::Instant};

use super::{
    queue::{self, Leased, SIGNAL, Status},
    running::Running,
};
use crate::{Db, Level, Tx, Work, params};

/// The code of a kind of job.
pub trait Job: Send + Sync + 'static {
    /// The name of the kind, such as `ipam.import`.
    fn kind(&self) -> &'static str;
    /// Does it, from the start even when an earlier run broke off in the middle. What it returns is kept as the
    /// job's result.
    fn run<'a>(&'a self, context: &'a JobContext) -> BoxFuture<'a, Result<serde_json::Value>>;
}

/// Finds the rights that a person has now, for a job that the person asked for earlier.
pub type ActorOf = Arc<dyn Fn(UserId, RequestId) -> BoxFuture<'static, Result<Actor>> + Send + Sync>;

/// All kinds of jobs.
#[derive(Clone)]
pub struct Jobs {
    kinds: HashMap<&'static str, Arc<dyn Job>>,
    actor_of: ActorOf,
}

/// What a job works with.
pub struct JobContext {
    /// The database.
    pub db: Db,
    /// On whose behalf it runs, with the rights that person has now.
    pub actor: Actor,
    /// Which job it is.
    pub id: JobId,
    /// What it was given.
    pub payload: serde_json::Value,
    cancelled: watch::Receiver<bool>,
}

impl JobContext {
    /// Reports progress: steps done, of a total that may still be unknown (0).
    pub async fn progress(&self, done: u64, total: u64) -> Result<()> {
        let (done, total) = (i64::try_from(done).unwrap_or(i64::MAX), i64::try_from(total).unwrap_or(i64::MAX));
        self.db.write(&self.actor, Note::Progress(self.id, done, total)).await
    }

    /// Writes a line to the job's log. `level` is `info`, `warning` or `error`.
    pub async fn say(&self, level: &'static str, text: impl Into<String> + Send) -> Result<()> {
        self.db.write(&self.actor, Note::Lines(self.id, level, vec![text.into()])).await
    }

    /// Writes many lines to the job's log at once.
    pub async fn say_all(&self, level: &'static str, lines: Vec<String>) -> Result<()> {
        if lines.is_empty() { Ok(()) } else { self.db.write(&self.actor, Note::Lines(self.id, level, lines)).await }
    }

    /// Waits for a long piece of work while showing how far its counter has got. On SQLite the work itself keeps
    /// the writer busy, so what is shown meanwhile comes from memory, not from the job's row.
    pub async fn watch<T>(&self, done: Arc<AtomicU64>, total: u64, work: impl Future<Output = Result<T>>) -> Result<T> {
        let running = self.db.memory::<Running>();
        running.show(self.id, done, total);
        let outcome = work.await;
        running.forget(self.id);
        outcome
    }

    /// Fails when the job was cancelled or its lease was lost; to be asked between steps.
    pub fn go_on(&self) -> Result<()> {
        if *self.cancelled.borrow() { Err(Error::conflict("the job was cancelled")) } else { Ok(()) }
    }
}

/// How long a job belongs to a node that says nothing.
const LEASE: Duration = Duration::from_secs(30);
/// How often a running job is shown to be alive.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How often the queue is looked at when nobody says anything.
const POLL: Duration = Duration::from_secs(2);

/// Runs the jobs of a database until it is stopped.
pub struct Worker {
    db: Db,
    jobs: Jobs,
    node: Arc<str>,
    lease: Duration,
    at_once: usize,
}

impl Jobs {
    /// No kinds yet.
    pub fn new(actor_of: ActorOf) -> Self {
        Self { kinds: HashMap::new(), actor_of }
    }

    /// Adds a kind.
    #[must_use]
    pub fn with(mut self, job: impl Job) -> Self {
        self.kinds.insert(job.kind(), Arc::new(job));
        self
    }
}

impl Worker {
    /// A worker for these kinds of jobs. The node's name is shown with what it runs.
    pub fn new(db: Db, jobs: Jobs, node: &str) -> Self {
        Self { db, jobs, node: node.into(), lease: LEASE, at_once: 4 }
    }

    /// With another lease, for tests that do not want to wait.
    #[must_use]
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Works until told to stop, or nobody is left who could tell; then lets the running jobs come to an end for a while.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let worker = Arc::new(self);
        let mut signals = worker.db.signals();
        let mut running = JoinSet::new();
        while !*stop.borrow() && stop.has_changed().is_ok() {
            while running.try_join_next().is_some() {}
            let free = running.len() < worker.at_once;
            let leased = if free { worker.lease_next().await } else { Ok(None) };
            match leased {
                Ok(Some(job)) => {
                    let (worker, stop) = (worker.clone(), stop.clone());
                    running.spawn(async move { worker.one(job, stop).await });
                    continue;
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "the job queue can't be read"),
            }
            tokio::select! {
                _ = stop.changed() => {}
                _ = running.join_next(), if !running.is_empty() => {}
                () = heard(&mut signals) => {}
                () = tokio::time::sleep(POLL.min(worker.lease)) => {}
            }
        }
        let ended = async { while running.join_next().await.is_some() {} };
        if tokio::time::timeout(Duration::from_secs(10), ended).await.is_err() {
            running.abort_all();
        }
    }

    async fn lease_next(&self) -> Result<Option<Leased>> {
        let kinds: Vec<_> = self.jobs.kinds.keys().copied().collect();
        let (node, lease) = (self.node.clone(), self.lease);
        self.db.write(&Actor::system("jobs"), LeaseNext { kinds, node, lease }).await
    }

    async fn one(&self, leased: Leased, stop: watch::Receiver<bool>) {
        let (cancel, cancelled) = watch::channel(false);
        let outcome = tokio::select! {
            outcome = self.attempt(&leased, cancelled) => outcome,
            () = self.keep_alive(&leased, &cancel, stop) => Err(Error::Busy("the lease was lost".to_owned())),
        };
        let ended = Ended { node: self.node.clone(), outcome, was_cancelled: *cancel.borrow(), leased };
        if let Err(error) = self.db.write(&Actor::system("jobs"), ended).await {
            tracing::error!(%error, "the end of a job could not be written; it will be run again");
        }
    }

    async fn attempt(&self, leased: &Leased, cancelled: watch::Receiver<bool>) -> Result<serde_json::Value> {
        let unknown = || Error::internal(format!("no code for jobs of kind {}", leased.kind));
        let job = self.jobs.kinds.get(leased.kind.as_str()).ok_or_else(unknown)?.clone();
        let request = RequestId(leased.request.as_str().into());
        let actor = match leased.actor_id {
            Some(id) => (self.jobs.actor_of)(UserId(id), request).await?,
            None => Actor { name: leased.actor.as_str().into(), ..Actor::system(&leased.request) },
        };
        let actor = match leased.limit {
            Some(limit) => Actor { grants: Arc::new(actor.grants.limited_to(limit)), ..actor },
            None => actor,
        };
        let payload = serde_json::from_str(&leased.payload).map_err(Error::internal)?;
        let context = JobContext { db: self.db.clone(), actor, id: leased.id, payload, cancelled };
        // On a task of its own, so that a panic is an outcome and not the worker's end. When the lease is lost, this
        // future is dropped, and the task with it.
        let mut task = JoinSet::new();
        task.spawn(async move { job.run(&context).await });
        let ended = task.join_next().await.unwrap_or_else(|| Ok(Err(Error::internal("the job did not start"))));
        ended.unwrap_or_else(|error| Err(Error::internal(format!("the job panicked: {error}"))))
    }

    /// Renews the lease for as long as the job runs; returns when it is lost.
    async fn keep_alive(&self, leased: &Leased, cancel: &watch::Sender<bool>, mut stop: watch::Receiver<bool>) {
        let mut renewed = Instant::now();
        loop {
            tokio::select! {
                () = tokio::time::sleep(HEARTBEAT.min(self.lease / 3)) => {}
                Ok(()) = stop.changed() => {}
            }
            let began = Instant::now();
            let beat = Heartbeat { id: leased.id, node: self.node.clone(), run: leased.attempts, lease: self.lease };
            let actor = Actor::system("jobs");
            let beating = self.db.write(&actor, beat);
            // A lease that can't be renewed in time belongs to another node, whether this one can ask or not. Where
            // there is no other node, it waits: the job itself may keep the one writer busy for longer than that.
            let answer = if self.db.is_shared() {
                tokio::time::timeout_at(renewed + self.lease, beating).await
            } else {
                Ok(beating.await)
            };
            match answer {
                Ok(Ok(Some(cancel_wanted))) => {
                    renewed = began;
                    cancel.send_if_modified(|c| !std::mem::replace(c, *c || cancel_wanted) && cancel_wanted);
                }
                Ok(Ok(None)) | Err(_) => return,
                Ok(Err(error)) => tracing::warn!(%error, job = leased.id.0, "a job's lease could not be renewed"),
            }
        }
    }
}

async fn heard(signals: &mut tokio::sync::broadcast::Receiver<crate::Signal>) {
    use tokio::sync::broadcast::error::RecvError;
    loop {
        match signals.recv().await {
            Ok(signal) if &*signal != SIGNAL && &*signal != "*" => {}
            Err(RecvError::Closed) => std::future::pending().await,
            Ok(_) | Err(RecvError::Lagged(_)) => return,
        }
    }
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    Timestamp(now.0.saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
}

struct LeaseNext {
    kinds: Vec<&'static str>,
    node: Arc<str>,
    lease: Duration,
}

impl Work for LeaseNext {
    type Out = Option<Leased>;
    const NAME: &'static str = "job.lease";
    async fn run(&self, tx: &mut Tx) -> Result<Self::Out> {
        let until = later(tx.now(), self.lease);
        queue::lease(tx, &self.kinds, &self.node, until).await
    }
}

struct Heartbeat {
    id: JobId,
    node: Arc<str>,
    /// Which run of the job, so that one that this node has lost and taken over again is not mistaken for the first.
    run: u32,
    lease: Duration,
}

/// Whether the job is to be cancelled; nothing when it is no longer ours.
impl Work for Heartbeat {
    type Out = Option<bool>;
    const NAME: &'static str = "job.heartbeat";
    async fn run(&self, tx: &mut Tx) -> Result<Self::Out> {
        let until = later(tx.now(), self.lease);
        let text = "UPDATE job SET locked_until = $4
            WHERE id = $1 AND locked_by = $2 AND attempts = $3 AND status = 'running' RETURNING cancel_wanted";
        let row = tx.derive(text, params![self.id, self.node, self.run, until]).await?.1.pop();
        row.map(|mut row| row.take(0)).transpose()
    }
}

struct Ended {
    leased: Leased,
    node: Arc<str>,
    outcome: Result<serde_json::Value>,
    was_cancelled: bool,
}

impl Work for Ended {
    type Out = ();
    const NAME: &'static str = "job.end";
    async fn run(&self, tx: &mut Tx) -> Result<()> {
        let now = tx.now();
        let (leased, last) = (&self.leased, self.leased.attempts >= self.leased.most_attempts);
        // The wish may be newer than the last heartbeat.
        let wanted = tx.scalar("SELECT cancel_wanted FROM job WHERE id = $1", params![leased.id]).await?;
        let cancelled = self.was_cancelled || wanted.unwrap_or(false);
        let (status, result, error) = match &self.outcome {
            Ok(result) => (Status::Done, Some(result.to_string()), None),
            Err(_) if cancelled => (Status::Cancelled, None, Some("cancelled".to_owned())),
            Err(error) if last || !error.may_pass() => (Status::Failed, None, Some(error.to_string())),
            Err(error) => (Status::Queued, None, Some(error.to_string())),
        };
        let finished = (status != Status::Queued).then_some(now);
        // Twice as long after each failure, up to an hour, and not all at the same instant.
        let pause = (15_i64 << leased.attempts.min(8)).min(3_600) + rand::random_range(0..5);
        let run_at = now.plus_seconds(if status == Status::Queued { pause } else { 0 });
        let text = "UPDATE job SET status = $3, result = $4, error = $5, finished_at = $6, run_at = $7,
            locked_by = NULL, locked_until = NULL
            WHERE id = $1 AND locked_by = $2 AND attempts = $8 AND status = 'running'";
        let values = params![leased.id, self.node, status.name(), result, error, finished, run_at, leased.attempts];
        let ended = tx.derive(text, values).await?.0 > 0;
        if let (true, Status::Failed, Err(error)) = (ended, status, &self.outcome) {
            let text = format!("Job {} ({}) of {} failed: {error}", leased.id, leased.kind, leased.actor);
            tx.note(Level::Error, "System", &text)?;
        }
        Ok(())
    }
}

enum Note {
    Progress(JobId, i64, i64),
    Lines(JobId, &'static str, Vec<String>),
}

impl Work for Note {
    type Out = ();
    const NAME: &'static str = "job.note";
    async fn run(&self, tx: &mut Tx) -> Result<()> {
        let now = tx.now();
        match self {
            Self::Progress(id, done, total) => {
                let text = "UPDATE job SET progress_done = $2, progress_total = $3 WHERE id = $1";
                tx.derive(text, params![id, done, total]).await.map(drop)
            }
            Self::Lines(id, level, lines) => {
                let last = "SELECT COALESCE(MAX(n), 0) FROM job_line WHERE job_id = $1";
                let mut n: i64 = tx.scalar(last, params![id]).await?.unwrap_or(0);
                for line in lines {
                    n += 1;
                    let text = "INSERT INTO job_line (job_id, n, at, level, text) VALUES ($1, $2, $3, $4, $5)";
                    tx.derive(text, params![id, n, now, level, line]).await?;
                }
                Ok(())
            }
        }
    }
}
