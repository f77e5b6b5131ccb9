//! The audit chain: whoever changes the change log behind the program's back is found out.

use std::{sync::Arc, time::Duration};

use kernel::Clock as _;
use store::{
    Db, Setup,
    audit::{Checkpoint, Report, SigningKey, checkpoint, seal, verify},
};
use testkit::{Engine, TestClock, TestDb, on_both, tokio};

use crate::{
    backups::{backed_up, restore},
    world::{ann, discover, number, setup, work},
};

on_both!(
    each_entry_is_sealed_once,
    an_entry_that_is_committed_late_is_sealed_as_well,
    a_changed_entry_is_named,
    a_removed_entry_is_named,
    an_inserted_entry_is_named,
    swapped_entries_are_named,
    a_removed_seal_is_named,
    a_changed_seal_is_named,
    swapped_seals_are_named,
    a_chain_that_was_written_anew_has_the_wrong_signatures,
    a_kept_checkpoint_shows_that_the_chain_was_cut_short,
    a_checkpoint_of_someone_else_is_no_checkpoint,
    the_chain_goes_on_after_a_restore,
    nodes_that_seal_at_once_seal_once,
    many_entries_make_several_seals,
);

fn key() -> SigningKey {
    SigningKey::from_seed(&[1; 32]).unwrap()
}

/// A database with three seals: of the entries of two planets, of two more, and of one.
async fn sealed(engine: Engine) -> TestDb {
    let test = engine.database(setup()).await;
    for (n, name) in ["Mercury", "Venus", "Earth", "Mars", "Jupiter"].into_iter().enumerate() {
        test.db.write(&ann(), discover(name)).await.unwrap();
        if n % 2 == 1 || n == 4 {
            seal(&test.db, &key()).await.unwrap();
        }
    }
    assert_eq!(found(&test.db).await, [""; 0]);
    test
}

async fn report(db: &Db, kept: Option<&Checkpoint>) -> Report {
    verify(db, &key().public(), kept).await.unwrap()
}

/// What is found, as sentences.
async fn found(db: &Db) -> Vec<String> {
    report(db, None).await.findings.into_iter().map(|finding| finding.text).collect()
}

/// Writes past all rules, as somebody with the password of the database could.
async fn sabotage(db: &Db, statements: &[&str]) {
    let statements: Vec<String> = statements.iter().map(|&text| text.to_owned()).collect();
    let sabotage = work(move |tx| {
        let statements = statements.clone();
        Box::pin(async move {
            for text in &statements {
                tx.derive(text, &[]).await?;
            }
            Ok(())
        })
    });
    db.write(&ann(), sabotage).await.unwrap();
}

/// The id of the entry at this place of the log.
async fn entry(db: &Db, place: usize) -> i64 {
    number(db, &format!("SELECT id FROM change ORDER BY id LIMIT 1 OFFSET {place}")).await
}

async fn each_entry_is_sealed_once(engine: Engine) {
    let test = sealed(engine).await;
    let before = report(&test.db, None).await;
    assert_eq!((before.seals, before.sealed, before.unsealed), (3, 5, 0));
    assert_eq!(seal(&test.db, &key()).await.unwrap(), 0, "nothing is new");
    test.db.write(&ann(), discover("Saturn")).await.unwrap();
    assert_eq!(report(&test.db, None).await, Report { unsealed: 1, ..before.clone() });
    assert_eq!(seal(&test.db, &key()).await.unwrap(), 1);
    assert_eq!(report(&test.db, None).await, Report { seals: 4, sealed: 6, ..before });
}

/// Nodes lease ranges of ids, so a smaller id may come after a larger one.
async fn an_entry_that_is_committed_late_is_sealed_as_well(engine: Engine) {
    let test = sealed(engine).await;
    let copy = "INSERT INTO change (id, at, actor_id, actor, request, operation, items)
        SELECT id + 5000, at, actor_id, actor, request, operation, items FROM change WHERE id =";
    let first = entry(&test.db, 0).await;
    sabotage(&test.db, &[&format!("{copy} {first}")]).await;
    assert_eq!(seal(&test.db, &key()).await.unwrap(), 1);
    sabotage(&test.db, &[&format!("{} {first}", copy.replace("5000", "4000"))]).await;
    test.db.write(&ann(), discover("Saturn")).await.unwrap();
    assert_eq!(seal(&test.db, &key()).await.unwrap(), 2);
    let report = report(&test.db, None).await;
    assert_eq!((report.sealed, report.unsealed, report.findings.len()), (8, 0, 0));
}

async fn a_changed_entry_is_named(engine: Engine) {
    let columns = ["at = at + 1", "actor = 'bob'", "actor_id = 7", "request = 'r'", "operation = 'x'", "items = '[]'"];
    let test = sealed(engine).await;
    for (place, column) in columns.iter().take(5).enumerate() {
        let id = entry(&test.db, place).await;
        sabotage(&test.db, &[&format!("UPDATE change SET {column} WHERE id = {id}")]).await;
    }
    let id = entry(&test.db, 0).await;
    let findings = report(&test.db, None).await.findings;
    assert_eq!(findings.len(), 5, "{findings:?}");
    assert_eq!(findings[0].text, format!("entry {id}, which seal 1 holds, was changed"));
    assert_eq!((findings[0].seal, findings[0].entry), (Some(1), Some(id)), "the first one comes first");
    assert_eq!(findings[4].seal, Some(3));
}

