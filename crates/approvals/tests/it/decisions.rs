//! Who decides, and what becomes of it.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::{on_both, tokio};

use crate::world::{IPAM, SPLIT, World, world};

async fn submitted(world: &World, actor: &kernel::Actor, path: &str) -> i64 {
    let (status, waits) = world.v2(actor, Method::PUT, path, json!({})).await;
    assert_eq!(status, 202, "{waits}");
    waits["id"].as_i64().unwrap()
}

on_both! {
    async fn all_groups_have_to_agree(engine) {
        let world = world(engine).await;
        let (cat, cats) = world.person("cat", IPAM).await;
        let ((dog, dogs), (fox, foxes)) = (world.person("dog", &[]).await, world.person("fox", &[]).await);
        world.policy(cats, "block.*", "needs_approval", &[dogs, foxes]).await;
        let id = submitted(&world, &cat, SPLIT).await;
        assert_eq!(world.decide(&dog, id, "approve").await["state"], "pending");
        assert_eq!(world.blocks().await, ["10.0.0.0/22"]);
        assert_eq!(world.get(&dog, "/approvals/history?state=pending_by_others").await[0]["id"], id);
        assert_eq!(world.get(&fox, "/approvals/history?state=pending_by_others").await, json!([]));
        let again = world.decide(&dog, id, "approve").await;
        assert_eq!(again["error"], "Your groups have decided already; others have yet to agree.");
        assert_eq!(world.decide(&fox, id, "approve").await["state"], "approved");
        assert_eq!(world.ended(id).await["state"], "executed");
    }

    async fn nobody_decides_on_their_own_and_others_have_to_be_asked(engine) {
        let world = world(engine).await;
        let (cat, cats) = world.person("cat", IPAM).await;
        let (dog, dogs) = world.person("dog", &[]).await;
        let (eve, _) = world.person("eve", IPAM).await;
        world.join(cat.user.unwrap(), dogs).await;
        world.policy(cats, "block.*", "needs_approval", &[dogs]).await;
        let id = submitted(&world, &cat, SPLIT).await;
        let own = world.decide(&cat, id, "approve").await;
        assert_eq!(own["error"], "Nobody decides on what they have submitted themselves.");
        assert_eq!(world.decide(&eve, id, "approve").await["error"], format!("There is no submission with id {id}."));
        assert_eq!(world.decide(&world.root, id, "approve").await["error"], "None of your groups has to agree to this.");
        assert_eq!(world.decide(&dog, id, "reject").await["state"], "rejected");
        let rejected = world.details(&cat, id).await;
        assert_eq!((&rejected["state"], &rejected["outcome"]), (&json!("rejected"), &json!("since I say so")));
        assert_eq!(world.decide(&dog, id, "approve").await["error"], "This is rejected already.");
        assert_eq!(world.blocks().await, ["10.0.0.0/22"]);
        // For a group that is gone an administrator speaks.
        let id = submitted(&world, &cat, SPLIT).await;
        world.v2(&world.root, Method::DELETE, &format!("/usergroups/{dogs}"), Value::Null).await;
        assert_eq!(world.decide(&world.root, id, "approve").await["state"], "approved");
        assert_eq!(world.ended(id).await["state"], "executed");
    }

    async fn two_who_approve_at_once_have_it_done_once(engine) {
        let world = world(engine).await;
        let (cat, cats) = world.person("cat", IPAM).await;
        let dogs = world.group("dogs", &[]).await;
        let (one, two) = (world.member("one", &[dogs]).await, world.member("two", &[dogs]).await);
        world.policy(cats, "block.*", "needs_approval", &[dogs]).await;
        let add = json!({"cidr": "172.16.0.0/16", "rir": "1918", "allow_duplicate": true});
        let (status, waits) = world.v2(&cat, Method::POST, "/ipam/netblocks", add).await;
        assert_eq!(status, 202, "{waits}");
        let id = waits["id"].as_i64().unwrap();
        let (first, second) = tokio::join!(world.decide(&one, id, "approve"), world.decide(&two, id, "approve"));
        let mut errors = [first["error"].as_str(), second["error"].as_str()];
        errors.sort_unstable();
        assert!(errors[0].is_none() && errors[1].is_some_and(|why| why.contains("already")), "{errors:?}");
        assert_eq!(world.ended(id).await["state"], "executed");
        let added = world.blocks().await.into_iter().filter(|cidr| cidr == "172.16.0.0/16").count();
        assert_eq!(added, 1);
    }

    async fn several_are_decided_together_each_with_its_own_answer(engine) {
        let world = world(engine).await;
        let (cat, cats) = world.person("cat", IPAM).await;
        let (dog, dogs) = world.person("dog", &[]).await;
        world.policy(cats, "block.*", "needs_approval", &[dogs]).await;
        let first = submitted(&world, &cat, SPLIT).await;
        let body = json!({"cidr": "172.16.0.0/16", "rir": "1918"});
        let second = world.v2(&cat, Method::POST, "/ipam/netblocks", body).await.1["id"].as_i64().unwrap();
        for (sort, ids) in [("name", [second, first]), ("-name", [first, second]), ("action", [second, first]), ("updated", [first, second])] {
            let list = world.get(&dog, &format!("/approvals/pending?sort={sort}")).await;
            assert_eq!([&list[0]["id"], &list[1]["id"]], [&json!(ids[0]), &json!(ids[1])], "{sort}");
        }
        let found = world.get(&dog, "/approvals/pending?q=SPLIT").await;
        assert_eq!((found.as_array().unwrap().len(), &found[0]["id"]), (1, &json!(first)));
        assert_eq!(world.v2(&dog, Method::GET, "/approvals/pending?sort=colour", Value::Null).await.0, 422);
        let body = json!({"ids": [first, second, 999_999], "decision": "approve"});
        let (_, decided) = world.v2(&dog, Method::POST, "/approvals/decisions", body).await;
        assert_eq!([&decided[0]["state"], &decided[1]["state"], &decided[2]["state"]], [&json!("approved"), &json!("approved"), &Value::Null]);
        assert_eq!(decided[2]["error"], "There is no submission with id 999999.");
        for id in [first, second] {
            assert_eq!(world.ended(id).await["state"], "executed");
        }
        let none = json!({"ids": [], "decision": "approve"});
        assert_eq!(world.v2(&dog, Method::POST, "/approvals/decisions", none).await.0, 422);
    }

    async fn the_submitter_hears_of_it_by_mail(engine) {
        let world = world(engine).await;
        let (cat, cats) = world.person("cat", IPAM).await;
        let (dog, dogs) = world.person("dog", &[]).await;
        world.policy(cats, "block.*", "needs_approval", &[dogs]).await;
        let quiet = submitted(&world, &cat, SPLIT).await;
        assert_eq!(world.decide(&dog, quiet, "reject").await["state"], "rejected", "without mail as well");
        let settings = json!({"host": "smtp.example.net", "security": "starttls", "from": "noc@example.net"});
        let (status, set) = world.v2(&world.root, Method::PUT, "/settings/mail", settings).await;
        assert_eq!(status, 200, "{set}");
        let (rejected, done) = (submitted(&world, &cat, SPLIT).await, submitted(&world, &cat, SPLIT).await);
        world.decide(&dog, rejected, "reject").await;
        let mail = world.mails(1).await.remove(0);
        assert_eq!((&*mail.to, mail.subject), ("cat@example.net", format!("Platbook: request {rejected} was rejected")));
        assert!(mail.body.contains("dog rejected it: since I say so") && mail.body.contains("Split a block"), "{}", mail.body);
        world.decide(&dog, done, "approve").await;
        let mail = world.mails(2).await.remove(1);
        assert_eq!(mail.subject, format!("Platbook: request {done} was approved and done"));
    }
}
