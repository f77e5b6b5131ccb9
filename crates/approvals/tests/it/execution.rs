//! What was approved is done by the submitter, with the rights of then.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{IPAM, SPLIT, world};

on_both! {
    async fn a_conflict_is_shown_before_and_a_failure_is_not_lost(engine) {
        let world = world(engine).await;
        let (cat, cats) = world.person("cat", IPAM).await;
        let (dog, dogs) = world.person("dog", &[]).await;
        world.policy(cats, "block.*", "needs_approval", &[dogs]).await;
        let (_, waits) = world.v2(&cat, Method::PUT, SPLIT, json!({})).await;
        let id = waits["id"].as_i64().unwrap();
        // Somebody else is faster.
        let tagged = json!({"code": "x"});
        assert_eq!(world.v2(&world.root, Method::PATCH, "/ipam/netblocks/10.0.0.0%2F22", tagged).await.0, 200);
        let details = world.details(&dog, id).await;
        assert!(details["conflicts"][0].as_str().unwrap().contains("block"), "{details}");
        assert_eq!(world.v2(&world.root, Method::PUT, SPLIT, json!({})).await.0, 200);
        let details = world.details(&dog, id).await;
        assert_eq!((&details["changes_now"], details["conflicts"].as_array().unwrap().len()), (&Value::Null, 1), "{details}");
        world.decide(&dog, id, "approve").await;
        let failed = world.ended(id).await;
        assert_eq!(failed["state"], "failed");
        assert_eq!(failed["outcome"], details["conflicts"][0], "{failed}");
        assert_eq!(world.get(&cat, "/approvals/history?state=failed").await[0]["id"], id);
        world.is_sound().await;
    }

    async fn a_submitter_who_was_disabled_or_has_lost_the_right_does_nothing_any_more(engine) {
        let world = world(engine).await;
        let (cat, cats) = world.person("cat", IPAM).await;
        let (dog, dogs) = world.person("dog", &[]).await;
        world.policy(cats, "block.*", "needs_approval", &[dogs]).await;
        let (_, first) = world.v2(&cat, Method::PUT, SPLIT, json!({})).await;
        let (_, second) = world.v2(&cat, Method::PUT, SPLIT, json!({})).await;
        let less = json!([{"resource_id": 1, "permissions": ["permissionIPAMRead", "permissionResourceRead"]}]);
        world.v2(&world.root, Method::PUT, &format!("/usergroups/{cats}/permissions"), less).await;
        let first = first["id"].as_i64().unwrap();
        world.decide(&dog, first, "approve").await;
        let failed = world.ended(first).await;
        assert_eq!(failed["state"], "failed");
        assert!(failed["outcome"].as_str().unwrap().contains("permissionIPAMUpdate"), "{failed}");
        let path = format!("/users/{}", cat.user.unwrap());
        assert_eq!(world.v2(&world.root, Method::PATCH, &path, json!({"enabled": false})).await.0, 200);
        let second = second["id"].as_i64().unwrap();
        assert!(world.details(&dog, second).await["conflicts"][0].as_str().unwrap().contains("disabled"));
        world.decide(&dog, second, "approve").await;
        let failed = world.ended(second).await;
        assert_eq!((&failed["state"], &failed["outcome"]), (&json!("failed"), &json!("The user \"cat\" is disabled. Ask an administrator.")));
        assert_eq!(world.blocks().await, ["10.0.0.0/22"]);
    }

    async fn what_is_made_has_the_ids_that_the_approvers_have_seen(engine) {
        let world = world(engine).await;
        let (cat, cats) = world.person("cat", IPAM).await;
        let (dog, dogs) = world.person("dog", &[]).await;
        world.policy(cats, "block.*", "needs_approval", &[dogs]).await;
        let (_, waits) = world.v2(&cat, Method::PUT, SPLIT, json!({})).await;
        let id = waits["id"].as_i64().unwrap();
        let other = json!({"cidr": "192.168.0.0/24", "rir": "1918"});
        assert_eq!(world.v2(&world.root, Method::POST, "/ipam/netblocks", other).await.0, 201);
        let details = world.details(&dog, id).await;
        assert_eq!(details["conflicts"], json!([]));
        let made: Vec<_> = details["changes"].as_array().unwrap().iter().filter(|change| change[2].is_null()).collect();
        world.decide(&dog, id, "approve").await;
        world.ended(id).await;
        let half = world.get(&world.root, "/ipam/netblocks/10.0.0.0%2F23").await;
        assert!(made.iter().any(|change| change[1] == half["id"]), "{half} {made:?}");
    }

    async fn what_was_done_before_the_server_stopped_is_not_done_again(engine) {
        let world = world(engine).await;
        let (cat, cats) = world.person("cat", IPAM).await;
        let (dog, dogs) = world.person("dog", &[]).await;
        world.policy(cats, "block.*", "needs_approval", &[dogs]).await;
        let add = json!({"cidr": "172.16.0.0/16", "rir": "1918", "allow_duplicate": true});
        let (_, waits) = world.v2(&cat, Method::POST, "/ipam/netblocks", add.clone()).await;
        let id = waits["id"].as_i64().unwrap();
        // As if the job had got as far as the commit of the work.
        let terms = kernel::Terms { once: Some(format!("approval/{id}").into()), ..kernel::Terms::default() };
        let earlier = kernel::Actor { terms: Some(std::sync::Arc::new(terms)), ..world.root.clone() };
        world.test.db.write(&earlier, Nothing).await.unwrap();
        world.decide(&dog, id, "approve").await;
        let done = world.ended(id).await;
        assert_eq!(done["state"], "executed");
        assert!(done["outcome"].as_str().unwrap().contains("before it could keep the answer"), "{done}");
        assert_eq!(world.blocks().await, ["10.0.0.0/22"]);
    }
}

struct Nothing;

impl store::Work for Nothing {
    type Out = ();
    const NAME: &'static str = "test.nothing";

    async fn run(&self, _: &mut store::Tx) -> kernel::Result<()> {
        Ok(())
    }
}
