//! What becomes of a job, on one node.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use kernel::{Action, Actor, Area, Error, ResourceId, Rights, Timestamp};
use serde_json::json;
use store::{
    Setup,
    job::{self, Job, JobState, Jobs, NewJob, Status},
    params,
};
use testkit::{Engine, TestClock, actor, on_both, tokio};

use crate::{
    job_world::{all_due_jobs_were_started, cancel, echo, enqueue, jobs, new, node, retry, run, state, wait},
    world::{ann, database, eventually, number, setup, work},
};

on_both!(
    a_job_reports_progress_lines_and_a_result,
    a_job_acts_for_the_one_who_asked_for_it,
    a_job_may_do_no_more_than_whoever_asked_for_it_might_then,
    a_job_waits_for_its_time,
    a_failed_job_is_tried_again_later_each_time,
    a_job_that_was_refused_is_not_tried_again,
    a_job_that_failed_for_good_is_a_dead_letter_and_can_be_tried_again,
    only_a_dead_letter_can_be_tried_again,
    a_waiting_job_is_cancelled_at_once,
    jobs_are_counted_by_their_status,
    a_running_job_is_cancelled_where_it_looks,
    a_cancelled_job_that_fails_is_not_tried_again,
    a_key_is_taken_while_its_job_waits_or_runs,
    jobs_with_one_key_that_come_together_are_one_job,
    a_panic_is_a_failure_of_the_job_alone,
    a_job_of_an_unknown_kind_is_left_to_others,
    an_event_gives_a_job_to_each_listener,
    a_failed_work_leaves_neither_job_nor_event,
    a_worker_that_is_stopped_lets_its_jobs_end,
);

async fn a_job_reports_progress_lines_and_a_result(engine: Engine) {
    let test = database(engine).await;
    let count = run("count", |context| {
        Box::pin(async move {
            let to = context.payload["to"].as_u64().unwrap();
            for n in 1..=to {
                context.progress(n, to).await?;
                context.say("info", format!("counted to {n}")).await?;
            }
            context.say("warning", "that was all").await?;
            Ok(json!({"counted": to}))
        })
    });
    let worker = node(&test.db, "one", jobs().with(count));
    let id = enqueue(&test.db, NewJob { payload: json!({"to": 3}), ..new("count") }).await;
    let done = wait(&test.db, id, Status::Done).await;
    assert_eq!((done.done, done.total, done.attempts), (3, 3, 1));
    assert_eq!((done.result, done.error), (Some(json!({"counted": 3})), None));
    assert!(done.finished_at >= Some(done.created_at));

    let mut tx = test.db.read(&ann()).await.unwrap();
    let lines = job::lines(&mut tx, id, 0, 100).await.unwrap();
    let said: Vec<_> = lines.iter().map(|line| (line.n, line.level.as_str(), line.text.as_str())).collect();
    let expected = [
        (1, "info", "counted to 1"),
        (2, "info", "counted to 2"),
        (3, "info", "counted to 3"),
        (4, "warning", "that was all"),
    ];
    assert_eq!(said, expected);
    assert_eq!(job::lines(&mut tx, id, 2, 1).await.unwrap(), lines[2..3]);
    worker.stop().await;
}

async fn a_job_acts_for_the_one_who_asked_for_it(engine: Engine) {
    let test = database(engine).await;
    let who = run("who", |context| {
        Box::pin(async move {
            let actor = &context.actor;
            Ok(json!([*actor.name, actor.user.map(i64::from), actor.request.to_string()]))
        })
    });
    let worker = node(&test.db, "one", jobs().with(who));
    let id = enqueue(&test.db, new("who")).await;
    let done = wait(&test.db, id, Status::Done).await;
    let user = ann().user.map(i64::from);
    assert_eq!(done.result, Some(json!(["ann, looked up", user, "request of ann"])));
    assert_eq!(done.actor_id, user);

    let by_system = work(|tx| Box::pin(async move { tx.enqueue(new("who")).await }));
    let id = test.db.write(&kernel::Actor::system("start"), by_system).await.unwrap();
    assert_eq!(wait(&test.db, id, Status::Done).await.result, Some(json!(["system", null, "start"])));
    worker.stop().await;
}

