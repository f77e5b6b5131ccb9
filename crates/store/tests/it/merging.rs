//! The first rows of several stretches of an index, in one order.

use std::time::Duration;

use store::{Db, Merge, Query, ToValue as _, params};
use testkit::{Engine, on_both, tokio};

use crate::world::{add, ann, database, work};

on_both!(merged_stretches_are_what_a_sorted_list_of_all_begins_with);

/// Planets whose masses are the stretches: one mass has many, one has few, one has none.
async fn fill(db: &Db) {
    let filled = work(|tx| {
        Box::pin(async move {
            for n in 0..120_i64 {
                let name = format!("P{:03}", n * 37 % 120);
                let before = add(tx, &name).await?;
                let mut after = before.clone();
                after.mass = [1, 1, 1, 2, 2, 3, 5][usize::try_from(n % 7).unwrap_or(0)];
                tx.update(&before, &mut after).await?;
            }
            Ok(())
        })
    });
    db.write(&ann(), filled).await.unwrap();
}

fn by_mass(descending: bool, conditions: Query) -> Merge {
    let select = "SELECT p.name, p.id, p.mass FROM planet p".to_owned();
    Merge { select, stretch: "p.mass", order: &["p.name", "p.id"], descending, conditions }
}

async fn merged_stretches_are_what_a_sorted_list_of_all_begins_with(engine: Engine) {
    let test = database(engine).await;
    fill(&test.db).await;
    let mut tx = test.db.read(&ann()).await.unwrap();
    for stretches in [vec![], vec![1], vec![4], vec![3, 1], vec![5, 4, 3, 2, 1]] {
        for (descending, limit) in [(false, 0), (false, 1), (true, 7), (false, 50), (true, 1000)] {
            let mut condition = Query::new(" AND p.name <> ");
            condition.bind("P003");
            let found = tx.merged(&by_mass(descending, condition), &stretches, limit).await.unwrap();
            let direction = if descending { "DESC" } else { "ASC" };
            let question = format!(
                "SELECT p.name, p.id, p.mass FROM planet p WHERE p.mass = ANY($1) AND p.name <> 'P003'
                 ORDER BY p.name {direction}, p.id {direction} LIMIT $2"
            );
            let expected = tx.rows(&question, params![stretches.clone(), i64::try_from(limit).unwrap()]).await.unwrap();
            let plain = |rows: Vec<store::Row>| rows.into_iter().map(store::Row::into_values).collect::<Vec<_>>();
            assert_eq!(plain(found), plain(expected), "{stretches:?} {direction} {limit}");
        }
    }
    // Inside a transaction that writes, what it has changed is there.
    let inside = work(|tx| {
        Box::pin(async move {
            add(tx, "A").await?;
            let found = tx.merged(&by_mass(false, Query::default()), &[1, 2], 1).await?;
            Ok(found.into_iter().next().map(store::Row::into_values))
        })
    });
    let first = test.db.write(&ann(), inside).await.unwrap().unwrap();
    assert_eq!(first[0], "A".to_value());
}

/// There is one thread here: an answer that were worked out on it would hold up everybody.
#[tokio::test(crate = "testkit::tokio")]
async fn a_question_that_takes_long_is_asked_on_a_thread_of_its_own() {
    let test = database(Engine::Sqlite).await;
    fill(&test.db).await;
    let db = test.db.clone();
    let long = tokio::spawn(async move {
        let mut tx = db.read(&ann()).await.unwrap();
        let question = "SELECT COUNT(*) FROM planet a, planet b, planet c WHERE a.mass + b.mass + c.mass > $1";
        tx.scalar::<i64>(question, params![0_i64]).await.unwrap()
    });
    let mut turns = 0;
    while !long.is_finished() {
        tokio::time::sleep(Duration::from_millis(1)).await;
        turns += 1;
    }
    assert_eq!(long.await.unwrap(), Some(120 * 120 * 120));
    assert!(turns > 5, "{turns}");
}
