//! Writes of blocks are shown before they are done, and then done exactly as they were shown.

use std::time::Duration;

use axum::http::{Method, header};
use kernel::{Actor, ResourceId};
use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{Reply, World, cidrs, doors, world};

fn smart(to: ResourceId, mask: u8) -> Value {
    json!({"resource_id": to.0, "type": "ipv4", "mask": mask})
}

const SMART: &str = "/ipam/netblocks/smart_assign";

impl World {
    /// What a write would do.
    async fn shown(&self, method: Method, path: &str, body: Value) -> Value {
        let path = format!("{path}{}dry_run=true", if path.contains('?') { '&' } else { '?' });
        let reply = self.v2_as(&self.root, method, &path, body).await;
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        assert_eq!(reply.headers[header::CONTENT_TYPE], "application/vnd.platbook.dry-run+json");
        reply.body
    }

    async fn commit(&self, method: Method, path: &str, body: Value, shown: &Value) -> Reply {
        let token = shown["commit_token"].as_str().unwrap();
        self.v2_as(&self.root, method, &format!("{path}?commit={token}"), body).await
    }

    async fn all(&self) -> Vec<String> {
        cidrs(&self.get("/ipam/netblocks?limit=1000").await.body)
    }

    async fn log(&self) -> usize {
        let mut tx = self.test.db.read(&self.root).await.unwrap();
        tx.changes(&store::ChangeFilter::default(), 1000).await.unwrap().entries.len()
    }
}