async fn a_job_waits_for_its_time(engine: Engine) {
    let clock = TestClock::default();
    let test = engine.database(Setup { clock: Arc::new(clock.clone()), ..setup() }).await;
    let worker = node(&test.db, "one", jobs().with(echo()));
    let due = test.db.clock().now().plus_seconds(3600);
    let id = enqueue(&test.db, NewJob { run_at: Some(due), ..new("echo") }).await;
    all_due_jobs_were_started(&test.db).await;
    assert_eq!(state(&test.db, id).await.status, Status::Queued);
    clock.set(due);
    all_due_jobs_were_started(&test.db).await;
    wait(&test.db, id, Status::Done).await;
    worker.stop().await;
}

/// A kind of job that fails as often as its payload says, and how often it ran.
fn failing() -> (impl Job, Arc<AtomicU32>) {
    let runs = Arc::new(AtomicU32::new(0));
    let counted = runs.clone();
    let job = run("failing", move |context| {
        let run = counted.fetch_add(1, Ordering::SeqCst) + 1;
        Box::pin(async move {
            if u64::from(run) <= context.payload.as_u64().unwrap() {
                Err(Error::Busy(format!("run {run} failed")))
            } else {
                Ok(json!(run))
            }
        })
    });
    (job, runs)
}

async fn a_failed_job_is_tried_again_later_each_time(engine: Engine) {
    let clock = TestClock::default();
    let test = engine.database(Setup { clock: Arc::new(clock.clone()), ..setup() }).await;
    let (job, runs) = failing();
    let worker = node(&test.db, "one", jobs().with(job).with(echo()));
    let id = enqueue(&test.db, NewJob { payload: json!(3), ..new("failing") }).await;
    let mut pauses = Vec::new();
    for failed in 1..=3 {
        eventually("it failed once more", || async {
            let state = state(&test.db, id).await;
            state.status == Status::Queued && state.attempts == failed
        })
        .await;
        let waiting = state(&test.db, id).await;
        assert_eq!(waiting.error, Some(format!("run {failed} failed")));
        assert_eq!((waiting.result, waiting.finished_at), (None, None));
        let due = Timestamp(number(&test.db, &format!("SELECT run_at FROM job WHERE id = {id}")).await);
        pauses.push((due.0 - test.db.clock().now().0) / 1_000_000);
        clock.set(due.plus_seconds(-1));
        all_due_jobs_were_started(&test.db).await;
        assert_eq!(runs.load(Ordering::SeqCst), failed, "it ran before its time");
        clock.set(due);
        all_due_jobs_were_started(&test.db).await;
    }
    let done = wait(&test.db, id, Status::Done).await;
    assert_eq!((done.attempts, done.result), (4, Some(json!(4))));
    for (pause, least) in pauses.iter().zip([30, 60, 120]) {
        assert!((least..least + 5).contains(pause), "{pauses:?}");
    }
    worker.stop().await;
}

async fn a_job_that_was_refused_is_not_tried_again(engine: Engine) {
    let test = database(engine).await;
    let refused = run("refused", |_| Box::pin(async { Err(Error::not_found("there is no such star")) }));
    let worker = node(&test.db, "one", jobs().with(refused));
    let id = enqueue(&test.db, NewJob { most_attempts: 5, ..new("refused") }).await;
    let dead = wait(&test.db, id, Status::Failed).await;
    assert_eq!((dead.attempts, dead.error.as_deref()), (1, Some("there is no such star")));
    worker.stop().await;
}

