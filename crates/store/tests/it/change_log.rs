//! Every change of a record is in the change log, and nothing gets around it.

use std::sync::Arc;

use kernel::Timestamp;
use serde_json::json;
use store::{Bytes, Change as Entry, Db, Record as _, Setup, params};
use testkit::{Engine, TestClock, actor, on_both, tokio};

use crate::world::{Change, Moon, Planet, add, ann, database, discover, number, planet, setup, work};

on_both!(
    each_change_is_logged_with_what_was_before_and_after,
    an_entry_says_who_did_it_in_which_request_and_how,
    the_content_of_a_secret_column_is_not_logged,
    bytes_are_logged_in_hexadecimal,
    one_work_is_one_entry_and_touches_all_its_things,
    a_work_for_several_people_has_an_entry_for_each,
    an_entry_with_more_than_a_thousand_items_is_split,
    the_newest_entries_come_first,
    a_question_that_writes_is_refused,
    only_derived_tables_are_written_without_the_log,
    each_table_belongs_to_a_record_or_is_derived,
    nobody_changes_a_record_unsaid,
);

async fn history(db: &Db, planet: i64) -> Vec<Entry> {
    db.read(&ann()).await.unwrap().history("planet", planet, 100).await.unwrap()
}

async fn each_change_is_logged_with_what_was_before_and_after(engine: Engine) {
    let test = database(engine).await;
    let one = test.db.write(&ann(), discover("Mars")).await.unwrap();
    let after = Planet { name: "Ares".to_owned(), ..one.clone() };
    let two = test.db.write(&ann(), Change { before: one.clone(), after }).await.unwrap();
    let deleted = two.clone();
    let delete = work(move |tx| {
        let planet = deleted.clone();
        Box::pin(async move { tx.delete(&planet).await })
    });
    test.db.write(&ann(), delete).await.unwrap();

    let items: Vec<_> = history(&test.db, one.id).await.into_iter().rev().map(|entry| entry.items).collect();
    let id = one.id;
    assert_eq!(
        items,
        [
            json!([["planet", id, null, {"id": id, "version": 1, "name": "Mars", "mass": 1}]]),
            json!([["planet", id, {"version": 1, "name": "Mars"}, {"version": 2, "name": "Ares"}]]),
            json!([["planet", id, {"id": id, "version": 2, "name": "Ares", "mass": 1}, null]]),
        ]
    );
}

async fn an_entry_says_who_did_it_in_which_request_and_how(engine: Engine) {
    let clock = TestClock::at(Timestamp(1_234_567_890_123_456));
    let test = engine.database(Setup { clock: Arc::new(clock), ..setup() }).await;
    let bob = actor("bob").nobody();
    let mars = test.db.write(&bob, discover("Mars")).await.unwrap();
    let [entry] = &history(&test.db, mars.id).await[..] else { panic!("not one entry") };
    assert_eq!(entry.actor, "bob");
    assert_eq!(entry.request, "request of bob");
    assert_eq!(entry.operation, "planet.discover");
    assert_eq!(entry.at, Timestamp(1_234_567_890_123_456));
    let user = number(&test.db, "SELECT actor_id FROM change").await;
    assert_eq!(Some(user), bob.user.map(i64::from));
}

async fn the_content_of_a_secret_column_is_not_logged(engine: Engine) {
    let test = database(engine).await;
    let mars = test.db.write(&ann(), discover("Mars")).await.unwrap();
    let with = |password: Option<&str>| Planet { password: password.map(str::to_owned), ..mars.clone() };
    let one = test.db.write(&ann(), Change { before: mars.clone(), after: with(Some("hunter2")) }).await.unwrap();
    let after = Planet { version: one.version, ..with(Some("correct horse")) };
    let two = test.db.write(&ann(), Change { before: one, after }).await.unwrap();
    let delete = work(move |tx| {
        let planet = two.clone();
        Box::pin(async move { tx.delete(&planet).await })
    });
    test.db.write(&ann(), delete).await.unwrap();
    let logged: Vec<_> = history(&test.db, mars.id).await.into_iter().map(|entry| entry.items.to_string()).collect();
    let logged = logged.concat();
    assert!(!logged.contains("hunter2") && !logged.contains("horse"), "{logged}");
    assert!(logged.contains("password"), "that it changed is no secret: {logged}");
}

