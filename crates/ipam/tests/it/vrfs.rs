//! VRFs: the same addresses in several routing tables.

use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{World, world};

async fn vrf(world: &World, name: &str) -> i64 {
    let reply = world.post("/ipam/vrfs", json!({ "name": name })).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    reply.body["id"].as_i64().unwrap()
}

async fn add(world: &World, cidr: &str, vrf: i64) -> i64 {
    let reply = world.post("/ipam/netblocks", json!({ "cidr": cidr, "rir": "1918", "vrf_id": vrf })).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    reply.body["id"].as_i64().unwrap()
}

on_both! {
    async fn no_vrf_is_a_row_and_others_have_distinguishers(engine) {
        let world = world(engine).await;
        let none = json!({ "id": 1, "name": "No VRF", "route_distinguisher": null, "notes": null, "is_default": true });
        assert_eq!(world.get("/ipam/vrfs").await.body, json!([none]));
        let new = json!({ "name": "red", "route_distinguisher": "65000:0100" });
        let red = world.post("/ipam/vrfs", new.clone()).await;
        assert_eq!((red.status, &red.body["route_distinguisher"]), (201, &json!("65000:100")));
        let same = json!({ "name": "blue", "route_distinguisher": "65000:100" });
        let refused = world.post("/ipam/vrfs", same).await.refusal();
        assert_eq!(refused, (409, "route_distinguisher: 65000:100 is that of the VRF \"red\"".to_owned()));
        assert_eq!(world.post("/ipam/vrfs", new).await.status, 409);
        assert_eq!(world.delete("/ipam/vrfs/1").await.status, 409);
        assert_eq!(world.patch("/ipam/vrfs/1", json!({ "route_distinguisher": "1:1" })).await.status, 409);
        let path = format!("/ipam/vrfs/{}", red.body["id"]);
        assert_eq!(world.patch(&path, json!({ "route_distinguisher": null })).await.body["route_distinguisher"], Value::Null);
        assert_eq!(world.delete(&path).await.status, 204);
    }

    async fn overlaps_are_looked_for_within_a_vrf(engine) {
        let world = world(engine).await;
        let (red, blue) = (vrf(&world, "red").await, vrf(&world, "blue").await);
        for vrf in [1, red, blue] {
            add(&world, "10.0.0.0/24", vrf).await;
        }
        let again = json!({ "cidr": "10.0.0.128/25", "rir": "1918", "vrf_id": red });
        assert_eq!(world.post("/ipam/netblocks", again).await.status, 409);
        let unknown = json!({ "cidr": "10.0.0.0/24", "rir": "1918", "vrf_id": 99 });
        let refused = world.post("/ipam/netblocks", unknown).await.refusal();
        assert_eq!(refused, (422, "vrf_id: No VRF found with ID: 99".to_owned()));
        assert_eq!(world.listed("cidr=10.0.0.0/24").await.len(), 3);
        let one = world.get(&format!("/ipam/netblocks?address=10.0.0.7&vrf_id={blue}")).await.body;
        assert_eq!((one.as_array().unwrap().len(), &one[0]["vrf_id"]), (1, &json!(blue)));
        world.is_sound().await;
    }

    async fn no_search_goes_into_another_vrf(engine) {
        let world = world(engine).await;
        let to = world.holder("Acme").await;
        let red = vrf(&world, "red").await;
        let root = add(&world, "10.0.0.0/24", red).await;
        let smart = async |more: Value| {
            let mut body = json!({ "resource_id": to, "type": "ipv4", "mask": 26 });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            world.put("/ipam/netblocks/smart_assign", body).await
        };
        assert_eq!(smart(json!({})).await.status, 409, "who says nothing means No VRF");
        let form = format!("action=smartAssign&type=ipv4&mask=26&rir=1918&resourceId={to}");
        assert!(world.refused(&form).await.starts_with("mask: No free ipv4 block"));
        add(&world, "10.0.0.0/25", 1).await;
        let found = smart(json!({ "vrf_id": red })).await.body;
        assert_eq!((&found["cidr"], &found["vrf_id"]), (&json!("10.0.0.0/26"), &json!(red)));
        assert_eq!(smart(json!({})).await.body["vrf_id"], 1);
        assert_eq!(smart(json!({ "top_aggregate": root })).await.body["vrf_id"], red, "an aggregate is in one VRF");
        let direct = json!({ "resource_id": to, "vrf_id": red });
        let found = world.put("/ipam/netblocks/10.0.0.128/26/direct_assign", direct).await;
        assert_eq!((found.status, &found.body[0]["vrf_id"]), (200, &json!(red)));
        world.is_sound().await;
    }

    async fn a_whole_aggregate_changes_its_vrf(engine) {
        let world = world(engine).await;
        let to = world.holder("Acme").await;
        let red = vrf(&world, "red").await;
        let root = add(&world, "10.0.0.0/24", 1).await;
        world.assign("10.0.0.0/26", to).await;
        let part = world.id("10.0.0.0/25").await;
        let refused = world.patch(&format!("/ipam/netblocks/{part}"), json!({ "vrf_id": red })).await.refusal();
        assert_eq!(refused.0, 409);
        assert!(refused.1.ends_with("its VRF is that of the whole aggregate"), "{refused:?}");
        assert_eq!(world.patch(&format!("/ipam/netblocks/{root}"), json!({ "vrf_id": red })).await.body["vrf_id"], red);
        assert_eq!(world.block("10.0.0.0/26").await["vrf_id"], red);
        assert_eq!(world.delete(&format!("/ipam/vrfs/{red}")).await.status, 409);
        add(&world, "10.0.0.0/24", 1).await;
        let refused = world.patch(&format!("/ipam/netblocks/{root}"), json!({ "vrf_id": null })).await.refusal();
        assert_eq!(refused.0, 409, "there it would be a duplicate");
        world.is_sound().await;
    }
}
