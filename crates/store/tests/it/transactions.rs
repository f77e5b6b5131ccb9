//! All or nothing.

use std::sync::{Arc, Mutex, mpsc};

use kernel::Error;
use store::params;
use testkit::{Engine, on_both, tokio};

use crate::world::{Moon, Planet, add, ann, database, discover, eventually, names, number, planet, work};

on_both!(
    what_was_answered_is_kept,
    a_failed_work_leaves_nothing,
    nothing_half_done_remains_after_an_error_in_the_middle,
    a_work_that_panics_leaves_nothing,
    a_failure_that_a_work_ignores_is_not_forgotten,
    one_failing_work_among_fifty_leaves_the_others,
    a_work_sees_what_it_has_written,
    a_reader_can_not_write,
    a_write_goes_on_when_nobody_waits_for_it_any_more,
    a_broken_reference_is_a_conflict,
    a_missing_value_is_our_own_fault,
    what_a_work_put_into_memory_is_forgotten_when_it_fails,
    what_is_held_is_let_go_when_everybody_knows_how_the_transaction_ended,
);

async fn what_was_answered_is_kept(engine: Engine) {
    let test = database(engine).await;
    let mars = test.db.write(&ann(), discover("Mars")).await.unwrap();
    let test = test.restarted().await;
    let mut tx = test.db.read(&ann()).await.unwrap();
    assert_eq!(tx.get::<Planet>(mars.id).await.unwrap(), Some(mars));
}

async fn a_failed_work_leaves_nothing(engine: Engine) {
    let test = database(engine).await;
    let failing = work(|tx| {
        Box::pin(async move {
            let id = tx.new_id::<Planet>().await?;
            tx.insert(&planet(id, "Vulcan")).await?;
            tx.derive("INSERT INTO sighting (name, at) VALUES ($1, $2)", params!["Vulcan", 1859]).await?;
            Err::<(), _>(Error::conflict("there is no such planet"))
        })
    });
    let error = test.db.write(&ann(), failing).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no such planet");
    for table in ["planet", "sighting", "change", "change_ref"] {
        assert_eq!(number(&test.db, &format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
    }
}

async fn nothing_half_done_remains_after_an_error_in_the_middle(engine: Engine) {
    let test = database(engine).await;
    test.db.write(&ann(), discover("Mars")).await.unwrap();
    let failing = work(|tx| {
        Box::pin(async move {
            let id = tx.new_id::<Planet>().await?;
            tx.insert(&planet(id, "Venus")).await?;
            // Sends what is planned, so that the first half is in the database when the second half fails.
            tx.get::<Planet>(id).await?;
            add(tx, "Mars").await.map(drop)
        })
    });
    let error = test.db.write(&ann(), failing).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)), "{error:?}");
    assert_eq!(names(&test.db).await, ["Mars"]);
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM change").await, 1);
}

async fn a_work_that_panics_leaves_nothing(engine: Engine) {
    let test = database(engine).await;
    let panicking = work(|tx| {
        Box::pin(async move {
            add(tx, "Nibiru").await?;
            tx.rows("SELECT 1", params![]).await?;
            panic!("a comet");
            #[expect(unreachable_code, reason = "it gives the block its type")]
            Ok(())
        })
    });
    let error = test.db.write(&ann(), panicking).await.unwrap_err();
    assert!(matches!(error, Error::Internal(_)), "{error:?}");
    test.db.write(&ann(), discover("Mars")).await.unwrap();
    assert_eq!(names(&test.db).await, ["Mars"]);
}

/// PostgreSQL gives up the whole transaction when a statement fails, and a commit of it then keeps nothing without
/// saying so. SQLite goes on. With us, both refuse.
async fn a_failure_that_a_work_ignores_is_not_forgotten(engine: Engine) {
    let test = database(engine).await;
    test.db.write(&ann(), discover("Mars")).await.unwrap();
    let careless = work(|tx| {
        Box::pin(async move {
            add(tx, "Venus").await?;
            add(tx, "Mars").await?;
            tx.rows("SELECT 1", params![]).await.ok();
            Ok(())
        })
    });
    let error = test.db.write(&ann(), careless).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)), "{error:?}");
    let careless = work(|tx| {
        Box::pin(async move {
            add(tx, "Pluto").await?;
            tx.rows("SELECT nothing FROM nowhere", params![]).await.ok();
            Ok(())
        })
    });
    let error = test.db.write(&ann(), careless).await.unwrap_err();
    assert!(matches!(error, Error::Internal(_)), "{error:?}");
    assert_eq!(names(&test.db).await, ["Mars"]);
}

async fn one_failing_work_among_fifty_leaves_the_others(engine: Engine) {
    let test = database(engine).await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..50 {
        let db = test.db.clone();
        tasks.spawn(async move {
            let one = work(move |tx| {
                Box::pin(async move {
                    add(tx, &format!("planet {n:02}")).await?;
                    tx.rows("SELECT 1", params![]).await?;
                    if n == 25 { Err(Error::conflict("no")) } else { Ok(n) }
                })
            });
            (n, db.write(&ann(), one).await)
        });
    }
    for (n, outcome) in tasks.join_all().await {
        assert_eq!(outcome.ok(), (n != 25).then_some(n));
    }
    let expected: Vec<_> = (0..50).filter(|n| *n != 25).map(|n| format!("planet {n:02}")).collect();
    assert_eq!(names(&test.db).await, expected);
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM change").await, 49);
}

