//! What is old is thrown away, and the audit chain says so.

use std::{sync::Arc, time::Duration};

use kernel::{Clock as _, Error, Timestamp};
use store::{
    Db, Notice, Setup,
    audit::{Report, SigningKey, checkpoint, expire, retention, seal, set_retention, verify},
};
use testkit::{Engine, TestClock, TestDb, on_both, tokio};

use crate::{
    backups::{backed_up, restore},
    world::{Planet, ann, discover, number, setup, work},
};

on_both!(
    what_is_older_than_the_retention_is_thrown_away_in_whole_seals,
    without_a_retention_all_is_kept,
    the_chain_goes_on_behind_a_signed_cut,
    what_was_forged_is_not_thrown_away,
    a_cut_that_somebody_else_made_is_found,
    the_past_before_the_cut_is_refused,
    a_checkpoint_from_before_the_cut_can_not_be_compared_any_more,
    nodes_that_expire_at_once_throw_away_once,
    a_retention_is_a_number_of_days,
);

fn key() -> SigningKey {
    SigningKey::from_seed(&[1; 32]).unwrap()
}

/// A day for each of five planets, each sealed on its day; the last one is today.
async fn days(engine: Engine) -> (TestDb, Arc<TestClock>) {
    let clock = Arc::new(TestClock::default());
    let test = engine.database(Setup { clock: clock.clone(), ..setup() }).await;
    for name in ["Mercury", "Venus", "Earth", "Mars", "Jupiter"] {
        clock.advance(Duration::from_hours(24));
        test.db.write(&ann(), discover(name)).await.unwrap();
        seal(&test.db, &key()).await.unwrap();
    }
    (test, clock)
}

async fn keep(db: &Db, days: u32) {
    set_retention(db, &ann(), Some(days)).await.unwrap();
    seal(db, &key()).await.unwrap();
}

async fn report(db: &Db) -> Report {
    verify(db, &key().public(), None).await.unwrap()
}

/// Writes past all rules, as somebody with the password of the database could.
async fn sabotage(db: &Db, text: &str) {
    let text = text.to_owned();
    let sabotage = work(move |tx| {
        let text = text.clone();
        Box::pin(async move { tx.derive(&text, &[]).await.map(drop) })
    });
    db.write(&ann(), sabotage).await.unwrap();
}

async fn discovered(db: &Db) -> Vec<String> {
    let mut tx = db.read(&ann()).await.unwrap();
    let filter = store::ChangeFilter { operation: Some("planet.discover".to_owned()), ..Default::default() };
    let entries = tx.changes(&filter, 10).await.unwrap().entries;
    entries.iter().map(|entry| entry.items[0][3]["name"].as_str().unwrap().to_owned()).collect()
}

async fn what_is_older_than_the_retention_is_thrown_away_in_whole_seals(engine: Engine) {
    let (test, _) = days(engine).await;
    keep(&test.db, 2).await;
    assert_eq!(expire(&test.db, &key()).await.unwrap(), 2, "of today, yesterday and the day before nothing");
    assert_eq!(discovered(&test.db).await, ["Jupiter", "Mars", "Earth"]);
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM change_ref WHERE entity = 'planet'").await, 3);
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM audit_seal").await, 4);
    assert_eq!(expire(&test.db, &key()).await.unwrap(), 0);
    let entries =
        test.db.read(&ann()).await.unwrap().changes(&store::ChangeFilter::default(), 1).await.unwrap().entries;
    let said = Notice::of(&entries[0].items).unwrap().text;
    assert!(said.starts_with("Threw away 2 entries of the log, the latest of 2026-01-03"), "{said}");
}

async fn without_a_retention_all_is_kept(engine: Engine) {
    let (test, clock) = days(engine).await;
    clock.advance(Duration::from_hours(24 * 10_000));
    assert_eq!(expire(&test.db, &key()).await.unwrap(), 0);
    keep(&test.db, 2).await;
    set_retention(&test.db, &ann(), None).await.unwrap();
    assert_eq!(expire(&test.db, &key()).await.unwrap(), 0);
    assert_eq!(discovered(&test.db).await.len(), 5);
}

async fn the_chain_goes_on_behind_a_signed_cut(engine: Engine) {
    let (test, clock) = days(engine).await;
    keep(&test.db, 2).await;
    expire(&test.db, &key()).await.unwrap();
    let after = report(&test.db).await;
    assert_eq!((after.findings.len(), after.seals, after.unsealed), (0, 4, 1), "{after:?}");
    assert!(after.notes[0].starts_with("The log begins behind seal 2: 2 entries up to 2026-01-03"), "{after:?}");
    // However old it is: the end of the chain stays, for the next seal to go on from.
    clock.advance(Duration::from_hours(24 * 100));
    seal(&test.db, &key()).await.unwrap();
    assert_eq!(expire(&test.db, &key()).await.unwrap(), 4);
    test.db.write(&ann(), discover("Saturn")).await.unwrap();
    seal(&test.db, &key()).await.unwrap();
    assert_eq!(report(&test.db).await.findings, []);
    checkpoint(&test.db, &key().public()).await.unwrap();
    let place = engine.place().await;
    restore(&place, setup(), &backed_up(&test.db).await).await.unwrap();
    let copy = place.open(setup()).await;
    assert_eq!(report(&copy.db).await, report(&test.db).await);
}

