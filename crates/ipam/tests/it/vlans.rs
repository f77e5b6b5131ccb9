//! VLAN domains, VLANs, and blocks in them.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{World, world};

async fn domain(world: &World, name: &str, range: &str) -> i64 {
    let reply = world.post("/ipam/vlan_domains", json!({ "name": name, "range": range })).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    reply.body["id"].as_i64().unwrap()
}

async fn enable(world: &World, domain: i64, vlan: i64) -> i64 {
    let reply = world.post("/ipam/vlans", json!({ "domain_id": domain, "vlan": vlan })).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    reply.body["id"].as_i64().unwrap()
}

on_both! {
    async fn the_default_domain_is_always_there(engine) {
        let world = world(engine).await;
        let found = world.get("/ipam/vlan_domains").await.body;
        assert_eq!(
            found,
            json!([{ "id": 1, "name": "Default Domain", "range": "extended", "is_default": true, "tags": [] }])
        );
        let refused = world.delete("/ipam/vlan_domains/1").await.refusal();
        assert_eq!(refused, (409, "id: \"Default Domain\" is always there; it may be renamed".to_owned()));
        assert!(domain(&world, "Amsterdam", "standard").await > 1);
    }

    async fn a_domain_has_a_range_and_named_parts_of_it(engine) {
        let world = world(engine).await;
        let tags = json!([{ "name": "customers", "first": 100, "last": 101 }, { "name": "all", "first": 2, "last": 1001 }]);
        let new = json!({ "name": "Amsterdam", "range": "standard", "tags": tags });
        let id = world.post("/ipam/vlan_domains", new).await.body["id"].as_i64().unwrap();
        for reserved in [0, 1, 1002, 1006, 4095] {
            let reply = world.post("/ipam/vlans", json!({ "domain_id": id, "vlan": reserved })).await;
            let rule = format!("vlan: {reserved} is reserved or not in the range of the domain; use 2 to 1001");
            assert_eq!(reply.refusal(), (422, rule));
        }
        let next = json!({ "domain_id": id, "tag": "customers", "name": "Acme" });
        let first = world.post("/ipam/vlans", next.clone()).await;
        assert_eq!((first.status, &first.body["vlan"], &first.body["tags"]), (201, &json!(100), &json!(["customers", "all"])));
        assert_eq!(world.post("/ipam/vlans", next.clone()).await.body["vlan"], 101);
        assert_eq!(
            world.post("/ipam/vlans", next).await.refusal(),
            (409, "vlan: no VLAN of \"Amsterdam\" is left to enable".to_owned())
        );
        assert_eq!(world.post("/ipam/vlans", json!({ "domain_id": id })).await.body["vlan"], 2);
        let listed = world.get(&format!("/ipam/vlans?domain_id={id}&tag=customers")).await.body;
        let numbers: Vec<&Value> = listed.as_array().unwrap().iter().map(|vlan| &vlan["vlan"]).collect();
        assert_eq!(numbers, [100, 101]);
        let extended = json!({ "range": "extended" });
        assert_eq!(world.patch(&format!("/ipam/vlan_domains/{id}"), extended).await.body["range"], "extended");
        enable(&world, id, 4094).await;
        let refused = world.patch(&format!("/ipam/vlan_domains/{id}"), json!({ "range": "standard" })).await.refusal();
        assert_eq!(refused.0, 409);
        assert!(refused.1.starts_with("range: VLAN 4094 is enabled in this domain"), "{refused:?}");
        for (tags, message) in [
            (json!([{ "name": "a", "first": 9, "last": 5 }]), "tags[0].last: must not come before the first one"),
            (json!([{ "name": "a", "first": 0, "last": 5 }]), "tags[0].first: 0 is not in the range of the domain"),
            (
                json!([{ "name": "a", "first": 2, "last": 5 }, { "name": "a", "first": 6, "last": 7 }]),
                "tags[1].name: \"a\" is there twice",
            ),
        ] {
            let refused = world.patch(&format!("/ipam/vlan_domains/{id}"), json!({ "tags": tags })).await.refusal();
            assert!(refused.0 == 422 && refused.1.starts_with(message), "{refused:?}");
        }
    }

    async fn a_block_is_in_a_vlan_of_a_domain(engine) {
        let world = world(engine).await;
        let to = world.holder("Acme").await;
        let (ams, lon) = (domain(&world, "AMS", "extended").await, domain(&world, "LON", "extended").await);
        let vlan = enable(&world, ams, 104).await;
        enable(&world, lon, 104).await;
        world.add("10.0.0.0/24", "vlan=104").await;
        assert_eq!(world.block("10.0.0.0/24").await["vlan_domain_id"], 1, "a number alone means the default domain");
        let patch = |domain: i64, vlan: i64| json!({ "vlan_domain_id": domain, "vlan_id": vlan });
        let refused = world.patch("/ipam/netblocks/10.0.0.0/24", patch(ams, 105)).await.refusal();
        assert_eq!(refused, (422, "vlan_id: VLAN 105 is not enabled in the domain \"AMS\"; enable it first".to_owned()));
        world.patch("/ipam/netblocks/10.0.0.0/24", patch(ams, 104)).await;
        let block = world.block("10.0.0.0/24").await;
        assert_eq!((&block["vlan_id"], &block["vlan_domain_id"]), (&json!(104), &json!(ams)));
        let new = json!({ "cidr": "10.0.1.0/24", "rir": "1918", "vlan_id": 104, "vlan_domain_id": lon });
        assert_eq!(world.post("/ipam/netblocks", new).await.status, 201);
        assert_eq!(world.listed(&format!("vlan=104&vlan_domain_id={lon}")).await, ["10.0.1.0/24"]);
        assert_eq!(world.listed("vlan=104").await, ["10.0.0.0/24", "10.0.1.0/24"], "v1 and v2 know the number as before");
        let body = json!({ "resource_id": to, "type": "ipv4", "mask": 25, "vlan_domain_id": lon });
        assert_eq!(world.put("/ipam/netblocks/smart_assign", body).await.body["cidr"], "10.0.1.0/25");
        let usage = world.get(&format!("/ipam/vlan_domains/{lon}/utilization")).await.body;
        assert_eq!((&usage[0]["vlan"], &usage[0]["usage"]["assigned"], &usage[0]["usage"]["total"]), (&json!(104), &json!("128"), &json!("256")));
        let refused = world.delete(&format!("/ipam/vlans/{vlan}")).await.refusal();
        assert_eq!(refused, (409, "id: 1 blocks are in VLAN 104 of this domain; take them out of it first".to_owned()));
        assert_eq!(world.delete(&format!("/ipam/vlan_domains/{ams}")).await.status, 409);
        world.patch("/ipam/netblocks/10.0.0.0/24", json!({ "vlan_id": null })).await;
        assert_eq!(world.block("10.0.0.0/24").await["vlan_domain_id"], Value::Null);
        assert_eq!(world.delete(&format!("/ipam/vlan_domains/{ams}")).await.status, 204);
        assert_eq!(world.get(&format!("/ipam/vlans/{vlan}")).await.status, 404, "its VLANs go with it");
        world.is_sound().await;
    }

    async fn only_an_administrator_keeps_domains_and_vlans(engine) {
        let world = world(engine).await;
        let ann = testkit::actor("ann").build();
        for (method, path, body) in [
            (Method::POST, "/ipam/vlan_domains", json!({ "name": "x" })),
            (Method::PATCH, "/ipam/vlan_domains/1", json!({ "name": "x" })),
            (Method::POST, "/ipam/vlans", json!({ "domain_id": 1, "vlan": 7 })),
            (Method::POST, "/ipam/vrfs", json!({ "name": "x" })),
        ] {
            assert_eq!(world.v2_as(&ann, method, path, body).await.status, 403, "{path}");
        }
        assert_eq!(world.v2_as(&ann, Method::GET, "/ipam/vlan_domains", Value::Null).await.status, 200);
    }
}
