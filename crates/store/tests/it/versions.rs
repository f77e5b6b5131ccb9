//! Nobody overwrites what somebody else has changed meanwhile.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use kernel::Error;
use testkit::{Engine, on_both, tokio};

use crate::world::{Change, Planet, ann, database, discover, work};

on_both!(
    an_update_raises_the_version,
    a_stale_update_is_tried_again_and_then_is_a_conflict,
    a_work_that_reads_anew_succeeds_at_the_second_try,
    a_stale_deletion_is_a_conflict,
    no_increment_is_lost,
);

async fn an_update_raises_the_version(engine: Engine) {
    let test = database(engine).await;
    let before = test.db.write(&ann(), discover("Mars")).await.unwrap();
    let after = Planet { mass: 2, ..before.clone() };
    let after = test.db.write(&ann(), Change { before, after }).await.unwrap();
    assert_eq!(after.version, 2);
    let kept = test.db.read(&ann()).await.unwrap().get::<Planet>(after.id).await.unwrap();
    assert_eq!(kept, Some(after));
}

async fn a_stale_update_is_tried_again_and_then_is_a_conflict(engine: Engine) {
    let test = database(engine).await;
    let old = test.db.write(&ann(), discover("Mars")).await.unwrap();
    let after = Planet { mass: 2, ..old.clone() };
    let new = test.db.write(&ann(), Change { before: old.clone(), after }).await.unwrap();
    let tries = Arc::new(AtomicU32::new(0));
    let (counted, before) = (tries.clone(), old.clone());
    let stale = work(move |tx| {
        counted.fetch_add(1, Ordering::SeqCst);
        let before = before.clone();
        Box::pin(async move { tx.update(&before, &mut Planet { mass: 3, ..before.clone() }).await })
    });
    let error = test.db.write(&ann(), stale).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)), "{error:?}");
    assert!(tries.load(Ordering::SeqCst) > 1);
    let kept = test.db.read(&ann()).await.unwrap().get::<Planet>(old.id).await.unwrap();
    assert_eq!(kept, Some(new));
}

async fn a_work_that_reads_anew_succeeds_at_the_second_try(engine: Engine) {
    let test = database(engine).await;
    let old = test.db.write(&ann(), discover("Mars")).await.unwrap();
    let after = Planet { mass: 2, ..old.clone() };
    test.db.write(&ann(), Change { before: old.clone(), after }).await.unwrap();
    let tries = Arc::new(AtomicU32::new(0));
    let counted = tries.clone();
    let change = work(move |tx| {
        let first = counted.fetch_add(1, Ordering::SeqCst) == 0;
        let old = old.clone();
        Box::pin(async move {
            let before = if first { old } else { tx.get::<Planet>(old.id).await?.unwrap() };
            let mut after = Planet { mass: before.mass + 10, ..before.clone() };
            tx.update(&before, &mut after).await?;
            Ok(after.mass)
        })
    });
    assert_eq!(test.db.write(&ann(), change).await.unwrap(), 12);
    assert_eq!(tries.load(Ordering::SeqCst), 2);
}

async fn a_stale_deletion_is_a_conflict(engine: Engine) {
    let test = database(engine).await;
    let old = test.db.write(&ann(), discover("Mars")).await.unwrap();
    let after = Planet { mass: 2, ..old.clone() };
    let new = test.db.write(&ann(), Change { before: old.clone(), after }).await.unwrap();
    for (version, works) in [(old, false), (new.clone(), true), (new, false)] {
        let delete = work(move |tx| {
            let version = version.clone();
            Box::pin(async move { tx.delete(&version).await })
        });
        let outcome = test.db.write(&ann(), delete).await;
        assert!(matches!((&outcome, works), (Ok(()), true) | (Err(Error::Conflict(_)), false)), "{outcome:?}");
    }
}

async fn no_increment_is_lost(engine: Engine) {
    let test = database(engine).await;
    let id = test.db.write(&ann(), discover("Mars")).await.unwrap().id;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let db = test.db.clone();
        tasks.spawn(async move {
            let mut done = 0;
            for _ in 0..10 {
                let increment = work(move |tx| {
                    Box::pin(async move {
                        let before = tx.get::<Planet>(id).await?.unwrap();
                        tx.update(&before, &mut Planet { mass: before.mass + 1, ..before.clone() }).await
                    })
                });
                match db.write(&ann(), increment).await {
                    Ok(()) => done += 1,
                    Err(error) => assert!(matches!(error, Error::Conflict(_)), "{error:?}"),
                }
            }
            done
        });
    }
    let done: i64 = tasks.join_all().await.into_iter().sum();
    let mars = test.db.read(&ann()).await.unwrap().get::<Planet>(id).await.unwrap().unwrap();
    assert_eq!((mars.mass, mars.version), (1 + done, 1 + done));
    assert!(done >= 10, "only {done} of 40 came through");
}
