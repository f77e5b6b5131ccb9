//! A request that others have to agree to waits, whichever door it came through.

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{IPAM, SPLIT, world};

on_both! {
    async fn a_request_waits_and_is_done_as_it_was_sent_once_it_is_approved(engine) {
        let world = world(engine).await;
        let (cat, cats) = world.person("cat", IPAM).await;
        let (dog, dogs) = world.person("dog", &[]).await;
        let (eve, _) = world.person("eve", IPAM).await;
        world.policy(cats, "block.*", "needs_approval", &[dogs]).await;
        let (status, waits) = world.v2(&cat, Method::PUT, SPLIT, json!({})).await;
        assert_eq!(status, 202, "{waits}");
        assert_eq!((&waits["state"], &waits["action"], &waits["family"]), (&json!("pending"), &json!("block.split"), &json!("block")));
        assert_eq!((&waits["submitter"], &waits["sentence"]), (&json!("cat"), &json!("Split a block")));
        assert_eq!(waits["name"], format!("PUT /api/v2{SPLIT}"));
        assert_eq!((&waits["voices"][0]["group"], &waits["voices"][0]["says"]), (&json!("dog"), &json!("open")));
        assert_eq!(world.blocks().await, ["10.0.0.0/22"], "nothing was done");
        world.is_sound().await;
        let id = waits["id"].as_i64().unwrap();
        for sees in [&cat, &dog, &world.root] {
            assert_eq!(world.get(sees, "/approvals/pending").await[0]["id"], id);
            let details = world.details(sees, id).await;
            assert_eq!((&details["changes"], &details["conflicts"]), (&details["changes_now"], &json!([])));
            assert_eq!(details["changes"].as_array().unwrap().len(), 3, "the block and its halves");
        }
        assert_eq!(world.get(&eve, "/approvals/pending").await, json!([]));
        assert_eq!(world.v2(&eve, Method::GET, &format!("/approvals/pending/{id}"), Value::Null).await.0, 404);
        // Whom no policy speaks of does not wait.
        assert_eq!(world.v2(&eve, Method::POST, "/ipam/netblocks", json!({"cidr": "10.9.0.0/24", "rir": "1918"})).await.0, 201);

        assert_eq!(world.decide(&dog, id, "approve").await, json!({"id": id, "state": "approved", "error": null}));
        let done = world.ended(id).await;
        assert_eq!(done["state"], "executed", "{done}");
        assert_eq!((&done["voices"][0]["user"], &done["voices"][0]["comment"]), (&json!("dog"), &json!("since I say so")));
        assert!(world.blocks().await.contains(&"10.0.0.0/23".to_owned()));
        world.is_sound().await;
        // The log says that it was the submitter, in a request that names the submission.
        let mut tx = world.test.db.read(&world.root).await.unwrap();
        let filter = store::ChangeFilter { operation: Some("block.split".to_owned()), ..store::ChangeFilter::default() };
        let split = tx.changes(&filter, 10).await.unwrap().entries.remove(0);
        assert_eq!((split.actor, split.request), ("cat".to_owned(), format!("approval-{id}")));
        assert_eq!(world.get(&dog, "/approvals/pending").await, json!([]));
        assert_eq!(world.get(&dog, "/approvals/history?state=executed").await[0]["id"], id);
    }

    async fn the_old_door_waits_as_well(engine) {
        let world = world(engine).await;
        let (cat, cats) = world.person("cat", IPAM).await;
        let (dog, dogs) = world.person("dog", &[]).await;
        world.policy(cats, "block.split", "needs_approval", &[dogs]).await;
        let form = "target=ipam&action=split&block=10.0.0.0/22";
        let answer = world.v1(&cat, form).await;
        assert_eq!(answer["success"], 1, "{answer}");
        let waits = world.get(&dog, "/approvals/pending").await;
        let id = waits[0]["id"].as_i64().unwrap();
        assert_eq!(answer["message"], format!("Split a block: waits for approval by dog (submission {id})"));
        assert_eq!(world.blocks().await, ["10.0.0.0/22"]);
        world.decide(&dog, id, "approve").await;
        assert_eq!(world.ended(id).await["state"], "executed");
        assert!(world.blocks().await.contains(&"10.0.0.0/23".to_owned()));
        // One that would be refused is refused now, in the form of this door.
        let refused = world.v1(&cat, form).await;
        assert_eq!(refused["success"], 0, "{refused}");
        // A GET may write there, and its signature is not kept.
        let uri = "/api/v1/api.php?target=ipam&action=split&block=10.0.0.0/23&apiKey=k&hash=h&time=1";
        let (_, answer) = world.send(&cat, Request::get(uri).body(Body::empty()).unwrap()).await;
        assert_eq!(answer["success"], 1, "{answer}");
        let waits = world.get(&dog, "/approvals/pending").await;
        assert_eq!(waits[0]["name"], "GET /api/v1/api.php?target=ipam&action=split");
        let id = waits[0]["id"].as_i64().unwrap();
        world.decide(&dog, id, "approve").await;
        assert_eq!(world.ended(id).await["state"], "executed");
    }

    async fn what_would_be_refused_anyway_does_not_wait(engine) {
        let world = world(engine).await;
        let (cat, cats) = world.person("cat", &["permissionIPAMRead", "permissionResourceRead"]).await;
        let (_, dogs) = world.person("dog", &[]).await;
        world.policy(cats, "*", "needs_approval", &[dogs]).await;
        let forbidden = world.v2(&cat, Method::PUT, SPLIT, json!({})).await;
        assert_eq!(forbidden.0, 403, "{forbidden:?}");
        let missing = world.v2(&cat, Method::PUT, "/ipam/netblocks/192.0.2.0%2F24/split", json!({})).await;
        assert_eq!(missing.0, 404, "{missing:?}");
        let unreadable = world.v2(&cat, Method::PUT, SPLIT, json!({"colour": "red"})).await;
        assert_eq!(unreadable.0, 422, "{unreadable:?}");
        assert_eq!(world.get(&world.root, "/approvals/pending").await, json!([]));
    }

    async fn a_request_sent_twice_with_one_key_waits_once(engine) {
        let world = world(engine).await;
        let (cat, cats) = world.person("cat", IPAM).await;
        let (dog, dogs) = world.person("dog", &[]).await;
        world.policy(cats, "block.*", "needs_approval", &[dogs]).await;
        let send = async || world.v2_named(&cat, Method::PUT, SPLIT, json!({}), Some("k")).await.1;
        let (first, second) = (send().await, send().await);
        assert_eq!(first, second);
        let (status, misused) = world.v2_named(&cat, Method::PUT, SPLIT, json!({"mask": 24}), Some("k")).await;
        assert!(status == 422 && misused["detail"].as_str().unwrap().contains("used with another request"), "{misused}");
        let id = first["id"].as_i64().unwrap();
        world.decide(&dog, id, "approve").await;
        world.ended(id).await;
        assert_eq!(send().await["state"], "executed", "and tells then what became of it");
    }

    async fn secrets_in_a_request_are_sealed_and_shown_nowhere(engine) {
        let world = world(engine).await;
        let (cat, cats) = world.person("cat", &["permissionUserRead", "permissionUserUpdate"]).await;
        let (dog, dogs) = world.person("dog", &[]).await;
        world.policy(cats, "user.*", "needs_approval", &[dogs]).await;
        let (user, secret) = (cat.user.unwrap(), "correct horse battery");
        let (status, waits) = world.v2(&cat, Method::PATCH, &format!("/users/{user}"), json!({"password": secret})).await;
        assert_eq!(status, 202, "{waits}");
        let id = waits["id"].as_i64().unwrap();
        let mut tx = world.test.db.read(&world.root).await.unwrap();
        let row = tx.scalar::<String>("SELECT name || COALESCE(shown, '') || submitter FROM approval_submission", &[]).await.unwrap().unwrap();
        let log = tx.changes(&store::ChangeFilter::default(), 1000).await.unwrap();
        let shown = format!("{waits}{}{row}{log:?}", world.details(&dog, id).await);
        assert!(!shown.contains("horse"), "{shown}");
        let sealed: store::Bytes = tx.scalar("SELECT secret_request FROM approval_submission", &[]).await.unwrap().unwrap();
        assert!(!String::from_utf8_lossy(&sealed.0).contains("horse"));
        drop(tx);
        world.decide(&dog, id, "approve").await;
        assert_eq!(world.ended(id).await["state"], "executed");
    }

    async fn a_dry_run_says_that_it_needs_approval_and_can_t_be_committed(engine) {
        let world = world(engine).await;
        let (cat, cats) = world.person("cat", IPAM).await;
        let (_, dogs) = world.person("dog", &[]).await;
        let path = format!("{SPLIT}?dry_run=true");
        let (_, shown) = world.v2(&cat, Method::PUT, &path, json!({})).await;
        let commit = format!("{SPLIT}?commit={}", shown["commit_token"].as_str().unwrap());
        world.policy(cats, "block.split", "needs_approval", &[dogs]).await;
        let (status, shown) = world.v2(&cat, Method::PUT, &path, json!({})).await;
        assert_eq!((status, &shown["needs_approval"], &shown["commit_token"]), (200, &json!(true), &Value::Null), "{shown}");
        let (status, refused) = world.v2(&cat, Method::PUT, &commit, json!({})).await;
        assert!(status == 409 && refused["detail"].as_str().unwrap().contains("send it without commit"), "{refused}");
        assert_eq!(world.get(&cat, "/approvals/pending").await, json!([]));
        assert_eq!(world.blocks().await, ["10.0.0.0/22"]);
    }
}