async fn bytes_are_logged_in_hexadecimal(engine: Engine) {
    let test = database(engine).await;
    let mars = test.db.write(&ann(), discover("Mars")).await.unwrap();
    let after = Planet { spectrum: Some(Bytes(vec![0, 10, 255])), ..mars.clone() };
    test.db.write(&ann(), Change { before: mars.clone(), after: after.clone() }).await.unwrap();
    let newest = &history(&test.db, mars.id).await[0];
    assert_eq!(newest.items[0][3]["spectrum"], "000aff");
    assert_eq!(newest.items[0][2]["spectrum"], json!(null));
    let kept = test.db.read(&ann()).await.unwrap().get::<Planet>(mars.id).await.unwrap().unwrap();
    assert_eq!(kept.spectrum, after.spectrum);
}

async fn one_work_is_one_entry_and_touches_all_its_things(engine: Engine) {
    let test = database(engine).await;
    let both = work(|tx| {
        Box::pin(async move {
            let mars = add(tx, "Mars").await?;
            let id = tx.new_id::<Moon>().await?;
            tx.insert(&Moon { id, version: 1, planet_id: mars.id, around: None }).await?;
            tx.update(&mars, &mut Planet { mass: 2, ..mars.clone() }).await?;
            Ok((mars.id, id))
        })
    });
    let (planet, moon) = test.db.write(&ann(), both).await.unwrap();
    let by_planet = history(&test.db, planet).await;
    let by_moon = test.db.read(&ann()).await.unwrap().history("moon", moon, 10).await.unwrap();
    assert_eq!(by_planet, by_moon);
    assert_eq!(by_planet.len(), 1);
    assert_eq!(by_planet[0].items.as_array().unwrap().len(), 3);
}

async fn a_work_for_several_people_has_an_entry_for_each(engine: Engine) {
    let test = database(engine).await;
    let several = work(|tx| {
        Box::pin(async move {
            let nobody_yet = add(tx, "Mars").await?;
            tx.act_as(actor("bob").nobody(), "planet.import");
            let of_bob = add(tx, "Venus").await?;
            tx.act_as(actor("eve").nobody(), "planet.import");
            tx.act_as(actor("cid").nobody(), "planet.import");
            let of_cid = add(tx, "Pluto").await?;
            Ok([nobody_yet.id, of_bob.id, of_cid.id])
        })
    });
    let ids = test.db.write(&ann(), several).await.unwrap();
    let mut who = Vec::new();
    for id in ids {
        who.extend(history(&test.db, id).await.into_iter().map(|entry| (entry.actor, entry.operation)));
    }
    let expected = [("ann", "test.work"), ("bob", "planet.import"), ("cid", "planet.import")];
    assert_eq!(who, expected.map(|(actor, operation)| (actor.to_owned(), operation.to_owned())));
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM change").await, 3, "whoever changed nothing has no entry");
}

async fn an_entry_with_more_than_a_thousand_items_is_split(engine: Engine) {
    let test = database(engine).await;
    let many = work(|tx| {
        Box::pin(async move {
            for n in 0..2_500 {
                add(tx, &format!("planet {n}")).await?;
            }
            Ok(())
        })
    });
    test.db.write(&ann(), many).await.unwrap();
    let mut tx = test.db.read(&ann()).await.unwrap();
    let rows = tx.rows("SELECT items FROM change ORDER BY id", params![]).await.unwrap();
    let sizes: Vec<usize> = rows
        .into_iter()
        .map(|mut row| serde_json::from_str::<Vec<serde_json::Value>>(&row.take::<String>(0).unwrap()).unwrap().len())
        .collect();
    assert_eq!(sizes, [1_000, 1_000, 500]);
    let references = tx.scalar::<i64>("SELECT COUNT(*) FROM change_ref WHERE entity = 'planet'", params![]).await;
    assert_eq!(references.unwrap(), Some(2_500));
    let last = tx.find::<Planet>("name = 'planet 2499'", params![]).await.unwrap().remove(0);
    assert_eq!(tx.history("planet", last.id, 10).await.unwrap().len(), 1);
}

async fn the_newest_entries_come_first(engine: Engine) {
    let clock = TestClock::default();
    let test = engine.database(Setup { clock: Arc::new(clock.clone()), ..setup() }).await;
    let mut now = test.db.write(&ann(), discover("Mars")).await.unwrap();
    for mass in 2..=5 {
        clock.advance(std::time::Duration::from_secs(1));
        let after = Planet { mass, ..now.clone() };
        now = test.db.write(&ann(), Change { before: now, after }).await.unwrap();
    }
    let newest = test.db.read(&ann()).await.unwrap().history("planet", now.id, 2).await.unwrap();
    let masses: Vec<_> = newest.iter().map(|entry| entry.items[0][3]["mass"].clone()).collect();
    assert_eq!(masses, [5, 4]);
}