async fn a_job_that_failed_for_good_is_a_dead_letter_and_can_be_tried_again(engine: Engine) {
    let clock = TestClock::default();
    let test = engine.database(Setup { clock: Arc::new(clock.clone()), ..setup() }).await;
    let (job, runs) = failing();
    let worker = node(&test.db, "one", jobs().with(job).with(echo()));
    let id = enqueue(&test.db, NewJob { payload: json!(2), most_attempts: 2, ..new("failing") }).await;
    let waits_again =
        || async { matches!(state(&test.db, id).await, JobState { attempts: 1, status: Status::Queued, .. }) };
    eventually("it waits for its second try", waits_again).await;
    clock.advance(Duration::from_hours(1));
    all_due_jobs_were_started(&test.db).await;
    let dead = wait(&test.db, id, Status::Failed).await;
    assert_eq!((dead.attempts, dead.error), (2, Some("run 2 failed".to_owned())));
    assert!(dead.finished_at.is_some());
    let log = test.db.read(&ann()).await.unwrap().changes(&store::ChangeFilter::default(), 10).await.unwrap().entries;
    let notices: Vec<_> = log.iter().filter_map(|entry| store::Notice::of(&entry.items)).collect();
    assert_eq!(notices.len(), 1, "the first failure was not the last: {notices:?}");
    assert_eq!(notices[0].level, store::Level::Error);
    assert_eq!(notices[0].text, format!("Job {id} (failing) of ann failed: run 2 failed"));
    clock.advance(Duration::from_hours(24));
    all_due_jobs_were_started(&test.db).await;
    assert_eq!(runs.load(Ordering::SeqCst), 2, "a dead letter ran");

    retry(&test.db, id).await.unwrap();
    let done = wait(&test.db, id, Status::Done).await;
    assert_eq!((done.attempts, done.result, done.error), (1, Some(json!(3)), None));
    worker.stop().await;
}

async fn only_a_dead_letter_can_be_tried_again(engine: Engine) {
    let test = database(engine).await;
    let id = enqueue(&test.db, new("echo")).await;
    assert!(matches!(retry(&test.db, id).await, Err(Error::Conflict(_))));
    let worker = node(&test.db, "one", jobs().with(echo()));
    wait(&test.db, id, Status::Done).await;
    assert!(matches!(retry(&test.db, id).await, Err(Error::Conflict(_))));
    worker.stop().await;
}

async fn jobs_are_counted_by_their_status(engine: Engine) {
    let test = database(engine).await;
    enqueue(&test.db, new("echo")).await;
    enqueue(&test.db, new("echo")).await;
    let id = enqueue(&test.db, new("echo")).await;
    cancel(&test.db, id).await;
    let counts = job::counts(&mut test.db.read(&ann()).await.unwrap()).await.unwrap();
    let counts: Vec<_> = counts.iter().map(|(status, n)| (status.name(), *n)).collect();
    assert_eq!(counts, [("queued", 2), ("running", 0), ("done", 0), ("failed", 0), ("cancelled", 1)]);
}

async fn a_waiting_job_is_cancelled_at_once(engine: Engine) {
    let test = database(engine).await;
    let id = enqueue(&test.db, new("echo")).await;
    cancel(&test.db, id).await;
    let cancelled = state(&test.db, id).await;
    assert_eq!(cancelled.status, Status::Cancelled);
    assert!(cancelled.finished_at.is_some());
    let worker = node(&test.db, "one", jobs().with(echo()));
    all_due_jobs_were_started(&test.db).await;
    assert_eq!(state(&test.db, id).await.attempts, 0);
    cancel(&test.db, id).await;
    worker.stop().await;
}