async fn a_removed_entry_is_named(engine: Engine) {
    let test = sealed(engine).await;
    let id = entry(&test.db, 2).await;
    sabotage(&test.db, &[&format!("DELETE FROM change WHERE id = {id}")]).await;
    assert_eq!(found(&test.db).await, [format!("entry {id}, which seal 2 holds, was removed")]);
}

async fn an_inserted_entry_is_named(engine: Engine) {
    let clock = TestClock::default();
    let test = engine.database(Setup { clock: Arc::new(clock.clone()), ..setup() }).await;
    test.db.write(&ann(), discover("Mercury")).await.unwrap();
    let made = clock.now();
    clock.advance(Duration::from_hours(2));
    test.db.write(&ann(), discover("Venus")).await.unwrap();
    seal(&test.db, &key()).await.unwrap();
    assert_eq!(found(&test.db).await, [""; 0], "the server may have been down for hours");
    let insert = format!(
        "INSERT INTO change (id, at, actor, request, operation, items)
        VALUES (100, {}, 'ann', 'r', 'planet.discover', '[]')",
        made.0
    );
    sabotage(&test.db, &[&insert]).await;
    let sentence = format!(
        "entry 100 was inserted later than it says: its time is {made}, but seal 1 of {} does not hold it",
        clock.now()
    );
    assert_eq!(found(&test.db).await, [sentence.as_str()]);
    seal(&test.db, &key()).await.unwrap();
    assert_eq!(found(&test.db).await, [sentence], "it was sealed, which makes it no older");
}

async fn swapped_entries_are_named(engine: Engine) {
    let test = sealed(engine).await;
    let (a, b) = (entry(&test.db, 0).await, entry(&test.db, 1).await);
    let set = |from: i64, to: i64| format!("UPDATE change SET id = {to} WHERE id = {from}");
    sabotage(&test.db, &[&set(a, 9999), &set(b, a), &set(9999, b)]).await;
    let changed = |id| format!("entry {id}, which seal 1 holds, was changed");
    assert_eq!(found(&test.db).await, [changed(a), changed(b)]);
}

async fn a_removed_seal_is_named(engine: Engine) {
    let test = sealed(engine).await;
    sabotage(&test.db, &["DELETE FROM audit_seal WHERE n = 3"]).await;
    assert_eq!(found(&test.db).await, ["seal 3 was removed"], "the last one");
    assert!(checkpoint(&test.db, &key().public()).await.unwrap_err().to_string().contains("the last seal (3)"));
    test.db.write(&ann(), discover("Saturn")).await.unwrap();
    seal(&test.db, &key()).await.unwrap();
    assert_eq!(found(&test.db).await, ["seal 3 was removed"], "the chain has gone on, and the hole stays");
    sabotage(&test.db, &["DELETE FROM audit_seal WHERE n = 1"]).await;
    assert_eq!(found(&test.db).await, ["seal 1 was removed", "seal 3 was removed"]);
    sabotage(&test.db, &["DELETE FROM audit_seal WHERE n < 4"]).await;
    assert_eq!(found(&test.db).await, ["the seals 1 to 3 were removed"]);
}

async fn a_changed_seal_is_named(engine: Engine) {
    let test = sealed(engine).await;
    sabotage(&test.db, &["UPDATE audit_seal SET at = at + 1 WHERE n = 2"]).await;
    assert_eq!(found(&test.db).await, ["seal 2 was changed: its hash is not that of what it holds"]);
    sabotage(&test.db, &["UPDATE audit_seal SET at = at - 1, signature = hash WHERE n = 2"]).await;
    assert_eq!(found(&test.db).await, ["seal 2 was not made by this instance: its signature is wrong"]);
}

async fn swapped_seals_are_named(engine: Engine) {
    let test = sealed(engine).await;
    let swap = ["UPDATE audit_seal SET n = 9 WHERE n = 1", "UPDATE audit_seal SET n = 1 WHERE n = 2"];
    sabotage(&test.db, &[swap[0], swap[1], "UPDATE audit_seal SET n = 2 WHERE n = 9"]).await;
    let found = found(&test.db).await;
    assert_eq!(found[0], "seal 1 does not follow what is seal 0 now: one of them was replaced");
    assert_eq!(found[1], "seal 1 was changed: its hash is not that of what it holds");
}

