//! Adding aggregates, what counts as a duplicate, and deleting them again.

use serde_json::json;
use testkit::on_both;

use crate::world::world;

on_both! {
    async fn an_aggregate_may_have_a_holder_from_the_start(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("10.0.0.0/24", &format!("resourceId={acme}")).await;
        world.add("10.0.1.0/24", &format!("resourceId={acme}&allowSubAssignments=true")).await;
        assert_eq!(world.leaves("10.0.0.0/24").await, ["10.0.0.0/24 assigned Acme"]);
        assert_eq!(world.leaves("10.0.1.0/24").await, ["10.0.1.0/24 pool Acme"]);
        assert_eq!(world.block("10.0.1.0/24").await["assign_time"], "2026-01-01 00:00:00");
    }

    async fn the_same_space_of_the_same_rir_is_a_duplicate(engine) {
        let world = world(engine).await;
        let id = world.add("10.0.0.0/16", "").await;
        for (cidr, what) in [
            ("10.0.0.0/16", "exists already"),
            ("10.0.0.0/8", "overlaps an aggregate that exists already"),
            ("10.0.3.0/24", "overlaps an aggregate that exists already"),
        ] {
            let why = format!(
                "{cidr} {what}: 10.0.0.0/16 ({id}) of the RIR 1918. It can be added all the same if duplicates are allowed"
            );
            assert_eq!(world.refused(format!("action=add&block={cidr}&rir=1918")).await, format!("block: {why}"));
            let reply = world.post("/ipam/netblocks", json!({"cidr": cidr, "rir": "1918"})).await;
            assert_eq!(reply.refusal(), (409, format!("cidr: {why}")));
            assert_eq!(reply.body["errors"], json!([{ "field": "cidr", "detail": why }]));
        }
        assert_eq!(world.found("").await, ["10.0.0.0/16"]);
    }

    async fn a_duplicate_is_added_when_that_is_wanted(engine) {
        let world = world(engine).await;
        let first = world.add("10.0.0.0/24", "").await;
        let second = world.add("10.0.0.0/24", "allowDuplicate=true").await;
        let reply = world
            .post("/ipam/netblocks", json!({"cidr": "10.0.0.0/24", "rir": "1918", "allow_duplicate": "true"}))
            .await;
        assert_eq!(reply.status, 201);
        let third = reply.body["id"].as_i64().unwrap();
        let ids = world.done("action=get&block=10.0.0.0/24").await["data"].clone();
        let ids: Vec<_> = ids.as_array().unwrap().iter().map(|block| block["id"].as_i64().unwrap()).collect();
        assert_eq!(ids, [first, second, third]);
        world.is_sound().await;
    }

    async fn each_duplicate_is_a_tree_of_its_own(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        let first = world.add("10.0.0.0/24", "").await;
        let second = world.add("10.0.0.0/24", "allowDuplicate=true").await;
        world.done(&format!("action=split&id={second}")).await;
        world.done(&format!("action=directAssign&id={first}&resourceId={acme}")).await;
        let state = async |id: i64| world.get(&format!("/ipam/netblocks/{id}")).await.body["state"].clone();
        assert_eq!((state(first).await, state(second).await), (json!("assigned"), json!("split")));
        world.is_sound().await;
    }

    async fn a_cidr_that_exists_twice_must_be_named_by_its_id(engine) {
        let world = world(engine).await;
        let first = world.add("10.0.0.0/24", "").await;
        let second = world.add("10.0.0.0/24", "allowDuplicate=true").await;
        let why = format!("block: 10.0.0.0/24 exists more than once (ids {first}, {second}); name one by its id");
        assert_eq!(world.refused("action=update&block=10.0.0.0/24&notes=x").await, why);
        assert_eq!(world.get("/ipam/netblocks/10.0.0.0/24").await.refusal(), (409, why));
    }

    async fn another_rir_is_another_space(engine) {
        let world = world(engine).await;
        world.post("/ipam/rirs", json!({"value": "1918-SJC"})).await;
        world.add("10.0.0.0/8", "").await;
        world.done("action=add&block=10.0.0.0/8&rir=1918-SJC").await;
        world.done("action=add&block=10.2.0.0/16&rir=ARIN").await;
        assert_eq!(world.found("rir=1918-SJC").await, ["10.0.0.0/8"]);
        assert_eq!(world.found("").await, ["10.0.0.0/8", "10.0.0.0/8", "10.2.0.0/16"]);
    }

    async fn names_of_lists_are_taken_in_any_case_and_kept_as_listed(engine) {
        let world = world(engine).await;
        world.region("SFO", "San Francisco").await;
        world.done("action=add&block=10.0.0.0/24&rir=afrinic&region=san francisco").await;
        let block = world.block("10.0.0.0/24").await;
        assert_eq!((&block["rir"], &block["region"]), (&json!("AfriNIC"), &json!("SFO")));
    }

    async fn clients_that_know_rules_may_say_that_there_is_none(engine) {
        let world = world(engine).await;
        let new = |rule| json!({"cidr": "10.0.0.0/24", "rir": "1918", "rule_id": rule});
        let reply = world.post("/ipam/netblocks", new(json!(7))).await;
        assert_eq!(reply.refusal(), (422, "rule_id: No rule found with ID: 7".to_owned()));
        let reply = world.post("/ipam/netblocks", new(json!(""))).await;
        assert_eq!((reply.status, &reply.body["rule_id"], &reply.body["nat"]), (201, &json!(null), &json!(null)));
        let patch = json!({"rule_id": null, "notes": "x"});
        assert_eq!(world.patch("/ipam/netblocks/10.0.0.0/24", patch).await.status, 200);
    }

    async fn only_a_whole_free_aggregate_is_deleted(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("10.0.0.0/24", "").await;
        world.add("10.0.1.0/24", "").await;
        world.add("10.0.2.0/24", "").await;
        world.assign("10.0.0.0/24", acme).await;
        world.done("action=split&block=10.0.1.0/24").await;
        world.assign("10.0.1.0/25", acme).await;
        for (cidr, why) in [
            ("10.0.0.0/24", "block: 10.0.0.0/24 is held by \"Acme\"; unassign it first, or use force=true"),
            (
                "10.0.1.0/24",
                "block: 10.0.1.0/24 is split; aggregate it first, or use force=true to delete all that is below it",
            ),
            ("10.0.1.0/25", "block: 10.0.1.0/25 is part of a larger aggregate; only a top-level aggregate can be deleted"),
        ] {
            assert_eq!(world.refused(format!("action=delete&block={cidr}")).await, why);
            assert_eq!(world.delete(&format!("/ipam/netblocks/{cidr}")).await.refusal(), (409, why.to_owned()));
        }
        assert_eq!(world.delete("/ipam/netblocks/10.0.2.0/24").await.status, 204);
        assert_eq!(world.found("mask=24").await, ["10.0.0.0/24", "10.0.1.0/24"]);
    }

    async fn force_deletes_an_aggregate_with_all_that_is_below_it(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        for cidr in ["10.0.0.0/24", "10.0.1.0/24"] {
            world.add(cidr, "").await;
            world.done(&format!("action=split&block={cidr}&autoSplitToMask=26")).await;
        }
        world.assign("10.0.0.64/26", acme).await;
        world.assign("10.0.1.64/26", acme).await;
        assert_eq!(
            world.done("action=delete&block=10.0.0.0/24&force=true").await["message"],
            "Aggregate deleted: 10.0.0.0/24"
        );
        assert_eq!(world.delete("/ipam/netblocks/10.0.1.0/24?force=true").await.status, 204);
        assert_eq!(world.found("").await, [""; 0]);
        world.is_sound().await;
        world.add("10.0.0.0/24", "").await;
    }

    async fn a_resource_that_holds_blocks_can_not_be_deleted(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("10.0.0.0/24", &format!("resourceId={acme}")).await;
        let (status, why) = world.delete(&format!("/resources/{acme}")).await.refusal();
        assert_eq!(status, 409);
        assert!(why.contains("it holds 1 IP blocks"), "{why}");
        world.done("action=unassign&block=10.0.0.0/24&skipHolding=true").await;
        assert_eq!(world.delete(&format!("/resources/{acme}")).await.status, 204);
    }
}
