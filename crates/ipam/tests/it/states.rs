//! The states of a block, and what a split makes of it: provable through either door.

use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{World, world};

/// One block in each state.
async fn one_of_each(world: &World) -> kernel::ResourceId {
    let acme = world.holder("Acme").await;
    for n in 0..5 {
        world.add(&format!("10.0.{n}.0/24"), "").await;
    }
    world.assign("10.0.1.0/24", acme).await;
    world.pool("10.0.2.0/24", acme).await;
    world.assign("10.0.3.0/24", acme).await;
    world.done("action=unassign&block=10.0.3.0/24").await;
    world.done("action=split&block=10.0.4.0/24").await;
    acme
}

on_both! {
    async fn each_state_shows_its_holder_and_whether_it_is_used_up(engine) {
        let world = world(engine).await;
        let acme = one_of_each(&world).await.0;
        for (cidr, state, holder, name, assigned, pieces, leaf) in [
            ("10.0.0.0/24", "available", 2, "Available", false, false, true),
            ("10.0.1.0/24", "assigned", acme, "Acme", true, false, true),
            ("10.0.2.0/24", "pool", acme, "Acme", false, true, true),
            ("10.0.3.0/24", "holding", 3, "Holding", false, false, true),
            ("10.0.4.0/24", "split", 2, "Available", false, false, false),
        ] {
            let new = world.block(cidr).await;
            assert_eq!(new["state"], state, "{cidr}");
            assert_eq!((&new["resource_id"], &new["resource_name"]), (&json!(holder), &json!(name)), "{cidr}");
            assert_eq!(new["assigned"], assigned, "{cidr}");
            assert_eq!(new["allow_sub_assignments"], pieces, "{cidr}");
            assert_eq!(new["is_aggregate"], leaf, "{cidr}: is_aggregate means \"is not split\"");
            let old = &world.done(&format!("action=get&block={cidr}")).await["data"][0];
            assert_eq!((&old["custid"], &old["resource_id"]), (&json!(holder), &json!(holder)), "{cidr}");
            assert_eq!(old["is_assigned"], i32::from(assigned), "{cidr}");
            assert_eq!(old["allowSubAssignments"], pieces, "{cidr}");
            assert_eq!(old["is_aggregate"], i32::from(leaf), "{cidr}");
        }
        world.is_sound().await;
    }

    async fn attributes_do_not_change_the_state(engine) {
        let world = world(engine).await;
        one_of_each(&world).await;
        world.tags(&["Customer"]).await;
        world.region("SFO", "San Francisco").await;
        for (cidr, state) in [
            ("10.0.0.0/24", "available"),
            ("10.0.1.0/24", "assigned"),
            ("10.0.2.0/24", "pool"),
            ("10.0.3.0/24", "holding"),
            ("10.0.4.0/24", "split"),
        ] {
            let form = format!("action=update&block={cidr}&region=SFO&tags=Customer&notes=x&code=y&vlan=7&asn=64500");
            world.done(&form).await;
            let block = world.block(cidr).await;
            assert_eq!(
                (&block["state"], &block["region"], &block["notes"]),
                (&json!(state), &json!("SFO"), &json!("x"))
            );
        }
        world.is_sound().await;
    }

    async fn the_time_of_the_assignment_survives_the_tank_and_ends_with_it(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("10.0.0.0/24", "").await;
        let times = async || {
            let block = world.block("10.0.0.0/24").await;
            (block["assign_time"].clone(), block["last_update_time"].clone())
        };
        assert_eq!(times().await, (Value::Null, Value::Null));
        world.at("2026-02-01 08:00:00");
        world.assign("10.0.0.0/24", acme).await;
        assert_eq!(times().await, (json!("2026-02-01 08:00:00"), json!("2026-02-01 08:00:00")));
        world.at("2026-02-02 09:00:00");
        world.done("action=unassign&block=10.0.0.0/24").await;
        assert_eq!(times().await, (json!("2026-02-01 08:00:00"), json!("2026-02-02 09:00:00")));
        world.at("2026-02-03 10:00:00");
        world.done("action=overrideHolding&block=10.0.0.0/24").await;
        assert_eq!(times().await, (Value::Null, json!("2026-02-03 10:00:00")));
    }

    async fn halves_know_their_parent_and_their_aggregate_and_inherit_everything_else(engine) {
        let world = world(engine).await;
        world.tags(&["Customer"]).await;
        world.region("SFO", "San Francisco").await;
        let acme = world.holder("Acme").await;
        let root = world
            .post(
                "/ipam/netblocks",
                json!({
                    "cidr": "10.0.0.0/24", "rir": "ARIN", "tags": ["Customer"], "vlan_id": 7, "region_id": "SFO",
                    "asn": 64500, "code": "DC1", "notes": "racks", "lir_id": 12, "meta1": "a", "meta10": "j",
                    "resource_id": acme, "allow_sub_assignments": true,
                }),
            )
            .await
            .body;
        world.done("action=split&block=10.0.0.0/24&autoSplitToMask=26").await;
        let (whole, half) = (world.block("10.0.0.0/24").await, world.block("10.0.0.0/25").await);
        let quarter = world.block("10.0.0.64/26").await;
        assert_eq!(whole["id"], root["id"], "a block keeps its id when it is split");
        assert_eq!((&whole["top_aggregate"], &whole["parent"]), (&Value::Null, &Value::Null));
        assert_eq!((&half["top_aggregate"], &half["parent"]), (&root["id"], &root["id"]));
        assert_eq!((&quarter["top_aggregate"], &quarter["parent"]), (&root["id"], &half["id"]));
        assert_eq!((&whole["child1"], &half["child2"]), (&half["id"], &quarter["id"]));
        assert_eq!((&quarter["child1"], &quarter["child2"]), (&Value::Null, &Value::Null));
        for key in [
            "rir",
            "tags",
            "vlan_id",
            "region",
            "asn",
            "generic_code",
            "notes",
            "lir_id",
            "meta1",
            "meta10",
            "resource_id",
            "allow_sub_assignments",
            "assign_time",
        ] {
            assert_eq!(quarter[key], root[key], "{key}");
            assert_ne!(quarter[key], Value::Null, "{key}");
        }
        assert_eq!(quarter["state"], "pool");
    }

    /// A day in the life of a tree, in both families: leaves always tile it exactly.
    async fn the_leaves_tile_the_aggregate(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("2001:db8::/32", "").await;
        world.assign("2001:db8:0:7::/64", acme).await;
        let leaves = world.get("/ipam/netblocks/2001:db8::/32/children?limit=1000").await.body;
        let mut next: u128 = "42540766411282592856903984951653826560".parse().unwrap();
        for leaf in leaves.as_array().unwrap() {
            let number = |key: &str| leaf[key].as_str().unwrap().parse::<u128>().unwrap();
            assert_eq!(number("address"), next);
            next = number("end_address") + 1;
        }
        assert_eq!(next, 42_540_766_411_282_592_856_903_984_951_653_826_560 + (1 << 96));
        assert_eq!(leaves.as_array().unwrap().len(), 33, "one for each level of the path, and the /64 itself");
        world.is_sound().await;
    }
}
