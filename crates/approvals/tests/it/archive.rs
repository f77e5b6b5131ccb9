//! What was decided goes out of the way after 30 days.

use std::time::Duration;

use axum::http::Method;
use serde_json::json;
use testkit::{on_both, tokio};

use crate::world::{IPAM, SPLIT, world};

on_both! {
    async fn what_was_decided_is_archived_after_30_days_and_loses_the_request(engine) {
        let world = world(engine).await;
        let (cat, cats) = world.person("cat", IPAM).await;
        let (dog, dogs) = world.person("dog", &[]).await;
        world.policy(cats, "block.*", "needs_approval", &[dogs]).await;
        let submit = async || world.v2(&cat, Method::PUT, SPLIT, json!({})).await.1["id"].as_i64().unwrap();
        let (old, waits, new) = (submit().await, submit().await, submit().await);
        world.decide(&dog, old, "reject").await;
        world.clock.advance(Duration::from_secs(20 * 24 * 3600));
        world.decide(&dog, new, "reject").await;
        assert_eq!(world.get(&dog, "/approvals/history").await.as_array().unwrap().len(), 2);
        world.clock.advance(Duration::from_secs(11 * 24 * 3600 + 60));
        // A commit wakes the worker, which then finds the job due.
        let id = submit().await;
        world.decide(&dog, id, "reject").await;
        let mut left = 0;
        for _ in 0..2_000 {
            left = world.get(&dog, "/approvals/history").await.as_array().unwrap().len();
            if left == 2 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(left, 2);
        assert_eq!(world.get(&dog, "/approvals/history?archived=true").await.as_array().unwrap().len(), 3);
        let mut tx = world.test.db.read(&world.root).await.unwrap();
        let text = "SELECT COUNT(*) FROM approval_submission WHERE LENGTH(secret_request) = 0 AND shown IS NULL AND archived = 1";
        assert_eq!(tx.scalar::<i64>(text, &[]).await.unwrap(), Some(1));
        assert_eq!(world.details(&cat, waits).await["state"], "pending");
        // The next one is looked after.
        let counts = store::job::counts(&mut tx).await.unwrap();
        assert!(counts.iter().any(|(status, count)| *status == store::job::Status::Queued && *count > 0), "{counts:?}");
    }
}
