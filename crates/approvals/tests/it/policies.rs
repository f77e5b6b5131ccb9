//! What policies say, and who says it.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{IPAM, SPLIT, world};

on_both! {
    async fn a_denial_is_a_refusal_and_an_express_permission_frees_from_approval(engine) {
        let world = world(engine).await;
        let (cat, cats) = world.person("cat", IPAM).await;
        let (_, dogs) = world.person("dog", &[]).await;
        let seniors = world.group("seniors", &[]).await;
        let approval = world.policy(cats, "*", "needs_approval", &[dogs]).await;
        assert_eq!(world.v2(&cat, Method::PUT, SPLIT, json!({})).await.0, 202);
        world.join(cat.user.unwrap(), seniors).await;
        let free = world.policy(seniors, "block.*", "allow", &[]).await;
        let add = json!({"cidr": "172.16.0.0/16", "rir": "1918"});
        assert_eq!(world.v2(&cat, Method::POST, "/ipam/netblocks", add).await.0, 201, "freed");
        let deny = json!({"group_id": cats.0, "action": "block.split", "effect": "deny"});
        let (status, policy) = world.v2(&world.root, Method::POST, "/approvals/policies", deny).await;
        assert_eq!((status, &policy["group"]), (201, &json!("cat")));
        let (status, refused) = world.v2(&cat, Method::PUT, SPLIT, json!({})).await;
        assert_eq!((status, &refused["detail"]), (403, &json!("A policy of your group \"cat\" does not allow \"block.split\".")));
        let denied = world.v1(&cat, "target=ipam&action=split&block=10.0.0.0/22").await;
        assert_eq!((&denied["success"], &denied["message"]), (&json!(0), &refused["detail"]));
        for id in [approval, free, policy["id"].as_i64().unwrap()] {
            let gone = world.v2(&world.root, Method::DELETE, &format!("/approvals/policies/{id}"), Value::Null).await;
            assert_eq!(gone.0, 204, "{gone:?}");
        }
        assert_eq!(world.v2(&cat, Method::PUT, SPLIT, json!({})).await.0, 200, "no policy, no rule");
    }

    async fn who_leaves_a_group_leaves_its_policies(engine) {
        let world = world(engine).await;
        let (cat, _) = world.person("cat", IPAM).await;
        let (_, dogs) = world.person("dog", &[]).await;
        let juniors = world.group("juniors", &[]).await;
        world.policy(juniors, "block.*", "needs_approval", &[dogs]).await;
        world.join(cat.user.unwrap(), juniors).await;
        assert_eq!(world.v2(&cat, Method::PUT, SPLIT, json!({})).await.0, 202);
        world.v2(&world.root, Method::PUT, &format!("/usergroups/{juniors}/users"), json!({"users": []})).await;
        assert_eq!(world.v2(&cat, Method::PUT, SPLIT, json!({})).await.0, 200);
    }

    async fn a_policy_is_checked_and_only_administrators_have_them(engine) {
        let world = world(engine).await;
        let (cat, cats) = world.person("cat", IPAM).await;
        let (_, dogs) = world.person("dog", &[]).await;
        let post = async |body: Value| world.v2(&world.root, Method::POST, "/approvals/policies", body).await;
        let fields = |(status, body): (u16, Value)| {
            let errors: Vec<_> = body["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect();
            (status, errors)
        };
        let new = |action: &str, effect: &str, approvers: &[i64]| {
            json!({"group_id": cats.0, "action": action, "effect": effect, "approver_group_ids": approvers})
        };
        assert_eq!(fields(post(new("block.paint", "deny", &[])).await), (422, vec!["action".to_owned()]));
        assert_eq!(fields(post(new("block.split", "needs_approval", &[])).await), (422, vec!["approver_group_ids".to_owned()]));
        assert_eq!(fields(post(new("block.split", "deny", &[dogs.0])).await), (422, vec!["approver_group_ids".to_owned()]));
        assert_eq!(fields(post(new("block.split", "needs_approval", &[999])).await), (422, vec!["approver_group_ids".to_owned()]));
        assert_eq!(fields(post(new("token.make", "needs_approval", &[dogs.0])).await), (422, vec!["effect".to_owned()]));
        let id = world.policy(cats, "block.split", "needs_approval", &[dogs]).await;
        assert_eq!(fields(post(new("block.split", "deny", &[])).await), (409, vec!["action".to_owned()]));
        let path = format!("/approvals/policies/{id}");
        let (status, changed) = world.v2(&world.root, Method::PUT, &path, new("block.*", "deny", &[])).await;
        assert_eq!((status, &changed["effect"], &changed["approvers"]), (200, &json!("deny"), &json!([])));
        assert_eq!(world.get(&world.root, "/approvals/policies").await, json!([changed]));
        for (method, path) in [(Method::GET, "/approvals/policies"), (Method::GET, &path), (Method::DELETE, &path)] {
            assert_eq!(world.v2(&cat, method, path, Value::Null).await.0, 403);
        }
        assert_eq!(world.v2(&cat, Method::POST, "/approvals/policies", new("tag.*", "allow", &[])).await.0, 403);
        let actions = world.get(&cat, "/approvals/actions").await;
        let split = actions.as_array().unwrap().iter().find(|action| action["name"] == "block.split").unwrap();
        assert_eq!(*split, json!({"name": "block.split", "family": "block", "sentence": "Split a block", "can_wait": true}));
    }

    async fn what_tells_a_secret_once_does_not_wait_even_where_all_does(engine) {
        let world = world(engine).await;
        let (cat, cats) = world.person("cat", IPAM).await;
        let (_, dogs) = world.person("dog", &[]).await;
        world.policy(cats, "*", "needs_approval", &[dogs]).await;
        let (status, made) = world.v2(&cat, Method::POST, "/tokens", json!({"name": "t"})).await;
        assert!((200..202).contains(&status), "{status} {made}");
    }
}
