//! Jobs when several nodes run them, and nodes die.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use kernel::{Error, JobId};
use serde_json::json;
use store::{
    Db, Setup,
    job::{Job, NewJob, Status},
    params,
};
use testkit::{Engine, TestClock, on_both, tokio};

use crate::{
    job_world::{LEASE, all_due_jobs_were_started, echo, enqueue, jobs, new, node, run, state, wait},
    world::{ann, database, eventually, number, setup, work},
};

on_both!(
    a_job_is_taken_over_when_its_node_dies,
    a_lease_is_renewed_while_its_job_runs,
    a_job_whose_lease_is_lost_is_stopped,
    the_end_of_a_lost_run_does_not_end_the_next_one,
    a_job_under_which_every_node_dies_is_given_up,
);

/// Changes a job, as another node would.
async fn meddle(db: Db, id: JobId, columns: String) {
    let meddle = work(move |tx| {
        let text = format!("UPDATE job SET {columns} WHERE id = $1");
        Box::pin(async move { tx.derive(&text, params![id]).await })
    });
    assert_eq!(db.write(&ann(), meddle).await.unwrap().0, 1);
}

/// What is known about a job that never ends.
#[derive(Default)]
struct Fate {
    started: AtomicBool,
    dropped: AtomicBool,
}

/// Tells when a run ends because it is dropped.
struct Guard(Arc<Fate>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.dropped.store(true, Ordering::SeqCst);
    }
}

fn stuck() -> (impl Job, Arc<Fate>) {
    let fate = Arc::new(Fate::default());
    let told = fate.clone();
    let job = run("stuck", move |_| {
        told.started.store(true, Ordering::SeqCst);
        let guard = Guard(told.clone());
        Box::pin(async move {
            std::future::pending::<()>().await;
            drop(guard);
            Ok(json!(null))
        })
    });
    (job, fate)
}

async fn is_started(fate: &Fate) {
    eventually("the job is started", || async { fate.started.load(Ordering::SeqCst) }).await;
}

async fn is_dropped(fate: &Fate) {
    eventually("the job is stopped", || async { fate.dropped.load(Ordering::SeqCst) }).await;
}

async fn a_job_is_taken_over_when_its_node_dies(engine: Engine) {
    let clock = TestClock::default();
    let test = engine.database(Setup { clock: Arc::new(clock.clone()), ..setup() }).await;
    let (job, fate) = stuck();
    let first = node(&test.db, "first", jobs().with(job));
    let id = enqueue(&test.db, new("stuck")).await;
    is_started(&fate).await;
    first.die().await;
    is_dropped(&fate).await;

    let second = run("stuck", |_| Box::pin(async { Ok(json!("this time it went well")) }));
    let second = node(&test.db, "second", jobs().with(second).with(echo()));
    all_due_jobs_were_started(&test.db).await;
    assert_eq!(state(&test.db, id).await.status, Status::Running, "the lease has not run out yet");
    clock.advance(LEASE + Duration::from_secs(1));
    all_due_jobs_were_started(&test.db).await;
    let done = wait(&test.db, id, Status::Done).await;
    assert_eq!((done.attempts, done.result), (2, Some(json!("this time it went well"))));
    second.stop().await;
}

async fn a_lease_is_renewed_while_its_job_runs(engine: Engine) {
    let clock = TestClock::default();
    let test = engine.database(Setup { clock: Arc::new(clock.clone()), ..setup() }).await;
    let (job, fate) = stuck();
    let first = node(&test.db, "first", jobs().with(job));
    let id = enqueue(&test.db, new("stuck")).await;
    is_started(&fate).await;
    let second = node(&test.db, "second", jobs().with(stuck().0).with(echo()));
    let until = format!("SELECT locked_until FROM job WHERE id = {id}");
    for _ in 0..3 {
        let before = number(&test.db, &until).await;
        clock.advance(LEASE / 2);
        eventually("the lease is renewed", || async { number(&test.db, &until).await > before }).await;
        all_due_jobs_were_started(&test.db).await;
        assert_eq!(state(&test.db, id).await.attempts, 1);
    }
    first.die().await;
    second.die().await;
}

async fn a_job_whose_lease_is_lost_is_stopped(engine: Engine) {
    let test = database(engine).await;
    let (job, fate) = stuck();
    let worker = node(&test.db, "first", jobs().with(job));
    let id = enqueue(&test.db, new("stuck")).await;
    is_started(&fate).await;
    meddle(test.db.clone(), id, "locked_by = 'second', attempts = 2".to_owned()).await;
    is_dropped(&fate).await;
    let other = state(&test.db, id).await;
    assert_eq!((other.status, other.attempts), (Status::Running, 2), "it belongs to the second node now");
    worker.die().await;
}