async fn what_was_forged_is_not_thrown_away(engine: Engine) {
    let (test, _) = days(engine).await;
    keep(&test.db, 2).await;
    sabotage(&test.db, "UPDATE change SET actor = 'bob' WHERE id = (SELECT MIN(id) FROM change)").await;
    let refused = expire(&test.db, &key()).await.unwrap_err().to_string();
    assert!(refused.starts_with("the log is not as it was sealed at seal 1, so nothing is thrown away"), "{refused}");
    assert_eq!(discovered(&test.db).await.len(), 5);
    assert_eq!(report(&test.db).await.findings.len(), 1);
}

async fn a_cut_that_somebody_else_made_is_found(engine: Engine) {
    let (test, _) = days(engine).await;
    keep(&test.db, 2).await;
    expire(&test.db, &key()).await.unwrap();
    sabotage(&test.db, "UPDATE audit_cut SET until = until + 1").await;
    let forged = "the log up to seal 2 was thrown away, but not by this instance: the signature is wrong";
    assert_eq!(report(&test.db).await.findings[0].text, forged);
    sabotage(&test.db, "DELETE FROM audit_cut").await;
    assert_eq!(report(&test.db).await.findings[0].text, "the seals 1 to 2 were removed");
}

async fn the_past_before_the_cut_is_refused(engine: Engine) {
    let (test, clock) = days(engine).await;
    let day = |n: i64| clock.now().plus_seconds(-n * 24 * 60 * 60);
    keep(&test.db, 2).await;
    expire(&test.db, &key()).await.unwrap();
    let id = number(&test.db, "SELECT id FROM planet WHERE name = 'Jupiter'").await;
    let at = async |at: Timestamp| test.db.read(&ann()).await.unwrap().as_of::<Planet>(id, at).await;
    assert!(at(day(0)).await.unwrap().is_some());
    assert!(at(day(3)).await.unwrap().is_none(), "the latest change that is gone was then");
    let refused = at(day(3).plus_seconds(-1)).await.unwrap_err();
    assert!(
        matches!(&refused, Error::Conflict(why) if why.message.contains("have been thrown away by age")),
        "{refused}"
    );
    let mut tx = test.db.read(&ann()).await.unwrap();
    let refused = tx.past_of(&["planet"], day(3).plus_seconds(-1)).await.unwrap_err().to_string();
    assert!(refused.contains("have been thrown away by age"), "{refused}");
}

async fn a_checkpoint_from_before_the_cut_can_not_be_compared_any_more(engine: Engine) {
    let clock = Arc::new(TestClock::default());
    let test = engine.database(Setup { clock: clock.clone(), ..setup() }).await;
    let mut kept = Vec::new();
    for name in ["Mercury", "Venus", "Earth"] {
        clock.advance(Duration::from_hours(24));
        test.db.write(&ann(), discover(name)).await.unwrap();
        seal(&test.db, &key()).await.unwrap();
        kept.push(checkpoint(&test.db, &key().public()).await.unwrap());
    }
    clock.advance(Duration::from_hours(48));
    keep(&test.db, 3).await;
    assert_eq!(expire(&test.db, &key()).await.unwrap(), 1);
    clock.advance(Duration::from_hours(24));
    assert_eq!(expire(&test.db, &key()).await.unwrap(), 1);
    let with = async |n: usize| verify(&test.db, &key().public(), Some(&kept[n])).await.unwrap();
    let first = with(0).await;
    assert_eq!(first.findings, []);
    assert!(first.notes[1].starts_with("The checkpoint is of seal 1, which was thrown away"), "{first:?}");
    for n in [1, 2] {
        let there = with(n).await;
        assert_eq!((there.findings.len(), there.notes.len()), (0, 1), "{there:?}");
    }
}

async fn nodes_that_expire_at_once_throw_away_once(engine: Engine) {
    let (test, _) = days(engine).await;
    keep(&test.db, 1).await;
    let other = if engine == Engine::Postgres { test.second_node().await } else { test.db.clone() };
    let key = key();
    let (one, two) = tokio::join!(expire(&test.db, &key), expire(&other, &key));
    // The clock of the second node is its own: it may find more to be old, but nothing twice.
    let removed = one.unwrap() + two.unwrap();
    assert_eq!(u64::try_from(number(&test.db, "SELECT removed FROM audit_cut").await).unwrap(), removed);
    assert_eq!(report(&test.db).await.findings, []);
}

async fn a_retention_is_a_number_of_days(engine: Engine) {
    let (test, _) = days(engine).await;
    for days in [0, 36_501] {
        let refused = set_retention(&test.db, &ann(), Some(days)).await.unwrap_err().to_string();
        assert_eq!(refused, "days: must be 1 to 36500, or null to keep the log for ever");
    }
    for days in [Some(30), Some(30), Some(7), None, None, Some(1)] {
        set_retention(&test.db, &ann(), days).await.unwrap();
        assert_eq!(retention(&mut test.db.read(&ann()).await.unwrap()).await.unwrap(), days);
    }
}
