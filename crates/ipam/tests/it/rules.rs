//! Rules keep positions of blocks back from everybody.

use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{World, cidrs, world};

/// A rule that keeps the first two addresses and the last one back.
async fn gateways(world: &World) -> i64 {
    rule(world, "gateways", json!([1, 2, 0])).await
}

async fn rule(world: &World, name: &str, positions: Value) -> i64 {
    let reply = world.post("/ipam/rules", json!({ "name": name, "positions": positions })).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    reply.body["id"].as_i64().unwrap()
}

/// What a smart assign of RFC 1918 space gives.
async fn smart(world: &World, mask: u8, to: kernel::ResourceId) -> Result<String, (u16, String)> {
    let body = json!({ "resource_id": to, "type": "ipv4", "rir": "1918", "mask": mask });
    let reply = world.put("/ipam/netblocks/smart_assign", body).await;
    if reply.status == 200 { Ok(reply.body["cidr"].as_str().unwrap().to_owned()) } else { Err(reply.refusal()) }
}

async fn direct(world: &World, cidr: &str, to: kernel::ResourceId) -> Result<(), (u16, String)> {
    let reply = world.put(&format!("/ipam/netblocks/{cidr}/direct_assign"), json!({ "resource_id": to })).await;
    if reply.status == 200 { Ok(()) } else { Err(reply.refusal()) }
}