async fn the_end_of_a_lost_run_does_not_end_the_next_one(engine: Engine) {
    let test = database(engine).await;
    let deposed = run("deposed", |context| {
        Box::pin(async move {
            // As if the node had lost the job and taken it over again since.
            meddle(context.db.clone(), context.id, "attempts = attempts + 1".to_owned()).await;
            Ok(json!("from the first run"))
        })
    });
    let worker = node(&test.db, "first", jobs().with(deposed).with(echo()));
    let id = enqueue(&test.db, new("deposed")).await;
    eventually("the first run is over", || async { state(&test.db, id).await.attempts == 2 }).await;
    worker.stop().await;
    let next = state(&test.db, id).await;
    assert_eq!((next.status, next.result), (Status::Running, None));
}

async fn a_job_under_which_every_node_dies_is_given_up(engine: Engine) {
    let clock = TestClock::default();
    let test = engine.database(Setup { clock: Arc::new(clock.clone()), ..setup() }).await;
    let id = enqueue(&test.db, NewJob { most_attempts: 2, ..new("stuck") }).await;
    let mut nodes = 0;
    loop {
        let worker = node(&test.db, &format!("mortal {nodes}"), jobs().with(stuck().0));
        let is_over = || async { matches!(state(&test.db, id).await.status, Status::Failed) };
        let started = || async { state(&test.db, id).await.attempts > nodes || is_over().await };
        eventually("it is started or given up", started).await;
        if is_over().await {
            worker.stop().await;
            break;
        }
        worker.die().await;
        nodes += 1;
        clock.advance(LEASE * 2);
        assert!(nodes < 20, "it takes down every node");
    }
    assert!(nodes > 2, "a death of the node is not a failure of the job");
    assert!(state(&test.db, id).await.error.unwrap().contains("the node died"));
}

/// How many of each job run now, and how many runs there were.
#[derive(Default)]
struct Census {
    running: Mutex<HashMap<JobId, u32>>,
    runs: AtomicU32,
    twice: AtomicBool,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_never_run_one_job_at_once() {
    let test = database(Engine::Postgres).await;
    let census = Arc::new(Census::default());
    let counted = || {
        let census = census.clone();
        run("counted", move |context| {
            let census = census.clone();
            Box::pin(async move {
                let together = {
                    let mut running = census.running.lock().unwrap();
                    let together = running.entry(context.id).or_default();
                    *together += 1;
                    *together
                };
                census.twice.fetch_or(together > 1, Ordering::SeqCst);
                census.runs.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(5)).await;
                *census.running.lock().unwrap().entry(context.id).or_default() -= 1;
                if context.id.0 < 0 { Err(Error::internal("never")) } else { Ok(json!(null)) }
            })
        })
    };
    let enqueue_all = work(|tx| {
        Box::pin(async move {
            for _ in 0..100 {
                tx.enqueue(new("counted")).await?;
            }
            Ok(())
        })
    });
    let nodes = [test.db.clone(), test.second_node().await, test.second_node().await];
    let workers: Vec<_> =
        nodes.iter().enumerate().map(|(n, db)| node(db, &format!("node {n}"), jobs().with(counted()))).collect();
    test.db.write(&ann(), enqueue_all).await.unwrap();
    eventually("all jobs are done", || async {
        number(&test.db, "SELECT COUNT(*) FROM job WHERE status = 'done'").await == 100
    })
    .await;
    assert!(!census.twice.load(Ordering::SeqCst), "a job ran twice at once");
    assert_eq!(census.runs.load(Ordering::SeqCst), 100);
    for worker in workers {
        worker.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_other_node_is_a_job_may_keep_the_writer_busy_for_longer_than_its_lease() {
    let test = database(Engine::Sqlite).await;
    let long = run("long", |context| {
        Box::pin(async {
            let busy = work(|_| {
                Box::pin(async {
                    std::thread::sleep(LEASE + Duration::from_millis(500));
                    Ok(())
                })
            });
            context.db.write(&context.actor, busy).await?;
            Ok(json!("done"))
        })
    });
    let only = node(&test.db, "only", jobs().with(long));
    let id = enqueue(&test.db, new("long")).await;
    let done = wait(&test.db, id, Status::Done).await;
    assert_eq!((done.attempts, done.result), (1, Some(json!("done"))));
    only.stop().await;
}