async fn a_question_that_writes_is_refused(engine: Engine) {
    let test = database(engine).await;
    test.db.write(&ann(), discover("Mars")).await.unwrap();
    let statements = [
        "DELETE FROM planet",
        "UPDATE planet SET mass = 0",
        " INSERT INTO planet (id, version, name, mass) VALUES (99, 1, 'x', 1)",
        "DELETE FROM sighting",
    ];
    for text in statements {
        let writing = work(move |tx| Box::pin(async move { tx.rows(text, params![]).await }));
        assert!(test.db.write(&ann(), writing).await.is_err(), "{text}");
        assert!(test.db.read(&ann()).await.unwrap().rows(text, params![]).await.is_err(), "{text}");
    }
    assert_eq!(number(&test.db, "SELECT CAST(SUM(mass) AS BIGINT) FROM planet").await, 1);
}

#[tokio::test]
async fn sqlite_refuses_a_writing_question_in_any_disguise() {
    let test = database(Engine::Sqlite).await;
    test.db.write(&ann(), discover("Mars")).await.unwrap();
    for text in [
        "WITH one AS (SELECT 1) DELETE FROM planet",
        "REPLACE INTO planet (id, version, name, mass) VALUES (1, 1, 'x', 1)",
        "/* a comment */ DELETE FROM planet",
        "DROP TABLE planet",
        "SELECT 1; DELETE FROM planet",
    ] {
        let writing = work(move |tx| Box::pin(async move { tx.rows(text, params![]).await }));
        assert!(test.db.write(&ann(), writing).await.is_err(), "{text}");
        assert!(test.db.read(&ann()).await.unwrap().rows(text, params![]).await.is_err(), "{text}");
    }
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM planet").await, 1);
}

async fn only_derived_tables_are_written_without_the_log(engine: Engine) {
    let test = database(engine).await;
    test.db.write(&ann(), discover("Mars")).await.unwrap();
    for text in [
        "DELETE FROM planet",
        "UPDATE planet SET mass = 0",
        "INSERT INTO planet (id, version, name, mass) VALUES (99, 1, 'x', 1)",
        "DELETE FROM nowhere",
        "DELETE FROM sighting; DELETE FROM planet",
        "DELETE FROM planet; DELETE FROM sighting",
        "WITH one AS (SELECT 1) DELETE FROM planet",
        "WITH one AS (DELETE FROM planet RETURNING 1) INSERT INTO sighting (name, at) SELECT 'x', 1 FROM one",
        "TRUNCATE planet",
        "DROP TABLE planet",
    ] {
        let writing = work(move |tx| Box::pin(async move { tx.derive(text, params![]).await }));
        assert!(test.db.write(&ann(), writing).await.is_err(), "{text}");
    }
    assert_eq!(number(&test.db, "SELECT CAST(SUM(mass) AS BIGINT) FROM planet").await, 1);
    let derived = work(|tx| {
        Box::pin(async move { tx.derive("INSERT INTO sighting (name, at) VALUES ('Mars', 1)", params![]).await })
    });
    assert_eq!(test.db.write(&ann(), derived).await.unwrap().0, 1);
}

async fn each_table_belongs_to_a_record_or_is_derived(engine: Engine) {
    let test = database(engine).await;
    let catalog = match engine {
        Engine::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
        Engine::Postgres => "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()",
    };
    let rows = test.db.read(&ann()).await.unwrap().rows(catalog, params![]).await.unwrap();
    let tables: Vec<String> = rows.into_iter().map(|mut row| row.take(0).unwrap()).collect();
    let records = [Planet::table().name, Moon::table().name, store::audit::Retention::table().name];
    for name in records.into_iter().chain(["change", "job", "planet_count", "sighting"]) {
        assert!(tables.iter().any(|table| table == name), "{name} is not in the database");
    }
    for table in tables {
        let is_record = records.contains(&table.as_str());
        let empty = format!("DELETE FROM {table} WHERE 1 = 0");
        let derive = work(move |tx| {
            let empty = empty.clone();
            Box::pin(async move { tx.derive(&empty, params![]).await })
        });
        let derived = test.db.write(&ann(), derive).await.is_ok();
        assert_eq!(derived, !is_record, "{table} is both or neither");
    }
}

async fn nobody_changes_a_record_unsaid(engine: Engine) {
    let test = database(engine).await;
    let mut tx = test.db.read(&ann()).await.unwrap();
    let error = tx.insert(&planet(1, "Mars")).await.unwrap_err();
    assert!(error.to_string().contains("nobody said who"), "{error}");
}
