//! Counters are exact.

use kernel::Error;
use store::{Db, params};
use testkit::{Engine, on_both, tokio};

use crate::world::{PLANETS, ann, database, work};

on_both!(
    sums_are_exact_under_concurrency,
    what_a_failed_work_counted_does_not_count,
    a_work_that_counts_up_and_down_leaves_no_row,
);

async fn counts(db: &Db) -> Vec<(i64, i64)> {
    let mut tx = db.read(&ann()).await.unwrap();
    let rows = tx.rows("SELECT mass, n FROM planet_count ORDER BY mass", params![]).await.unwrap();
    rows.into_iter().map(|mut row| (row.take(0).unwrap(), row.take(1).unwrap())).collect()
}

/// Sixty works on as many nodes as there are, each of which counts on two keys, in changing order.
async fn count_from(nodes: Vec<Db>) {
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..60_i64 {
        let db = nodes[usize::try_from(n).unwrap() % nodes.len()].clone();
        tasks.spawn(async move {
            let count = work(move |tx| {
                Box::pin(async move {
                    for key in if n % 2 == 0 { [1, 2] } else { [2, 1] } {
                        tx.count(&PLANETS, &[key], key * 10);
                        tx.count(&PLANETS, &[key], -key);
                    }
                    tx.count(&PLANETS, &[3], n);
                    Ok(())
                })
            });
            db.write(&ann(), count).await.unwrap();
        });
    }
    tasks.join_all().await;
}

async fn sums_are_exact_under_concurrency(engine: Engine) {
    let test = database(engine).await;
    count_from(vec![test.db.clone()]).await;
    assert_eq!(counts(&test.db).await, [(1, 60 * 9), (2, 60 * 18), (3, 59 * 60 / 2)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sums_are_exact_over_two_nodes() {
    let test = database(Engine::Postgres).await;
    count_from(vec![test.db.clone(), test.second_node().await]).await;
    assert_eq!(counts(&test.db).await, [(1, 60 * 9), (2, 60 * 18), (3, 59 * 60 / 2)]);
}

async fn what_a_failed_work_counted_does_not_count(engine: Engine) {
    let test = database(engine).await;
    for fails in [false, true, false] {
        let count = work(move |tx| {
            Box::pin(async move {
                tx.count(&PLANETS, &[1], 1);
                if fails { Err(Error::conflict("no")) } else { Ok(()) }
            })
        });
        assert_eq!(test.db.write(&ann(), count).await.is_err(), fails);
    }
    assert_eq!(counts(&test.db).await, [(1, 2)]);
}

async fn a_work_that_counts_up_and_down_leaves_no_row(engine: Engine) {
    let test = database(engine).await;
    let count = work(|tx| {
        Box::pin(async move {
            tx.count(&PLANETS, &[1], 5);
            tx.count(&PLANETS, &[1], -5);
            Ok(())
        })
    });
    test.db.write(&ann(), count).await.unwrap();
    assert_eq!(counts(&test.db).await, []);
}
