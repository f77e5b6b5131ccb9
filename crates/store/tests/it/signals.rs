//! News of changes reaches everyone who keeps something in memory.

use std::time::Duration;

use kernel::Error;
use store::{Db, Signal};
use testkit::{
    Engine, on_both,
    tokio::{self, sync::broadcast::Receiver},
};

use crate::world::{ann, database, discover, eventually, work};

async fn signal(db: &Db, name: &'static str, fails: bool) {
    let signalling = work(move |tx| {
        Box::pin(async move {
            tx.signal(name);
            tx.signal(name);
            if fails { Err(Error::conflict("no")) } else { Ok(()) }
        })
    });
    assert_eq!(db.write(&ann(), signalling).await.is_err(), fails);
}

/// The next signal but for the one that says that anything may have changed.
async fn next(signals: &mut Receiver<Signal>) -> String {
    loop {
        let heard = tokio::time::timeout(Duration::from_secs(30), signals.recv()).await.expect("silence").unwrap();
        if &*heard != "*" {
            return heard.to_string();
        }
    }
}

on_both!(
    a_signal_is_heard_after_the_commit,
    a_failed_work_is_not_heard_of,
    what_was_read_of_a_failed_work_is_out_of_date,
    the_generation_has_changed_before_the_writer_is_answered,
);

async fn a_signal_is_heard_after_the_commit(engine: Engine) {
    let test = database(engine).await;
    let mut signals = test.db.signals();
    signal(&test.db, "planets", false).await;
    assert_eq!(next(&mut signals).await, "planets");
}

async fn a_failed_work_is_not_heard_of(engine: Engine) {
    let test = database(engine).await;
    let mut signals = test.db.signals();
    signal(&test.db, "comets", true).await;
    signal(&test.db, "planets", false).await;
    assert_eq!(next(&mut signals).await, "planets");
}

async fn what_was_read_of_a_failed_work_is_out_of_date(engine: Engine) {
    let test = database(engine).await;
    let before = test.db.generation("comets");
    signal(&test.db, "comets", true).await;
    assert!(test.db.generation("comets") > before);
}

async fn the_generation_has_changed_before_the_writer_is_answered(engine: Engine) {
    let test = database(engine).await;
    for _ in 0..5 {
        let before = test.db.generation("planets");
        signal(&test.db, "planets", false).await;
        assert!(test.db.generation("planets") > before);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_reaches_a_second_node() {
    let test = database(Engine::Postgres).await;
    let second = test.second_node().await;
    let mut signals = second.signals();
    // It says "anything may have changed" when it begins to listen.
    eventually("the second node listens", || async { second.generation("planets") > 0 }).await;
    let before = second.generation("planets");
    signal(&test.db, "planets", false).await;
    assert_eq!(next(&mut signals).await, "planets");
    assert!(second.generation("planets") > before);
    // By the time it is heard, it can be seen.
    test.db.write(&ann(), discover("Mars")).await.unwrap();
    signal(&test.db, "planets", false).await;
    next(&mut signals).await;
    assert_eq!(crate::world::names(&second).await, ["Mars"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_lost_the_connection_hears_that_anything_may_have_changed() {
    let test = database(Engine::Postgres).await;
    let second = test.second_node().await;
    eventually("the second node listens", || async { second.generation("planets") > 0 }).await;
    let before = second.generation("planets");
    let disconnect = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    assert!(crate::world::number(&test.db, disconnect).await > 0);
    eventually("the second node listens again", || async { second.generation("planets") > before }).await;
}
