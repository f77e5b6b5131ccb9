//! Reading the change log as a whole.

use std::{sync::Arc, time::Duration};

use kernel::Timestamp;
use store::{Change, ChangeFilter, Changes, Db, Setup};
use testkit::{Engine, TestClock, TestDb, actor, on_both};

use crate::world::{ann, discover, setup, work};

on_both!(
    the_newest_comes_first_and_a_part_says_where_the_next_begins,
    each_filter_narrows_the_log,
    a_time_range_holds_its_beginning_and_not_its_end,
    a_filter_that_fits_seldom_looks_at_a_bounded_number_of_entries,
    an_unknown_place_is_refused,
);

/// A minute lies between two discoveries; the second is Bob's.
async fn discovered(engine: Engine) -> (TestDb, Timestamp) {
    let clock = TestClock::default();
    let test = engine.database(Setup { clock: Arc::new(clock.clone()), ..setup() }).await;
    let began = kernel::Clock::now(&clock);
    for name in ["Mercury", "Venus", "Earth", "Mars"] {
        let who = if name == "Venus" { actor("bob").nobody() } else { ann() };
        test.db.write(&who, discover(name)).await.unwrap();
        clock.advance(Duration::from_mins(1));
    }
    (test, began)
}

async fn changes(db: &Db, filter: &ChangeFilter, limit: usize) -> Changes {
    db.read(&ann()).await.unwrap().changes(filter, limit).await.unwrap()
}

/// The names of the planets in these entries.
fn planets(entries: &[Change]) -> Vec<&str> {
    entries.iter().map(|entry| entry.items[0][3]["name"].as_str().unwrap()).collect()
}

async fn the_newest_comes_first_and_a_part_says_where_the_next_begins(engine: Engine) {
    let (test, _) = discovered(engine).await;
    let first = changes(&test.db, &ChangeFilter::default(), 3).await;
    assert_eq!(planets(&first.entries), ["Mars", "Earth", "Venus"]);
    assert_eq!(first.next, Some(first.entries[2].id));
    let second = changes(&test.db, &ChangeFilter { behind: first.next, ..ChangeFilter::default() }, 3).await;
    assert_eq!((planets(&second.entries), second.next), (vec!["Mercury"], None));
    assert_eq!(changes(&test.db, &ChangeFilter::default(), 4).await.next, None, "exactly all");
}

async fn each_filter_narrows_the_log(engine: Engine) {
    let (test, _) = discovered(engine).await;
    let given = |value: &str| Some(value.to_owned());
    let all = ChangeFilter::default();
    for (filter, expected) in [
        (ChangeFilter { actor: given("bob"), ..all.clone() }, vec!["Venus"]),
        (ChangeFilter { actor: given("bo"), ..all.clone() }, vec![]),
        (
            ChangeFilter { operation: given("planet.discover"), ..all.clone() },
            vec!["Mars", "Earth", "Venus", "Mercury"],
        ),
        (ChangeFilter { operation: given("planet"), ..all.clone() }, vec!["Mars", "Earth", "Venus", "Mercury"]),
        (ChangeFilter { operation: given("plan"), ..all.clone() }, vec![]),
        (ChangeFilter { search: given("mAR"), ..all.clone() }, vec!["Mars"]),
        (ChangeFilter { search: given("%"), ..all.clone() }, vec![]),
        (ChangeFilter { search: given("e"), actor: given("bob"), ..all }, vec!["Venus"]),
    ] {
        assert_eq!(planets(&changes(&test.db, &filter, 10).await.entries), expected, "{filter:?}");
    }
}

async fn a_time_range_holds_its_beginning_and_not_its_end(engine: Engine) {
    let (test, began) = discovered(engine).await;
    let (after, before) = (Some(began.plus_seconds(60)), Some(began.plus_seconds(180)));
    let filter = ChangeFilter { after, before, ..ChangeFilter::default() };
    let first = changes(&test.db, &filter, 1).await;
    assert_eq!(planets(&first.entries), ["Earth"]);
    let second = changes(&test.db, &ChangeFilter { behind: first.next, ..filter }, 10).await;
    assert_eq!((planets(&second.entries), second.next), (vec!["Venus"], None));
}

async fn a_filter_that_fits_seldom_looks_at_a_bounded_number_of_entries(engine: Engine) {
    let (test, _) = discovered(engine).await;
    let copies = work(|tx| {
        let insert = "INSERT INTO change (id, at, actor, request, operation, items)
            WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 20500)
            SELECT 100000 + n, 9000000000000000, 'carl', 'r', 'copy', '[]' FROM n";
        Box::pin(async move { tx.derive(insert, &[]).await.map(drop) })
    });
    test.db.write(&ann(), copies).await.unwrap();
    let bobs = ChangeFilter { actor: Some("bob".to_owned()), ..ChangeFilter::default() };
    let first = changes(&test.db, &bobs, 10).await;
    assert!(first.entries.is_empty() && first.next.is_some(), "not the end: {first:?}");
    let second = changes(&test.db, &ChangeFilter { behind: first.next, ..bobs }, 10).await;
    assert_eq!((planets(&second.entries), second.next), (vec!["Venus"], None));
}

async fn an_unknown_place_is_refused(engine: Engine) {
    let (test, _) = discovered(engine).await;
    let nowhere = ChangeFilter { behind: Some(kernel::ChangeId(77_777)), ..ChangeFilter::default() };
    let error = test.db.read(&ann()).await.unwrap().changes(&nowhere, 10).await.unwrap_err();
    assert!(error.to_string().contains("there is no entry 77777 in the log"), "{error}");
}