async fn a_chain_that_was_written_anew_has_the_wrong_signatures(engine: Engine) {
    let test = sealed(engine).await;
    let id = entry(&test.db, 0).await;
    let forget = ["DELETE FROM audit_seal", "DELETE FROM audit_head", "DELETE FROM audit_gap"];
    sabotage(&test.db, &forget).await;
    let gap = format!("INSERT INTO audit_gap (first, last) VALUES (1, {})", i64::MAX);
    sabotage(&test.db, &[&gap, &format!("DELETE FROM change WHERE id = {id}")]).await;
    seal(&test.db, &SigningKey::from_seed(&[2; 32]).unwrap()).await.unwrap();
    assert_eq!(found(&test.db).await, ["seal 1 was not made by this instance: its signature is wrong"]);
}

async fn a_kept_checkpoint_shows_that_the_chain_was_cut_short(engine: Engine) {
    let test = sealed(engine).await;
    let kept = checkpoint(&test.db, &key().public()).await.unwrap();
    assert_eq!(report(&test.db, Some(&kept)).await.findings, []);
    // Whoever knows the form can wind everything back to an earlier time.
    let last = entry(&test.db, 4).await;
    let wind_back = ["DELETE FROM audit_seal WHERE n = 3", "UPDATE audit_head SET n = 2, hash = "];
    let second = format!("{} (SELECT hash FROM audit_seal WHERE n = 2)", wind_back[1]);
    sabotage(&test.db, &[wind_back[0], &second, &format!("DELETE FROM change WHERE id = {last}")]).await;
    assert_eq!(found(&test.db).await, [""; 0], "without a checkpoint nobody sees it");
    let findings = report(&test.db, Some(&kept)).await.findings;
    assert!(findings[0].text.starts_with("the checkpoint knows seal 3 of "), "{findings:?}");
    assert!(findings[0].text.ends_with("but the chain ends with 2: it was cut short"), "{findings:?}");
    // And going on does not help.
    test.db.write(&ann(), discover("Pluto")).await.unwrap();
    seal(&test.db, &key()).await.unwrap();
    let findings = report(&test.db, Some(&kept)).await.findings;
    assert!(findings[0].text.starts_with("seal 3 is not the one of the checkpoint"), "{findings:?}");
}

async fn a_checkpoint_of_someone_else_is_no_checkpoint(engine: Engine) {
    let test = sealed(engine).await;
    let kept = checkpoint(&test.db, &key().public()).await.unwrap();
    let zeros = "00".repeat(32);
    for (forged, text) in [
        (Checkpoint { hash: zeros.clone(), ..kept.clone() }, "the checkpoint is not signed by the key that it names"),
        (Checkpoint { key: "xy".to_owned(), ..kept.clone() }, "the checkpoint is not signed by the key that it names"),
    ] {
        assert_eq!(report(&test.db, Some(&forged)).await.findings[0].text, text);
    }
    let stranger = SigningKey::from_seed(&[2; 32]).unwrap().public();
    let findings = verify(&test.db, &stranger, Some(&kept)).await.unwrap().findings;
    assert_eq!(findings[0].text, "the checkpoint is signed by another key than this instance's");
}

async fn the_chain_goes_on_after_a_restore(engine: Engine) {
    let test = sealed(engine).await;
    test.db.write(&ann(), discover("Saturn")).await.unwrap();
    let kept = checkpoint(&test.db, &key().public()).await.unwrap();
    for to in [Engine::Sqlite, Engine::Postgres] {
        let place = to.place().await;
        restore(&place, setup(), &backed_up(&test.db).await).await.unwrap();
        let copy = place.open(setup()).await;
        copy.db.write(&ann(), discover("Uranus")).await.unwrap();
        assert_eq!(seal(&copy.db, &key()).await.unwrap(), 2);
        let report = report(&copy.db, Some(&kept)).await;
        assert_eq!((report.seals, report.sealed, report.findings), (4, 7, vec![]));
        assert_eq!(store::check(&copy.db).await.unwrap(), [""; 0]);
    }
}

async fn nodes_that_seal_at_once_seal_once(engine: Engine) {
    let test = sealed(engine).await;
    let other = if engine == Engine::Postgres { test.second_node().await } else { test.db.clone() };
    for n in 0..20 {
        test.db.write(&ann(), discover(&format!("a{n}"))).await.unwrap();
        other.write(&ann(), discover(&format!("b{n}"))).await.unwrap();
        let key = key();
        let (one, two) = tokio::join!(seal(&test.db, &key), seal(&other, &key));
        assert!(one.unwrap() + two.unwrap() >= 2);
    }
    let report = report(&test.db, None).await;
    assert_eq!((report.sealed, report.unsealed, report.findings), (45, 0, vec![]));
}

async fn many_entries_make_several_seals(engine: Engine) {
    let test = sealed(engine).await;
    let copies = "INSERT INTO change (id, at, actor_id, actor, request, operation, items)
        SELECT c.id + 1000 * n.n, c.at, c.actor_id, c.actor, c.request, c.operation, c.items FROM change c,
        (WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 250) SELECT n FROM n) n";
    sabotage(&test.db, &[copies]).await;
    assert_eq!(seal(&test.db, &key()).await.unwrap(), 1250);
    let report = report(&test.db, None).await;
    assert_eq!((report.seals, report.sealed, report.unsealed, report.findings), (6, 1255, 0, vec![]));
}