on_both! {
    async fn rules_are_added_changed_and_deleted(engine) {
        let world = world(engine).await;
        let id = gateways(&world).await;
        let path = format!("/ipam/rules/{id}");
        assert_eq!(
            world.get(&path).await.body,
            json!({ "id": id, "name": "gateways", "positions": [1, 2, 0] })
        );
        let reply = world.patch(&path, json!({ "name": "ends", "positions": [0, 1, 1, -1] })).await;
        assert_eq!(reply.body, json!({ "id": id, "name": "ends", "positions": [0, 1, -1] }));
        let other = rule(&world, "brackets", json!([1])).await;
        let names = |list: &Value| -> Vec<String> {
            list.as_array().unwrap().iter().map(|rule| rule["name"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names(&world.get("/ipam/rules").await.body), ["brackets", "ends"]);
        for (body, message) in [
            (json!({ "name": "ends", "positions": [1] }), format!("name: the rule {id} has the name \"ends\" already")),
            (json!({ "name": " ", "positions": [1] }), "name: must not be empty".to_owned()),
            (json!({ "name": "x", "positions": [] }), "positions: must be 1 to 256 positions".to_owned()),
            (
                json!({ "name": "x", "positions": [4_294_967_297_i64] }),
                "positions: 4294967297 is too far from either end; use -4294967296 to 4294967296".to_owned(),
            ),
        ] {
            assert_eq!(world.post("/ipam/rules", body).await.refusal().1, message);
        }
        assert_eq!(world.delete(&format!("/ipam/rules/{other}")).await.status, 204);
        assert_eq!(names(&world.get("/ipam/rules").await.body), ["ends"]);
        assert_eq!(world.get("/ipam/rules/999").await.refusal(), (404, "No rule found with ID: 999".to_owned()));
    }

    async fn no_search_gives_away_what_a_rule_keeps_back(engine) {
        let world = world(engine).await;
        let to = world.holder("Acme").await;
        world.add("10.0.0.0/29", "").await;
        let id = gateways(&world).await;
        let reply = world.patch("/ipam/netblocks/10.0.0.0/29", json!({ "rule_id": id })).await;
        assert_eq!(reply.body["rule_id"], id, "{reply:?}");
        let mut found = Vec::new();
        while let Ok(cidr) = smart(&world, 32, to).await {
            found.push(cidr);
        }
        assert_eq!(found, ["10.0.0.2/32", "10.0.0.3/32", "10.0.0.4/32", "10.0.0.5/32", "10.0.0.6/32"]);
        assert_eq!(
            world.leaves("10.0.0.0/29").await.iter().filter(|leaf| leaf.contains("available")).count(),
            2,
            "10.0.0.0/31 and 10.0.0.7/32 are left"
        );
        world.is_sound().await;
        assert_eq!(
            world.get("/ipam/netblocks/10.0.0.0/29/first_available").await.refusal(),
            (404, "No address of 10.0.0.0/29 is free".to_owned())
        );
    }

    async fn larger_parts_and_the_whole_block_are_given_away_where_they_may_be(engine) {
        let world = world(engine).await;
        let to = world.holder("Acme").await;
        let id = gateways(&world).await;
        let new = json!({ "cidr": "10.0.0.0/24", "rir": "1918", "rule_id": id });
        assert_eq!(world.post("/ipam/netblocks", new).await.status, 201);
        assert_eq!(world.get("/ipam/netblocks/10.0.0.0/24/first_available").await.body["cidr"], "10.0.0.2/32");
        assert!(smart(&world, 25, to).await.is_err(), "both halves hold a position that is kept back");
        assert_eq!(smart(&world, 26, to).await.unwrap(), "10.0.0.64/26");
        assert_eq!(smart(&world, 26, to).await.unwrap(), "10.0.0.128/26");
        assert_eq!(smart(&world, 31, to).await.unwrap(), "10.0.0.2/31");
        world.post("/ipam/netblocks", json!({ "cidr": "10.0.1.0/24", "rir": "1918", "rule_id": id })).await;
        assert_eq!(smart(&world, 24, to).await.unwrap(), "10.0.1.0/24", "a rule is about the parts of its block");
        world.is_sound().await;
    }

    async fn what_is_named_is_kept_back_as_well(engine) {
        let world = world(engine).await;
        let to = world.holder("Acme").await;
        world.add("10.0.0.0/24", "").await;
        let id = gateways(&world).await;
        world.patch("/ipam/netblocks/10.0.0.0/24", json!({ "rule_id": id })).await;
        for (cidr, what) in [
            ("10.0.0.0/32", "10.0.0.0, which the rule \"gateways\" of 10.0.0.0/24 keeps back (position 1)"),
            ("10.0.0.0/30", "10.0.0.0, which the rule \"gateways\" of 10.0.0.0/24 keeps back (position 1)"),
            ("10.0.0.1/32", "10.0.0.1, which the rule \"gateways\" of 10.0.0.0/24 keeps back (position 2)"),
            ("10.0.0.255/32", "10.0.0.255, which the rule \"gateways\" of 10.0.0.0/24 keeps back (position 0)"),
        ] {
            assert_eq!(direct(&world, cidr, to).await, Err((409, format!("block: {cidr} holds {what}"))));
        }
        assert_eq!(direct(&world, "10.0.0.4/30", to).await, Ok(()));
        let form = format!("action=directAssign&block=10.0.0.1/32&resourceId={to}");
        assert!(world.refused(&form).await.contains("keeps back (position 2)"));
        world.done("action=split&block=10.0.0.128/25&autoSplitToMask=26").await;
        let form = format!("action=directAssign&block=10.0.0.192/26&resourceId={to}");
        assert!(world.refused(&form).await.contains("10.0.0.255"), "also after the block was split");
        world.is_sound().await;
    }

    async fn a_rule_inside_a_rule_goes_first(engine) {
        let world = world(engine).await;
        let to = world.holder("Acme").await;
        world.add("10.0.0.0/28", "").await;
        world.done("action=split&block=10.0.0.0/28").await;
        let (ends, first) = (rule(&world, "ends", json!([1, 0])).await, rule(&world, "second", json!([2])).await);
        world.patch("/ipam/netblocks/10.0.0.8/29", json!({ "rule_id": first })).await;
        world.patch("/ipam/netblocks/10.0.0.0/28", json!({ "rule_id": ends })).await;
        assert_eq!(world.block("10.0.0.0/29").await["rule_id"], Value::Null, "only who carries it shows it");
        assert_eq!(direct(&world, "10.0.0.15/32", to).await, Ok(()), "the outer rule ends where the inner one begins");
        assert_eq!(direct(&world, "10.0.0.9/32", to).await.unwrap_err().0, 409);
        assert_eq!(direct(&world, "10.0.0.0/32", to).await.unwrap_err().0, 409);
        let reply = world.patch("/ipam/netblocks/10.0.0.8/29", json!({ "rule_id": null })).await;
        assert_eq!(reply.body["rule_id"], Value::Null);
        assert_eq!(direct(&world, "10.0.0.9/32", to).await, Ok(()));
        world.patch("/ipam/netblocks/10.0.0.0/28", json!({ "rule_id": null })).await;
        assert_eq!(direct(&world, "10.0.0.0/32", to).await, Ok(()));
        world.is_sound().await;
    }

    async fn blocks_follow_the_positions_of_their_rule(engine) {
        let world = world(engine).await;
        let to = world.holder("Acme").await;
        world.add("10.0.0.0/30", "").await;
        let id = rule(&world, "first", json!([1])).await;
        world.patch("/ipam/netblocks/10.0.0.0/30", json!({ "rule_id": id })).await;
        assert_eq!(smart(&world, 32, to).await.unwrap(), "10.0.0.1/32");
        world.patch(&format!("/ipam/rules/{id}"), json!({ "positions": [3, 0] })).await;
        world.is_sound().await;
        assert_eq!(smart(&world, 32, to).await.unwrap(), "10.0.0.0/32");
        assert!(smart(&world, 32, to).await.is_err());
        let users = world.get(&format!("/ipam/rules/{id}/users")).await;
        assert_eq!(cidrs(&users.body), ["10.0.0.0/30"]);
        assert_eq!(
            world.delete(&format!("/ipam/rules/{id}")).await.refusal(),
            (409, "id: 10.0.0.0/30 carries the rule \"first\"; take it off them first".to_owned())
        );
        world.patch("/ipam/netblocks/10.0.0.0/30", json!({ "rule_id": null })).await;
        assert_eq!(world.delete(&format!("/ipam/rules/{id}")).await.status, 204);
        assert_eq!(smart(&world, 32, to).await.unwrap(), "10.0.0.2/32");
        world.is_sound().await;
    }

    async fn only_an_administrator_keeps_rules_and_unknown_ones_are_refused(engine) {
        let world = world(engine).await;
        let ann = testkit::actor("ann").build();
        let reply = world.v2_as(&ann, axum::http::Method::POST, "/ipam/rules", json!({ "name": "x", "positions": [1] }));
        assert_eq!(reply.await.status, 403);
        world.add("10.0.0.0/30", "").await;
        let reply = world.patch("/ipam/netblocks/10.0.0.0/30", json!({ "rule_id": 7 })).await;
        assert_eq!(reply.refusal(), (422, "rule_id: No rule found with ID: 7".to_owned()));
        let new = json!({ "cidr": "10.0.1.0/30", "rir": "1918", "rule_id": "7" });
        let reply = world.post("/ipam/netblocks", new).await;
        assert_eq!(reply.refusal(), (422, "rule_id: No rule found with ID: 7".to_owned()));
    }
}
