//! A request that carries a key is done once, however often it is made.

use std::{sync::Arc, time::Duration};

use kernel::{Error, Result};
use serde_json::json;
use store::{RequestKey, Setup, Tx, Work};
use testkit::{Engine, TestClock, actor, on_both, tokio};

use crate::world::{add, ann, database, names, number, setup};

/// Adds a planet once for each key; answers with its id.
struct DiscoverOnce {
    name: &'static str,
    key: Option<&'static str>,
}

impl Work for DiscoverOnce {
    type Out = i64;
    const NAME: &'static str = "planet.discover";

    async fn run(&self, tx: &mut Tx) -> Result<i64> {
        let key = self.key.map(|key| RequestKey::new(key.to_owned(), &json!({"name": self.name}))).transpose()?;
        if let Some(id) = tx.answered(key.as_ref()).await? {
            return Ok(id);
        }
        let id = add(tx, self.name).await?.id;
        tx.remember(key.as_ref(), &id).await?;
        Ok(id)
    }
}

on_both!(
    a_repeated_request_gets_the_same_answer,
    a_key_with_another_request_is_refused,
    a_key_belongs_to_one_person,
    a_request_without_a_key_is_done_each_time,
    a_failed_request_may_be_repeated,
    requests_at_the_same_time_are_done_once,
    an_answer_is_forgotten_after_a_day,
);

async fn a_repeated_request_gets_the_same_answer(engine: Engine) {
    let test = database(engine).await;
    let first = test.db.write(&ann(), DiscoverOnce { name: "Mars", key: Some("k") }).await.unwrap();
    let test = test.restarted().await;
    let second = test.db.write(&ann(), DiscoverOnce { name: "Mars", key: Some("k") }).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM change").await, 1);
}

async fn a_key_with_another_request_is_refused(engine: Engine) {
    let test = database(engine).await;
    test.db.write(&ann(), DiscoverOnce { name: "Mars", key: Some("k") }).await.unwrap();
    let error = test.db.write(&ann(), DiscoverOnce { name: "Venus", key: Some("k") }).await.unwrap_err();
    let Error::Invalid(fields) = error else { panic!("{error:?}") };
    assert_eq!(fields.0[0].field, "Idempotency-Key");
    assert_eq!(names(&test.db).await, ["Mars"]);
}

async fn a_key_belongs_to_one_person(engine: Engine) {
    let test = database(engine).await;
    test.db.write(&ann(), DiscoverOnce { name: "Mars", key: Some("k") }).await.unwrap();
    test.db.write(&actor("bob").nobody(), DiscoverOnce { name: "Venus", key: Some("k") }).await.unwrap();
    assert_eq!(names(&test.db).await, ["Mars", "Venus"]);
}

async fn a_request_without_a_key_is_done_each_time(engine: Engine) {
    let test = database(engine).await;
    test.db.write(&ann(), DiscoverOnce { name: "Mars", key: None }).await.unwrap();
    let error = test.db.write(&ann(), DiscoverOnce { name: "Mars", key: None }).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)), "{error:?}");
}

async fn a_failed_request_may_be_repeated(engine: Engine) {
    let test = database(engine).await;
    test.db.write(&ann(), DiscoverOnce { name: "Mars", key: None }).await.unwrap();
    test.db.write(&ann(), DiscoverOnce { name: "Mars", key: Some("k") }).await.unwrap_err();
    test.db.write(&ann(), DiscoverOnce { name: "Venus", key: Some("k") }).await.unwrap();
    assert_eq!(names(&test.db).await, ["Mars", "Venus"]);
}

async fn requests_at_the_same_time_are_done_once(engine: Engine) {
    let test = database(engine).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let db = test.db.clone();
        tasks.spawn(async move { db.write(&ann(), DiscoverOnce { name: "Mars", key: Some("k") }).await.unwrap() });
    }
    let mut ids = tasks.join_all().await;
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM change").await, 1);
}

async fn an_answer_is_forgotten_after_a_day(engine: Engine) {
    let clock = TestClock::default();
    let test = engine.database(Setup { clock: Arc::new(clock.clone()), ..setup() }).await;
    test.db.write(&ann(), DiscoverOnce { name: "Mars", key: Some("old") }).await.unwrap();
    clock.advance(Duration::from_hours(25));
    test.db.write(&ann(), DiscoverOnce { name: "Venus", key: Some("new") }).await.unwrap();
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM idempotency").await, 1);
}