async fn a_work_sees_what_it_has_written(engine: Engine) {
    let test = database(engine).await;
    let seen = work(|tx| {
        Box::pin(async move {
            let id = tx.new_id::<Planet>().await?;
            let before = planet(id, "Mars");
            tx.insert(&before).await?;
            let first = tx.get::<Planet>(id).await?.unwrap();
            let mut after = Planet { mass: 7, ..first.clone() };
            tx.update(&first, &mut after).await?;
            let second = tx.get::<Planet>(id).await?.unwrap();
            tx.delete(&second).await?;
            Ok((first.mass, second.mass, tx.get::<Planet>(id).await?.is_none()))
        })
    });
    assert_eq!(test.db.write(&ann(), seen).await.unwrap(), (1, 7, true));
}

async fn a_reader_can_not_write(engine: Engine) {
    let test = database(engine).await;
    let mut tx = test.db.read(&ann()).await.unwrap();
    assert!(tx.insert(&planet(1, "Mars")).await.is_err());
    tx.act_as(ann(), "planet.smuggle");
    tx.insert(&planet(2, "Venus")).await.ok();
    assert!(tx.rows("SELECT 1", params![]).await.is_err(), "what was planned must not be sent");
    assert!(tx.derive("INSERT INTO sighting (name, at) VALUES ('x', 1)", params![]).await.is_err());
    drop(tx);
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM planet").await, 0);
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM sighting").await, 0);
}

#[tokio::test]
async fn a_reader_of_sqlite_sees_one_instant() {
    let test = database(Engine::Sqlite).await;
    let mut tx = test.db.read(&ann()).await.unwrap();
    assert_eq!(tx.scalar::<i64>("SELECT COUNT(*) FROM planet", params![]).await.unwrap(), Some(0));
    test.db.write(&ann(), discover("Mars")).await.unwrap();
    assert_eq!(tx.scalar::<i64>("SELECT COUNT(*) FROM planet", params![]).await.unwrap(), Some(0));
    assert_eq!(names(&test.db).await, ["Mars"]);
}

async fn a_write_goes_on_when_nobody_waits_for_it_any_more(engine: Engine) {
    let test = database(engine).await;
    let (started, has_started) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let may_go_on = Arc::new(Mutex::new(may_go_on));
    let slow = work(move |tx| {
        let (started, may_go_on) = (started.clone(), may_go_on.clone());
        Box::pin(async move {
            started.send(()).ok();
            may_go_on.lock().unwrap().recv().ok();
            add(tx, "Mars").await.map(drop)
        })
    });
    let db = test.db.clone();
    let caller = tokio::spawn(async move { db.write(&ann(), slow).await });
    tokio::task::spawn_blocking(move || has_started.recv().unwrap()).await.unwrap();
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    go_on.send(()).unwrap();
    eventually("the planet is there", || async { names(&test.db).await == ["Mars"] }).await;
}

async fn a_broken_reference_is_a_conflict(engine: Engine) {
    let test = database(engine).await;
    let orphan = work(|tx| {
        Box::pin(async move {
            let id = tx.new_id::<Moon>().await?;
            tx.insert(&Moon { id, version: 1, planet_id: 404, around: None }).await
        })
    });
    let error = test.db.write(&ann(), orphan).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)), "{error:?}");
}

async fn a_missing_value_is_our_own_fault(engine: Engine) {
    let test = database(engine).await;
    let empty = work(|tx| {
        Box::pin(
            async move { tx.derive("INSERT INTO sighting (name, at) VALUES ('x', NULL)", params![]).await.map(drop) },
        )
    });
    let error = test.db.write(&ann(), empty).await.unwrap_err();
    assert!(matches!(error, Error::Internal(_)), "{error:?}");
}

async fn what_a_work_put_into_memory_is_forgotten_when_it_fails(engine: Engine) {
    let test = database(engine).await;
    let forgotten = Arc::new(std::sync::atomic::AtomicU32::new(0));
    for fails in [true, false] {
        let count = forgotten.clone();
        let remembering = work(move |tx| {
            let count = count.clone();
            Box::pin(async move {
                tx.if_lost(Arc::new(move || _ = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst)));
                if fails { Err(Error::conflict("no")) } else { Ok(()) }
            })
        });
        test.db.write(&ann(), remembering).await.ok();
    }
    assert_eq!(forgotten.load(std::sync::atomic::Ordering::SeqCst), 1);
}

/// Says so when it goes away.
struct Held(Arc<Mutex<Vec<&'static str>>>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.lock().unwrap().push("let go");
    }
}

async fn what_is_held_is_let_go_when_everybody_knows_how_the_transaction_ended(engine: Engine) {
    let test = database(engine).await;
    for (fails, expected) in [(true, ["held", "lost", "let go"].as_slice()), (false, &["held", "let go"])] {
        let said = Arc::new(Mutex::new(Vec::new()));
        let listener = said.clone();
        let holding = work(move |tx| {
            let said = listener.clone();
            Box::pin(async move {
                tx.hold(Held(said.clone()));
                said.lock().unwrap().push("held");
                let lost = said.clone();
                tx.if_lost(Arc::new(move || lost.lock().unwrap().push("lost")));
                if fails { Err(Error::conflict("no")) } else { Ok(()) }
            })
        });
        assert_eq!(test.db.write(&ann(), holding).await.is_err(), fails);
        assert_eq!(*said.lock().unwrap(), expected);
    }
}
