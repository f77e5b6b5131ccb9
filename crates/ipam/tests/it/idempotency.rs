//! A write of API v2 that carries an `Idempotency-Key` is done once: whoever sends it again, because the answer was lost
//! on its way, gets the same answer.

use axum::http::Method;
use kernel::Actor;
use serde_json::{Value, json};
use testkit::{actor, on_both};

use crate::world::{Reply, World, world};

async fn send(world: &World, who: &Actor, key: &str, method: Method, path: &str, body: &Value) -> Reply {
    let bytes = if body.is_null() { String::new() } else { body.to_string() };
    world.send_v2(who, method, path, Some(key), bytes).await
}

on_both! {
    async fn every_write_is_done_once(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.tags(&["old"]).await;
        for n in 0..8 {
            world.add(&format!("10.0.{n}.0/24"), "").await;
        }
        world.assign("10.0.3.0/24", acme).await;
        world.done("action=split&block=10.0.4.0/24").await;
        world.assign("10.0.5.0/24", acme).await;
        world.done("action=unassign&block=10.0.5.0/24").await;
        world.assign("10.0.7.0/24", acme).await;
        world.done("action=unassign&block=10.0.7.0/24").await;
        world.at("2026-06-01 00:00:00");
        world.assign("10.0.1.128/25", acme).await;
        world.done("action=unassign&block=10.0.1.128/25").await;
        let block = |n: u8, action: &str| format!("/ipam/netblocks/10.0.{n}.0/24{action}");
        for (n, (method, path, body)) in [
            (Method::POST, "/ipam/netblocks".to_owned(), json!({"cidr": "10.9.0.0/24", "rir": "1918"})),
            (
                Method::PUT,
                "/ipam/netblocks/smart_assign".to_owned(),
                json!({"resource_id": acme, "type": "ipv4", "mask": 30, "rir": "1918"}),
            ),
            (Method::PUT, block(2, "/direct_assign"), json!({"resource_id": acme})),
            (Method::PUT, block(3, "/unassign"), json!({"skip_holding": true})),
            (Method::PUT, "/ipam/netblocks/10.0.4.0/25/aggregate".to_owned(), json!({})),
            (Method::PUT, block(5, "/override_holding"), Value::Null),
            (Method::PUT, block(6, "/split"), json!({"limit": 4})),
            (Method::PATCH, block(0, ""), json!({"notes": "x", "tags": ["old"], "tags_action": "add"})),
            (Method::PUT, "/ipam/holding_tank/process".to_owned(), json!({})),
            (Method::DELETE, "/ipam/netblocks/10.9.0.0/24".to_owned(), Value::Null),
            (Method::POST, "/ipam/tags".to_owned(), json!({"name": "new"})),
            (Method::DELETE, "/ipam/tags/new".to_owned(), Value::Null),
            (Method::POST, "/ipam/regions".to_owned(), json!({"code": "SFO"})),
            (Method::POST, "/ipam/rirs".to_owned(), json!({"value": "1918-SJC"})),
        ]
        .into_iter()
        .enumerate()
        {
            let key = format!("key-{n}");
            let first = send(&world, &world.root, &key, method.clone(), &path, &body).await;
            assert!(first.status < 300, "{method} {path}: {first:?}");
            let before = world.get("/ipam/netblocks?limit=1000").await.body;
            let second = send(&world, &world.root, &key, method.clone(), &path, &body).await;
            assert_eq!((second.status, &second.body), (first.status, &first.body), "{method} {path}");
            assert_eq!(world.get("/ipam/netblocks?limit=1000").await.body, before, "{method} {path}");
        }
        world.is_sound().await;
    }

    async fn the_same_answer_comes_even_when_the_block_has_changed_since(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("10.0.0.0/24", "").await;
        let body = json!({"resource_id": acme, "type": "ipv4", "mask": 28, "rir": "1918"});
        let first = send(&world, &world.root, "k", Method::PUT, "/ipam/netblocks/smart_assign", &body).await;
        world.done("action=unassign&block=10.0.0.0/28&skipHolding=true").await;
        let second = send(&world, &world.root, "k", Method::PUT, "/ipam/netblocks/smart_assign", &body).await;
        assert_eq!(second.body, first.body);
        assert_eq!(world.block("10.0.0.0/28").await["state"], "available");
    }

    async fn a_key_stands_for_one_request_of_one_person(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("10.0.0.0/24", "").await;
        let smart = |mask: u8| json!({"resource_id": acme, "type": "ipv4", "mask": mask, "rir": "1918"});
        let path = "/ipam/netblocks/smart_assign";
        assert_eq!(send(&world, &world.root, "k", Method::PUT, path, &smart(28)).await.body["cidr"], "10.0.0.0/28");
        let other = send(&world, &world.root, "k", Method::PUT, path, &smart(29)).await;
        let misused = "Idempotency-Key: this key was used with another request before; use a new key for each request";
        assert_eq!(other.refusal(), (422, misused.to_owned()));
        let other =
            send(&world, &world.root, "k", Method::PUT, "/ipam/netblocks/10.0.0.0/28/unassign", &json!({})).await;
        assert_eq!(other.refusal(), (422, misused.to_owned()), "another path is another request");
        let ann = actor("ann").administrator();
        assert_eq!(send(&world, &ann, "k", Method::PUT, path, &smart(28)).await.body["cidr"], "10.0.0.16/28");
        assert_eq!(send(&world, &world.root, "l", Method::PUT, path, &smart(28)).await.body["cidr"], "10.0.0.32/28");
        world.is_sound().await;
    }

    async fn a_refused_request_may_be_sent_again_with_its_key(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        let body = json!({"resource_id": acme, "type": "ipv4", "mask": 28, "rir": "1918"});
        let path = "/ipam/netblocks/smart_assign";
        assert_eq!(send(&world, &world.root, "k", Method::PUT, path, &body).await.status, 409);
        world.add("10.0.0.0/24", "").await;
        assert_eq!(send(&world, &world.root, "k", Method::PUT, path, &body).await.status, 200);
    }

    async fn a_key_that_is_none_is_refused(engine) {
        let world = world(engine).await;
        world.add("10.0.0.0/24", "").await;
        let rule = "Idempotency-Key: must be 1 to 200 printable ASCII characters, and be given once";
        for key in ["", "a\tb", &"k".repeat(201)] {
            let reply =
                send(&world, &world.root, key, Method::PUT, "/ipam/netblocks/10.0.0.0/24/split", &Value::Null).await;
            assert_eq!(reply.refusal(), (422, rule.to_owned()), "{key:?}");
        }
        assert_eq!(world.leaves("10.0.0.0/24").await.len(), 1);
    }

    async fn an_answer_is_kept_for_a_day(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("10.0.0.0/24", "").await;
        let body = json!({"resource_id": acme, "type": "ipv4", "mask": 28, "rir": "1918"});
        let path = "/ipam/netblocks/smart_assign";
        let first = send(&world, &world.root, "k", Method::PUT, path, &body).await.body;
        world.clock.advance(std::time::Duration::from_hours(23));
        assert_eq!(send(&world, &world.root, "k", Method::PUT, path, &body).await.body, first);
    }
}
