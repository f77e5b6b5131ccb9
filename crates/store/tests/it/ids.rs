//! Ids are never given out twice.

use std::collections::HashSet;

use kernel::Error;
use testkit::{Engine, on_both, tokio};

use crate::world::{Planet, add, ann, database, discover, number, planet, work};

on_both!(
    an_id_is_not_given_out_again_after_its_row_is_deleted,
    a_failed_work_takes_no_id_that_somebody_has,
    ids_go_on_after_a_restart,
    one_work_can_have_as_many_ids_as_it_likes,
    concurrent_works_get_different_ids,
);

async fn an_id_is_not_given_out_again_after_its_row_is_deleted(engine: Engine) {
    let test = database(engine).await;
    let mut seen = HashSet::new();
    for _ in 0..3 {
        let mars = test.db.write(&ann(), discover("Mars")).await.unwrap();
        assert!(seen.insert(mars.id), "{} was used before", mars.id);
        let delete = work(move |tx| {
            let mars = mars.clone();
            Box::pin(async move { tx.delete(&mars).await })
        });
        test.db.write(&ann(), delete).await.unwrap();
    }
}

/// Whether the work that fails is the one that leases ids from the database, or comes later.
async fn a_failed_work_takes_no_id_that_somebody_has(engine: Engine) {
    let test = database(engine).await;
    let mut kept = HashSet::new();
    for round in 0..4 {
        let failing = work(|tx| {
            Box::pin(async move {
                // More than are leased at a time.
                for n in 0..300 {
                    add(tx, &format!("failed {n}")).await?;
                }
                Err::<(), _>(Error::conflict("no"))
            })
        });
        test.db.write(&ann(), failing).await.unwrap_err();
        for n in 0..100 {
            let one = test.db.write(&ann(), discover(&format!("planet {round} {n}"))).await.unwrap();
            assert!(one.id > 0 && kept.insert(one.id), "{} was used before", one.id);
        }
    }
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM planet").await, 400);
}

async fn ids_go_on_after_a_restart(engine: Engine) {
    let mut test = database(engine).await;
    let mut highest = 0;
    for n in 0..4 {
        let one = test.db.write(&ann(), discover(&format!("planet {n}"))).await.unwrap();
        assert!(one.id > highest, "{} after {highest}", one.id);
        highest = one.id;
        let delete = work(move |tx| {
            let one = one.clone();
            Box::pin(async move { tx.delete(&one).await })
        });
        test.db.write(&ann(), delete).await.unwrap();
        test = test.restarted().await;
    }
}

async fn one_work_can_have_as_many_ids_as_it_likes(engine: Engine) {
    let test = database(engine).await;
    let many = work(|tx| {
        Box::pin(async move {
            let mut ids = HashSet::new();
            for _ in 0..1_000 {
                ids.insert(tx.new_id::<Planet>().await?);
            }
            Ok(ids)
        })
    });
    assert_eq!(test.db.write(&ann(), many).await.unwrap().len(), 1_000);
}

async fn concurrent_works_get_different_ids(engine: Engine) {
    let test = database(engine).await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..100 {
        let db = test.db.clone();
        tasks.spawn(async move { db.write(&ann(), discover(&format!("planet {n}"))).await.unwrap().id });
    }
    let ids: HashSet<_> = tasks.join_all().await.into_iter().collect();
    assert_eq!(ids.len(), 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_give_out_different_ids() {
    let test = database(Engine::Postgres).await;
    let second = test.second_node().await;
    let mut tasks = tokio::task::JoinSet::new();
    for (node, db) in [test.db.clone(), second].into_iter().enumerate() {
        tasks.spawn(async move {
            let mut ids = Vec::new();
            for n in 0..20 {
                let some = work(move |tx| {
                    Box::pin(async move {
                        let mut ids = Vec::new();
                        for m in 0..30 {
                            let id = tx.new_id::<Planet>().await?;
                            tx.insert(&planet(id, &format!("planet {node} {n} {m}"))).await?;
                            ids.push(id);
                        }
                        Ok(ids)
                    })
                });
                ids.extend(db.write(&ann(), some).await.unwrap());
            }
            ids
        });
    }
    let ids: Vec<i64> = tasks.join_all().await.concat();
    assert_eq!(ids.len(), 1_200);
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 1_200);
}
