//! A smart assign explains what it takes, and what it can't find.

use kernel::ResourceId;
use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{World, world};

async fn fixture(world: &World) -> ResourceId {
    world.region("AMS", "Amsterdam").await;
    world.region("LON", "London").await;
    world.add("10.0.0.0/22", "region=AMS").await;
    world.add("10.0.8.0/24", "region=LON").await;
    world.add("10.0.9.0/24", "region=LON").await;
    world.add("10.0.16.0/26", "region=LON&vlan=7").await;
    world.done("action=add&block=192.0.2.0/24&rir=ARIN").await;
    world.holder("Acme").await
}

fn wanted(to: ResourceId, mask: u8, more: &Value) -> Value {
    let mut body = json!({ "resource_id": to, "type": "ipv4", "rir": "1918", "mask": mask });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

on_both! {
    async fn what_finds_nothing_says_what_left_out_which_space(engine) {
        let world = world(engine).await;
        let to = fixture(&world).await;
        let why = async |mask: u8, more: Value| {
            world.put("/ipam/netblocks/smart_assign", wanted(to, mask, &more)).await.refusal().1
        };
        assert_eq!(
            why(25, json!({ "region_id": "LON", "vlan": 7 })).await,
            "mask: No free ipv4 block of 1918 of /25 or larger matches; free or add space, or ask for less. \
             rir leaves out 1 set of 1 free block (the largest is a /24), \
             region_id leaves out 1 set of 1 free block (the largest is a /22), \
             vlan leaves out 1 set of 2 free blocks (the largest is a /24), \
             mask leaves out 1 set of 1 free block (the largest is a /26)."
        );
        world.put("/ipam/netblocks/10.0.0.0/22/reserve", json!({})).await;
        assert!(why(22, json!({ "region_id": "AMS" })).await.ends_with("reserved leaves out 1 set of 1 free block (the largest is a /22)."));
        let body = json!({ "resource_id": to, "type": "ipv6", "mask": 64 });
        let reply = world.put("/ipam/netblocks/smart_assign", body).await.refusal();
        assert!(reply.1.ends_with("There is no free space there at all."), "{reply:?}");
    }

    async fn what_is_found_is_explained_to_whoever_asks(engine) {
        let world = world(engine).await;
        let to = fixture(&world).await;
        let body = wanted(to, 24, &json!({ "region_id": "LON" }));
        let plain = world.put("/ipam/netblocks/smart_assign", body.clone()).await.body;
        assert!(plain.get("explanation").is_none());
        let reply = world.put("/ipam/netblocks/smart_assign?explain=true", body).await;
        assert_eq!((reply.status, &reply.body["cidr"]), (200, &json!("10.0.9.0/24")));
        let explanation = &reply.body["explanation"];
        assert_eq!((&explanation["sets"], &explanation["blocks"]), (&json!(4), &json!(4)));
        assert_eq!(
            explanation["left_out"],
            json!([
                { "by": "rir", "sets": 1, "blocks": 1, "largest": 24 },
                { "by": "region_id", "sets": 1, "blocks": 1, "largest": 22 },
                { "by": "mask", "sets": 1, "blocks": 1, "largest": 26 },
            ])
        );
        let first = &explanation["candidates"][0];
        assert_eq!((&first["region"], &first["largest"], &first["left_out_by"]), (&json!("LON"), &json!(24), &Value::Null));
        let second = &explanation["candidates"][1];
        assert_eq!((&second["left_out_by"], &second["reason"]), (&json!("region_id"), &json!("the block's region is AMS")));
    }

    async fn a_rule_is_named_where_it_keeps_all_of_it_back(engine) {
        let world = world(engine).await;
        let to = world.holder("Acme").await;
        let rule = world.post("/ipam/rules", json!({ "name": "ends", "positions": [1, 0] })).await.body["id"].clone();
        world.post("/ipam/netblocks", json!({ "cidr": "10.0.0.0/24", "rir": "1918", "rule_id": rule })).await;
        let reply = world.put("/ipam/netblocks/smart_assign", wanted(to, 25, &json!({}))).await;
        assert!(reply.refusal().1.ends_with("rule_id leaves out 1 set of 1 free block (the largest is a /24)."), "{reply:?}");
    }
}