/// A kind of job that goes on until it is cancelled.
fn endless() -> impl Job {
    run("endless", |context| {
        Box::pin(async move {
            loop {
                context.go_on()?;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
    })
}

async fn a_running_job_is_cancelled_where_it_looks(engine: Engine) {
    let test = database(engine).await;
    let worker = node(&test.db, "one", jobs().with(endless()));
    let id = enqueue(&test.db, new("endless")).await;
    wait(&test.db, id, Status::Running).await;
    cancel(&test.db, id).await;
    let cancelled = wait(&test.db, id, Status::Cancelled).await;
    assert_eq!(cancelled.attempts, 1);
    assert!(cancelled.finished_at.is_some());
    worker.stop().await;
}

/// Even when the wish comes after the last heartbeat.
async fn a_cancelled_job_that_fails_is_not_tried_again(engine: Engine) {
    let test = database(engine).await;
    let regretted = run("regretted", |context| {
        Box::pin(async move {
            cancel(&context.db, context.id).await;
            Err(Error::Busy("the peer is down".to_owned()))
        })
    });
    let worker = node(&test.db, "one", jobs().with(regretted));
    let id = enqueue(&test.db, new("regretted")).await;
    wait(&test.db, id, Status::Cancelled).await;
    worker.stop().await;
}

async fn a_key_is_taken_while_its_job_waits_or_runs(engine: Engine) {
    let test = database(engine).await;
    let keyed = |kind, key: &str| NewJob { key: Some(key.to_owned()), ..new(kind) };
    let first = enqueue(&test.db, keyed("endless", "zone 1")).await;
    assert_eq!(enqueue(&test.db, keyed("endless", "zone 1")).await, first);
    assert_ne!(enqueue(&test.db, keyed("endless", "zone 2")).await, first);
    assert_ne!(enqueue(&test.db, keyed("other", "zone 1")).await, first);
    assert_ne!(enqueue(&test.db, new("endless")).await, enqueue(&test.db, new("endless")).await);
    let worker = node(&test.db, "one", jobs().with(endless()));
    wait(&test.db, first, Status::Running).await;
    assert_eq!(enqueue(&test.db, keyed("endless", "zone 1")).await, first);
    cancel(&test.db, first).await;
    wait(&test.db, first, Status::Cancelled).await;
    assert_ne!(enqueue(&test.db, keyed("endless", "zone 1")).await, first);
    worker.die().await;
}

async fn jobs_with_one_key_that_come_together_are_one_job(engine: Engine) {
    let test = database(engine).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let db = test.db.clone();
        tasks.spawn(async move { enqueue(&db, NewJob { key: Some("k".to_owned()), ..new("echo") }).await });
    }
    let mut ids = tasks.join_all().await;
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM job").await, 1);
}

async fn a_panic_is_a_failure_of_the_job_alone(engine: Engine) {
    let test = database(engine).await;
    let panicking = run("panicking", |context| {
        Box::pin(async move {
            assert!(context.payload.is_string(), "a comet");
            Ok(json!(null))
        })
    });
    let worker = node(&test.db, "one", jobs().with(panicking).with(echo()));
    let id = enqueue(&test.db, NewJob { most_attempts: 1, ..new("panicking") }).await;
    let failed = wait(&test.db, id, Status::Failed).await;
    assert!(failed.error.unwrap().contains("panicked"));
    all_due_jobs_were_started(&test.db).await;
    worker.stop().await;
}

async fn a_job_of_an_unknown_kind_is_left_to_others(engine: Engine) {
    let test = database(engine).await;
    let id = enqueue(&test.db, new("unheard of")).await;
    let worker = node(&test.db, "one", jobs().with(echo()));
    all_due_jobs_were_started(&test.db).await;
    let waiting = state(&test.db, id).await;
    assert_eq!((waiting.status, waiting.attempts), (Status::Queued, 0));
    worker.stop().await;
}

fn with_listeners() -> Setup {
    Setup { listeners: vec![("planet.found", "echo"), ("planet.found", "chart"), ("planet.lost", "mourn")], ..setup() }
}

async fn an_event_gives_a_job_to_each_listener(engine: Engine) {
    let test = engine.database(with_listeners()).await;
    let finding = work(|tx| {
        Box::pin(async move {
            tx.emit("planet.found", &json!({"planet": 7})).await?;
            tx.emit("planet.seen", &json!({"planet": 8})).await
        })
    });
    test.db.write(&ann(), finding).await.unwrap();
    let mut tx = test.db.read(&ann()).await.unwrap();
    let rows = tx.rows("SELECT kind, payload, actor, request FROM job ORDER BY kind", params![]).await.unwrap();
    let told: Vec<[String; 4]> =
        rows.into_iter().map(|mut row| std::array::from_fn(|i| row.take(i).unwrap())).collect();
    let expected = ["chart", "echo"].map(|kind| [kind, r#"{"planet":7}"#, "ann", "request of ann"].map(str::to_owned));
    assert_eq!(told, expected);
}

async fn a_failed_work_leaves_neither_job_nor_event(engine: Engine) {
    let test = engine.database(with_listeners()).await;
    let worker = node(&test.db, "one", jobs().with(echo()));
    let failing = work(|tx| {
        Box::pin(async move {
            tx.emit("planet.found", &json!({"planet": 7})).await?;
            tx.enqueue(new("echo")).await?;
            Err::<(), _>(Error::conflict("it was a comet"))
        })
    });
    test.db.write(&ann(), failing).await.unwrap_err();
    all_due_jobs_were_started(&test.db).await;
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM job").await, 1, "the one that was waited for");
    worker.stop().await;
}

async fn a_worker_that_is_stopped_lets_its_jobs_end(engine: Engine) {
    let test = database(engine).await;
    let (go_on, may_go_on) = tokio::sync::watch::channel(false);
    let patient = run("patient", move |_| {
        let mut may_go_on = may_go_on.clone();
        Box::pin(async move {
            may_go_on.wait_for(|go| *go).await.map_err(Error::internal)?;
            Ok(json!("done"))
        })
    });
    let worker = node(&test.db, "one", jobs().with(patient));
    let id = enqueue(&test.db, new("patient")).await;
    wait(&test.db, id, Status::Running).await;
    let later =
        enqueue(&test.db, NewJob { run_at: Some(test.db.clock().now().plus_seconds(1)), ..new("patient") }).await;
    worker.stop.send(true).unwrap();
    go_on.send(true).unwrap();
    worker.task.await.unwrap();
    assert_eq!(state(&test.db, id).await.status, Status::Done);
    assert_eq!(state(&test.db, later).await.status, Status::Queued, "it began after the worker was stopped");
}

#[tokio::test]
async fn a_worker_ends_when_nobody_is_left_to_stop_it() {
    let test = database(Engine::Sqlite).await;
    let worker = node(&test.db, "one", jobs().with(echo()));
    drop(worker.stop);
    tokio::time::timeout(Duration::from_secs(30), worker.task).await.expect("it goes on").unwrap();
}

async fn a_job_may_do_no_more_than_whoever_asked_for_it_might_then(engine: Engine) {
    let test = database(engine).await;
    let say = run("say", |context| Box::pin(async { Ok(json!(context.actor.rights(&[ResourceId::TOP]).names())) }));
    // When the job runs, its person administers everything.
    let looked_up = Arc::new(|user, request| {
        let person = Actor { request, ..actor("ann").id(user).administrator() };
        Box::pin(async move { Ok(person) }) as futures_util::future::BoxFuture<'static, _>
    });
    let worker = node(&test.db, "one", Jobs::new(looked_up).with(say));
    let right = Rights::of(Area::Ipam, Action::Read);
    let root = actor("ann").administrator();
    let limited = Actor { grants: Arc::new(root.grants.limited_to(right)), ..root.clone() };
    for (who, rights) in [(limited, right), (root, Rights::ALL)] {
        let enqueue = work(|tx| Box::pin(async move { tx.enqueue(new("say")).await }));
        let id = test.db.write(&who, enqueue).await.unwrap();
        assert_eq!(wait(&test.db, id, Status::Done).await.result, Some(json!(rights.names())));
    }
    worker.stop().await;
}
