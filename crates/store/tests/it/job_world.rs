//! Jobs made of closures, and a worker that runs them.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use kernel::{Actor, JobId, Result};
use serde_json::Value as Json;
use store::{
    Db,
    job::{self, Job, JobContext, JobState, Jobs, NewJob, Status, Worker},
};
use testkit::{
    actor,
    tokio::{self, sync::watch, task::JoinHandle},
};

use crate::world::{ann, eventually, work};

/// Long enough for a slow machine to renew it in time.
pub(crate) const LEASE: Duration = Duration::from_secs(3);

pub(crate) struct Run<F> {
    kind: &'static str,
    run: F,
}

/// A kind of job that does this.
pub(crate) fn run<F>(kind: &'static str, run: F) -> Run<F>
where
    F: for<'a> Fn(&'a JobContext) -> BoxFuture<'a, Result<Json>> + Send + Sync + 'static,
{
    Run { kind, run }
}

impl<F> Job for Run<F>
where
    F: for<'a> Fn(&'a JobContext) -> BoxFuture<'a, Result<Json>> + Send + Sync + 'static,
{
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn run<'a>(&'a self, context: &'a JobContext) -> BoxFuture<'a, Result<Json>> {
        (self.run)(context)
    }
}

/// A job of a kind that answers at once with what it was given.
pub(crate) fn echo() -> impl Job {
    run("echo", |context| Box::pin(async { Ok(context.payload.clone()) }))
}

pub(crate) fn jobs() -> Jobs {
    Jobs::new(Arc::new(|user, request| {
        Box::pin(async move { Ok(Actor { request, ..actor("ann, looked up").id(user).nobody() }) })
    }))
}

/// A worker that runs until it is stopped or dropped.
pub(crate) struct Node {
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) task: JoinHandle<()>,
}

pub(crate) fn node(db: &Db, name: &str, jobs: Jobs) -> Node {
    let (stop, stopped) = watch::channel(false);
    let worker = Worker::new(db.clone(), jobs, name).with_lease(LEASE);
    Node { stop, task: tokio::spawn(worker.run(stopped)) }
}

impl Node {
    pub(crate) async fn stop(self) {
        self.stop.send(true).ok();
        self.task.await.unwrap();
    }

    /// Ends as a node does whose machine loses its power.
    pub(crate) async fn die(self) {
        self.task.abort();
        self.task.await.ok();
    }
}

pub(crate) fn new(kind: &'static str) -> NewJob {
    NewJob { kind, payload: Json::Null, key: None, run_at: None, most_attempts: 10 }
}

pub(crate) async fn enqueue(db: &Db, job: NewJob) -> JobId {
    let enqueue = work(move |tx| {
        let job = job.clone();
        Box::pin(async move { tx.enqueue(job).await })
    });
    db.write(&ann(), enqueue).await.unwrap()
}

pub(crate) async fn cancel(db: &Db, id: JobId) {
    db.write(&ann(), work(move |tx| Box::pin(job::cancel(tx, id)))).await.unwrap();
}

pub(crate) async fn retry(db: &Db, id: JobId) -> Result<()> {
    db.write(&ann(), work(move |tx| Box::pin(job::retry(tx, id)))).await
}

pub(crate) async fn state(db: &Db, id: JobId) -> JobState {
    job::state(&mut db.read(&ann()).await.unwrap(), id).await.unwrap().unwrap()
}

/// Waits until the job stands there.
pub(crate) async fn wait(db: &Db, id: JobId, status: Status) -> JobState {
    eventually(&format!("job {id} is {status:?}"), || async { state(db, id).await.status == status }).await;
    state(db, id).await
}

/// Waits until a worker for `echo` has looked at the whole queue once more.
pub(crate) async fn all_due_jobs_were_started(db: &Db) {
    let id = enqueue(db, new("echo")).await;
    wait(db, id, Status::Done).await;
}