on_both! {
    async fn what_is_shown_is_not_done_until_it_is_committed_and_then_exactly_so(engine) {
        let world = world(engine).await;
        let ann = world.holder("Ann").await;
        world.add("10.0.0.0/22", "").await;
        let (before, log) = (world.all().await, world.log().await);
        let shown = world.shown(Method::PUT, SMART, smart(ann, 24)).await;
        assert_eq!((&shown["status"], &shown["answer"]["cidr"]), (&json!(200), &json!("10.0.0.0/24")));
        assert_eq!((&shown["action"], &shown["needs_approval"]), (&json!("block.smart_assign"), &json!(false)));
        let tables: Vec<_> = shown["changes"].as_array().unwrap().iter().map(|change| &change[0]).collect();
        assert!(tables.len() >= 5 && tables.iter().all(|table| *table == "block"), "{shown}");
        assert_eq!((world.all().await, world.log().await), (before, log), "nothing was written");
        world.is_sound().await;
        // Others go on meanwhile, with ids of their own.
        world.add("192.168.0.0/24", "").await;
        world.assign("192.168.0.0/28", ann).await;
        let done = world.commit(Method::PUT, SMART, smart(ann, 24), &shown).await;
        assert_eq!(done.status, 200, "{done:?}");
        let without_time = |block: &Value| {
            let mut block = block.clone();
            block.as_object_mut().unwrap().retain(|name, _| !name.contains("time") && !name.contains("date"));
            block
        };
        assert_eq!(without_time(&done.body), without_time(&shown["answer"]), "with the same ids");
        assert_eq!(world.block("10.0.0.0/24").await["id"], shown["answer"]["id"]);
        world.is_sound().await;
        // A token is good for once.
        let again = world.commit(Method::PUT, SMART, smart(ann, 24), &shown).await;
        assert_eq!(again.refusal(), (409, "What this preview has shown has been done already.".to_owned()));
        world.is_sound().await;
    }

    async fn it_is_refused_when_what_it_would_change_has_changed(engine) {
        let world = world(engine).await;
        let (ann, bob) = (world.holder("Ann").await, world.holder("Bob").await);
        world.add("10.0.0.0/22", "").await;
        let shown = world.shown(Method::PUT, SMART, smart(ann, 24)).await;
        world.assign("10.0.0.0/25", bob).await;
        let refused = world.commit(Method::PUT, SMART, smart(ann, 24), &shown).await.refusal();
        assert!(refused.0 == 409 && refused.1.starts_with("commit: Nothing was done, since it is not as it was shown: block "), "{refused:?}");
        assert!(refused.1.contains("would be changed as well"), "{refused:?}");
        world.is_sound().await;
        let shown = world.shown(Method::PUT, SMART, smart(ann, 24)).await;
        assert_eq!(shown["answer"]["cidr"], "10.0.1.0/24", "the index has not been misled");
        assert_eq!(world.commit(Method::PUT, SMART, smart(ann, 24), &shown).await.status, 200);
        world.is_sound().await;
    }

    async fn it_is_refused_when_what_it_has_only_read_has_changed(engine) {
        let world = world(engine).await;
        let ann = world.holder("Ann").await;
        world.add("10.0.0.0/22", "").await;
        let shown = world.shown(Method::PUT, SMART, smart(ann, 24)).await;
        assert_eq!(world.patch(&format!("/resources/{ann}"), json!({"name": "Anne"})).await.status, 200);
        let refused = world.commit(Method::PUT, SMART, smart(ann, 24), &shown).await.refusal();
        assert_eq!(refused.0, 409);
        assert!(refused.1.contains(&format!("resource {ann} has been changed")), "{refused:?}");
        assert_eq!(world.all().await, ["10.0.0.0/22"]);
        world.is_sound().await;
    }

    async fn a_token_is_good_for_one_request_of_one_person_within_an_hour(engine) {
        let world = world(engine).await;
        let ann = world.holder("Ann").await;
        world.add("10.0.0.0/22", "").await;
        let shown = world.shown(Method::PUT, SMART, smart(ann, 24)).await;
        let token = shown["commit_token"].as_str().unwrap();
        let path = format!("{SMART}?commit={token}");
        let other: Actor = testkit::actor("zoe").administrator();
        let of_other = world.v2_as(&other, Method::PUT, &path, smart(ann, 24)).await.refusal();
        let of_other_body = world.put(&path, smart(ann, 25)).await.refusal();
        let unknown = world.put(&format!("{SMART}?commit=0123"), smart(ann, 24)).await.refusal();
        world.clock.advance(Duration::from_secs(3_601));
        let late = world.put(&path, smart(ann, 24)).await.refusal();
        for (status, text) in [of_other, of_other_body, unknown, late] {
            assert!(status == 409 && text.starts_with("commit: There is no preview of this request"), "{text}");
        }
        let both = world.put(&format!("{path}&dry_run=true"), smart(ann, 24)).await.refusal();
        assert_eq!(both, (422, "commit: either dry_run or commit can be given, and once".to_owned()));
        let odd = world.put(&format!("{SMART}?dry_run=maybe"), smart(ann, 24)).await.refusal();
        assert_eq!(odd, (422, "dry_run: must be true or false".to_owned()));
        let on_get = world.get("/ipam/netblocks?dry_run=true").await;
        assert_eq!(on_get.status, 422, "nothing is written there");
        assert_eq!(world.put(&format!("{SMART}?dry_run=false"), smart(ann, 24)).await.body["cidr"], "10.0.0.0/24");
        world.is_sound().await;
    }

    async fn what_would_be_refused_is_refused_in_the_same_words(engine) {
        let world = world(engine).await;
        let ann = world.holder("Ann").await;
        let real = world.put(SMART, smart(ann, 24)).await.refusal();
        assert_eq!(world.put(&format!("{SMART}?dry_run=true"), smart(ann, 24)).await.refusal(), real);
        let nobody = testkit::actor("eve").nobody();
        let path = format!("{SMART}?dry_run=true");
        let unseen = world.v2_as(&nobody, Method::PUT, &path, smart(ann, 24)).await;
        assert_eq!(unseen.refusal(), world.v2_as(&nobody, Method::PUT, SMART, smart(ann, 24)).await.refusal());
        world.is_sound().await;
    }

    async fn a_dry_run_uses_up_no_idempotency_key_and_a_commit_can_be_repeated_with_one(engine) {
        let world = world(engine).await;
        let ann = world.holder("Ann").await;
        world.add("10.0.0.0/22", "").await;
        let send = async |query: &str| {
            let body = smart(ann, 24).to_string();
            world.send_v2(&world.root, Method::PUT, &format!("{SMART}?{query}"), Some("k"), body).await
        };
        let shown = send("dry_run=true").await.body;
        let commit = format!("commit={}", shown["commit_token"].as_str().unwrap());
        let done = send(&commit).await;
        assert_eq!(done.status, 200, "{done:?}");
        let again = send(&commit).await;
        assert_eq!((again.status, &again.body["id"]), (200, &done.body["id"]), "{again:?}");
        assert_eq!(send("").await.body["id"], done.body["id"]);
        world.is_sound().await;
    }

    async fn every_kind_of_change_of_blocks_is_shown_and_leaves_the_index_as_it_was(engine) {
        let world = world(engine).await;
        let ann = world.holder("Ann").await;
        world.add("10.0.0.0/22", "").await;
        world.assign("10.0.0.0/24", ann).await;
        world.tags(&["a"]).await;
        let before = world.all().await;
        let put = Method::PUT;
        for (method, path, body) in [
            (Method::POST, "/ipam/netblocks", json!({"cidr": "172.16.0.0/16", "rir": "1918"})),
            (put.clone(), "/ipam/netblocks/10.0.2.0/23/split", json!({})),
            (put.clone(), "/ipam/netblocks/10.0.2.0/24/direct_assign", json!({"resource_id": ann.0})),
            (put.clone(), "/ipam/netblocks/10.0.0.0/24/unassign", json!({"skip_holding": true})),
            (put.clone(), "/ipam/netblocks/10.0.0.0/24/unassign", json!({})),
            (Method::PATCH, "/ipam/netblocks/10.0.2.0/23", json!({"tags": ["a"], "code": "x"})),
        ] {
            let shown = world.shown(method.clone(), path, body.clone()).await;
            assert_ne!(shown["changes"], json!([]), "{path}: {shown}");
            assert_eq!(world.all().await, before, "{path}");
            world.is_sound().await;
        }
        let shown = world.shown(put.clone(), "/ipam/netblocks/10.0.2.0/23/split", json!({})).await;
        let done = world.commit(put, "/ipam/netblocks/10.0.2.0/23/split", json!({}), &shown).await;
        assert_eq!(done.status, 200, "{done:?}");
        world.is_sound().await;
    }
}

/// On the engine of several nodes, any of them takes a token, and each keeps its index.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_on_one_node_is_committed_on_another() {
    let mut world = world(testkit::Engine::Postgres).await;
    let ann = world.holder("Ann").await;
    world.add("10.0.0.0/22", "").await;
    let shown = world.shown(Method::PUT, SMART, smart(ann, 24)).await;
    let other = world.test.second_node().await;
    let first = std::mem::replace(&mut world.v2, doors(&other).1);
    let done = world.commit(Method::PUT, SMART, smart(ann, 24), &shown).await;
    assert_eq!((done.status, &done.body["id"]), (200, &shown["answer"]["id"]), "{done:?}");
    world.is_sound().await;
    assert_eq!(ipam::check(&other, &world.root).await.unwrap(), [""; 0]);
    world.v2 = first;
    assert_eq!(world.put(SMART, smart(ann, 24)).await.body["cidr"], "10.0.1.0/24");
}
