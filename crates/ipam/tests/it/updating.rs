//! Changing what is known of blocks, of one, of several, and of all below them.

use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{World, world};

/// 10.0.0.0/24, half of it held by Acme, the other half a pool of Acme in quarters.
async fn fixture(world: &World) {
    world.tags(&["Customer", "VPN", "PTP"]).await;
    world.region("SFO", "San Francisco").await;
    let acme = world.holder("Acme").await;
    world.add("10.0.0.0/24", "tags=VPN").await;
    world.assign("10.0.0.0/25", acme).await;
    world.pool("10.0.0.128/25", acme).await;
    world.done("action=split&block=10.0.0.128/25").await;
}

const ALL: [&str; 5] = ["10.0.0.0/24", "10.0.0.0/25", "10.0.0.128/25", "10.0.0.128/26", "10.0.0.192/26"];

async fn each(world: &World, key: &str) -> Vec<Value> {
    let mut values = Vec::new();
    for cidr in ALL {
        values.push(world.block(cidr).await[key].clone());
    }
    values
}

on_both! {
    async fn an_update_changes_the_named_block_alone(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        world.done("action=update&block=10.0.0.0/24&region=SFO&rir=ARIN").await;
        assert_eq!(each(&world, "region").await, [json!("SFO"), Value::Null, Value::Null, Value::Null, Value::Null]);
        assert_eq!(each(&world, "rir").await, ["ARIN", "1918", "1918", "1918", "1918"]);
        world.is_sound().await;
    }

    async fn an_aggregate_can_not_become_a_duplicate_by_a_change_of_its_rir(engine) {
        let world = world(engine).await;
        let whole = world.add("10.0.0.0/24", "").await;
        let id = world.done("action=add&block=10.0.0.0/25&rir=ARIN").await["id"].clone();
        let why = format!("rir: 10.0.0.0/25 can't be of the RIR 1918: it would overlap 10.0.0.0/24 ({whole}) of that RIR");
        assert_eq!(world.refused(format!("action=update&id={id}&rir=1918")).await, why);
        world.done(&format!("action=update&id={id}&rir=RIPE")).await;
        world.done(&format!("action=update&id={whole}&rir=1918&code=same")).await;
        world.is_sound().await;
    }

    async fn a_part_of_another_rir_is_no_way_to_a_duplicate_either(engine) {
        let world = world(engine).await;
        world.add("10.0.0.0/24", "").await;
        world.done("action=split&block=10.0.0.0/24").await;
        let half = world.done("action=update&block=10.0.0.128/25&rir=LACNIC").await["data"]["id"].clone();
        for (block, what) in [
            ("10.0.0.128/25", "exists already: 10.0.0.128/25"),
            ("10.0.0.192/26", "overlaps a block that exists already: 10.0.0.128/25"),
            ("10.0.0.0/16", "overlaps a block that exists already: 10.0.0.128/25"),
        ] {
            let why = world.refused(format!("action=add&block={block}&rir=LACNIC")).await;
            assert!(why.starts_with(&format!("block: {block} {what} ({half}) of the RIR LACNIC")), "{why}");
        }
        world.done("action=add&block=10.0.0.0/25&rir=LACNIC").await;
        let whole = world.done("action=get&block=10.0.0.0/24").await["data"][0]["id"].clone();
        let why = world.refused(format!("action=update&id={whole}&propagate=true&rir=LACNIC")).await;
        assert!(why.starts_with("rir: 10.0.0.0/24 can't be of the RIR LACNIC: it would overlap 10.0.0.0/25 ("), "{why}");
        let again = world.done("action=add&block=10.0.0.0/24&rir=1918&allowDuplicate=true").await["id"].clone();
        world.done(&format!("action=update&id={again}&rir=1918&notes=on+purpose")).await;
        world.is_sound().await;
    }

    async fn propagation_gives_the_named_attributes_to_everything_below(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        world.done("action=update&block=10.0.0.192/26&code=own").await;
        let form =
            "action=update&block=10.0.0.0/24&propagate=true&rir=ARIN&region=SFO&vlan=7&asn=64500&lirId=12&notes=racks";
        world.done(form).await;
        for (key, value) in [
            ("rir", json!("ARIN")),
            ("region", json!("SFO")),
            ("vlan_id", json!(7)),
            ("asn", json!(64500)),
            ("lir_id", json!(12)),
            ("notes", json!("racks")),
        ] {
            assert_eq!(each(&world, key).await, [&value; 5].map(Clone::clone), "{key}");
        }
        let own = json!("own");
        assert_eq!(each(&world, "generic_code").await[4], own, "what is not named stays as it is");
        world.is_sound().await;
    }

    async fn propagation_never_changes_who_holds_what(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        let before = world.leaves("10.0.0.0/24").await;
        world.done("action=update&block=10.0.0.128/25&propagate=true&code=DC1").await;
        assert_eq!(world.leaves("10.0.0.0/24").await, before);
        let reply =
            world.patch("/ipam/netblocks/10.0.0.0/25", json!({"propagate": true, "allow_sub_assignments": true})).await;
        assert_eq!(reply.body["state"], "pool");
        assert_eq!(each(&world, "allow_sub_assignments").await, [false, true, true, true, true]);
        world.is_sound().await;
    }

    async fn propagation_treats_each_blocks_own_tags(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        world.done("action=update&block=10.0.0.192/26&tags=PTP").await;
        world.done("action=update&block=10.0.0.128/25&propagate=true&tags=Customer&tags_action=add").await;
        let tags = each(&world, "tags").await;
        assert_eq!(tags[0], json!(["VPN"]));
        assert_eq!(tags[2], json!(["Customer", "VPN"]));
        assert_eq!(tags[4], json!(["Customer", "PTP"]));
        world
            .patch(
                "/ipam/netblocks/10.0.0.128/25",
                json!({"propagate": true, "tags": ["VPN"], "tags_action": "delete"}),
            )
            .await;
        assert_eq!(
            each(&world, "tags").await[2..],
            [json!(["Customer"]), json!(["Customer"]), json!(["Customer", "PTP"])]
        );
        world.patch("/ipam/netblocks/10.0.0.128/25", json!({"propagate": true, "tags": ["PTP"]})).await;
        assert_eq!(each(&world, "tags").await[2..], [json!(["PTP"]), json!(["PTP"]), json!(["PTP"])]);
        world.is_sound().await;
    }

    async fn what_is_sent_empty_is_cleared(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        let full = "action=update&block=10.0.0.0/24&region=SFO&vlan=7&asn=64500&lirId=12&notes=racks&code=DC1";
        world.done(full).await;
        world.done("action=update&block=10.0.0.0/24&region=&vlan=&asn=&lirId=&notes=&code=").await;
        let block = world.block("10.0.0.0/24").await;
        for key in ["region", "vlan_id", "asn", "lir_id", "notes", "generic_code"] {
            assert_eq!(block[key], Value::Null, "v1 {key}");
        }
        world.done(full).await;
        let body =
            json!({"region_id": null, "vlan_id": null, "asn": null, "lir_id": null, "notes": null, "code": null});
        let block = world.patch("/ipam/netblocks/10.0.0.0/24", body).await.body;
        for key in ["region", "vlan_id", "asn", "lir_id", "notes", "generic_code"] {
            assert_eq!(block[key], Value::Null, "v2 {key}");
        }
    }

    /// The official client of API v2 sends ids as texts, and an empty text for none.
    async fn v2_takes_ids_as_texts(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        let body = json!({"cidr": "10.9.0.0/24", "rir": "1918", "vlan_id": "7", "lir_id": "12", "region_id": "SFO", "asn": "64500", "resource_id": ""});
        let block = world.post("/ipam/netblocks", body).await;
        assert_eq!(block.status, 201, "{block:?}");
        let kept =
            |block: &Value| ["vlan_id", "lir_id", "region", "asn", "resource_name"].map(|key| block[key].clone());
        assert_eq!(kept(&block.body), [json!(7), json!(12), json!("SFO"), json!(64500), json!("Available")]);
        let body = json!({"vlan_id": "8", "lir_id": "", "region_id": "", "asn": "AS64501"});
        let block = world.patch("/ipam/netblocks/10.9.0.0/24", body).await;
        assert_eq!(block.status, 200, "{block:?}");
        assert_eq!(kept(&block.body), [json!(8), Value::Null, Value::Null, json!(64501), json!("Available")]);
    }

    async fn metadata_is_kept_column_by_column(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        let path = "/ipam/netblocks/10.0.0.0/24";
        world.patch(path, json!({"meta1": "a", "meta2": "b"})).await;
        let block = world.patch(path, json!({"meta2": "c", "meta10": "j"})).await.body;
        assert_eq!((&block["meta1"], &block["meta2"], &block["meta10"]), (&json!("a"), &json!("c"), &json!("j")));
        let block = world.patch(path, json!({"meta1": null, "meta2": ""})).await.body;
        assert_eq!((&block["meta1"], &block["meta2"], &block["meta10"]), (&Value::Null, &Value::Null, &json!("j")));
    }

    async fn sub_assignments_are_allowed_and_forbidden_while_the_block_is_whole(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        world.done("action=update&block=10.0.0.0/25&allowSubAssignments=true").await;
        assert_eq!(world.leaves("10.0.0.0/25").await, ["10.0.0.0/25 pool Acme"]);
        world.done("action=update&block=10.0.0.0/25&allowSubAssignments=false").await;
        assert_eq!(world.leaves("10.0.0.0/25").await, ["10.0.0.0/25 assigned Acme"]);
        world.done("action=unassign&block=10.0.0.0/25").await;
        for (cidr, sub, why) in [
            (
                "10.0.0.128/25",
                false,
                "sub-assignments can't be allowed or forbidden on 10.0.0.128/25 while it is split",
            ),
            (
                "10.0.0.0/25",
                true,
                "sub-assignments can't be allowed or forbidden on 10.0.0.0/25 while it is in the holding tank",
            ),
        ] {
            let refused = world.refused(format!("action=update&block={cidr}&allowSubAssignments={sub}")).await;
            assert_eq!(refused, format!("allowSubAssignments: {why}"));
            let reply = world.patch(&format!("/ipam/netblocks/{cidr}"), json!({"allow_sub_assignments": sub})).await;
            assert_eq!(reply.refusal(), (409, format!("allow_sub_assignments: {why}")));
        }
        world.is_sound().await;
    }

    async fn of_several_blocks_all_are_changed_or_none(engine) {
        let world = world(engine).await;
        fixture(&world).await;
        assert_eq!(
            world.refused("action=update&block=10.0.0.0/25,10.7.0.0/24&notes=x").await,
            "No block found: 10.7.0.0/24"
        );
        assert_eq!(world.block("10.0.0.0/25").await["notes"], Value::Null);
    }

    async fn an_update_that_changes_nothing_leaves_no_trace(engine) {
        let world = world(engine).await;
        world.add("10.0.0.0/24", "vlan=7").await;
        world.at("2026-02-01 00:00:00");
        world.done("action=update&block=10.0.0.0/24&vlan=7").await;
        assert_eq!(world.block("10.0.0.0/24").await["last_update_time"], Value::Null);
    }
}
