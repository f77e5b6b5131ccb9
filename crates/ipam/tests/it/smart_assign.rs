//! Smart assign: the best free block that fits what is asked for.

use kernel::ResourceId;
use serde_json::json;
use testkit::on_both;

use crate::world::{World, world};

/// The block that `Acme` gets.
async fn smart(world: &World, acme: ResourceId, mask: u8, more: &str) -> String {
    let form = format!("action=smartAssign&type=ipv4&rir=1918&mask={mask}&resourceId={acme}&{more}");
    world.done(&form).await["data"]["cidr"].as_str().unwrap().to_owned()
}

async fn nothing(world: &World, acme: ResourceId, mask: u8, more: &str) -> String {
    let form = format!("action=smartAssign&type=ipv4&rir=1918&mask={mask}&resourceId={acme}&{more}");
    world.refused(form).await
}

on_both! {
    async fn the_smallest_block_that_is_large_enough_is_taken_and_the_lowest_of_those(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        for cidr in ["10.0.0.0/16", "10.3.0.0/29", "10.2.0.0/24", "10.1.0.0/24"] {
            world.add(cidr, "").await;
        }
        assert_eq!(smart(&world, acme, 24, "").await, "10.1.0.0/24");
        assert_eq!(smart(&world, acme, 24, "").await, "10.2.0.0/24");
        assert_eq!(smart(&world, acme, 30, "").await, "10.3.0.0/30", "a /29 is enough for a /30");
        assert_eq!(smart(&world, acme, 29, "").await, "10.0.0.0/29", "a /30 is not enough for a /29");
        assert_eq!(smart(&world, acme, 30, "").await, "10.3.0.4/30");
        assert_eq!(smart(&world, acme, 17, "").await, "10.0.128.0/17");
        world.is_sound().await;
    }

    async fn a_block_is_split_at_its_low_end_and_no_further_than_needed(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("10.0.0.0/24", "").await;
        smart(&world, acme, 27, "").await;
        assert_eq!(
            world.leaves("10.0.0.0/24").await,
            [
                "10.0.0.0/27 assigned Acme",
                "10.0.0.32/27 available Available",
                "10.0.0.64/26 available Available",
                "10.0.0.128/25 available Available",
            ]
        );
        world.is_sound().await;
    }

    async fn the_pieces_keep_the_attributes(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.tags(&["Customer"]).await;
        world.region("SFO", "San Francisco").await;
        world.add("10.0.0.0/24", "region=SFO&tags=Customer&vlan=7&code=DC1&asn=64500&notes=racks").await;
        smart(&world, acme, 30, "region=SFO&tags=Customer").await;
        for cidr in ["10.0.0.0/30", "10.0.0.4/30", "10.0.0.128/25"] {
            let block = world.block(cidr).await;
            assert_eq!((&block["region"], &block["tags"]), (&json!("SFO"), &json!(["Customer"])), "{cidr}");
            assert_eq!((&block["vlan_id"], &block["generic_code"]), (&json!(7), &json!("DC1")), "{cidr}");
            assert_eq!((&block["asn"], &block["notes"]), (&json!(64500), &json!("racks")), "{cidr}");
        }
    }

    async fn only_what_matches_is_taken(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.tags(&["Customer", "VPN"]).await;
        world.region("SFO", "San Francisco").await;
        world.add("10.0.0.0/24", "").await;
        world.add("10.0.1.0/24", "region=SFO").await;
        world.add("10.0.2.0/24", "vlan=7").await;
        world.add("10.0.3.0/24", "code=DC1").await;
        world.add("10.0.4.0/24", "tags=Customer").await;
        world.add("10.0.5.0/24", "tags=Customer,VPN").await;
        world.add("10.0.6.0/24", "").await;
        world.done("action=update&block=10.0.6.0/24&lirId=12").await;
        assert_eq!(smart(&world, acme, 32, "region=SFO").await, "10.0.1.0/32");
        assert_eq!(smart(&world, acme, 32, "vlan=7").await, "10.0.2.0/32");
        assert_eq!(smart(&world, acme, 32, "code=DC1").await, "10.0.3.0/32");
        assert_eq!(smart(&world, acme, 32, "lirId=12").await, "10.0.6.0/32");
        assert_eq!(smart(&world, acme, 32, "tags=Customer").await, "10.0.4.0/32");
        assert_eq!(smart(&world, acme, 32, "tags=VPN").await, "10.0.5.0/32", "all of the given tags, and perhaps more");
        assert_eq!(smart(&world, acme, 26, "tags=Customer,VPN&tagsMode=strict").await, "10.0.5.64/26");
        assert_eq!(smart(&world, acme, 24, "tags=Customer,VPN&tagsMode=exclude").await, "10.0.0.0/24");
        assert_eq!(smart(&world, acme, 25, "tags=Customer,VPN&tagsMode=union").await, "10.0.4.128/25");
        assert!(
            nothing(&world, acme, 24, "region=SFO&vlan=7").await
                .starts_with("mask: No free ipv4 block of 1918 of /24 or larger matches; free or add space, or ask for less. ")
        );
        let form = format!("action=smartAssign&type=ipv4&rir=ARIN&mask=24&resourceId={acme}");
        assert!(
            world.refused(form).await
                .starts_with("mask: No free ipv4 block of ARIN of /24 or larger matches; free or add space, or ask for less. ")
        );
        world.is_sound().await;
    }

    async fn held_space_is_never_given_out(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("10.0.0.0/24", "").await;
        world.assign("10.0.0.0/24", acme).await;
        world.done("action=unassign&block=10.0.0.0/24").await;
        for from in ["", "assignedResourceId=ignore"] {
            assert!(nothing(&world, acme, 32, from).await.starts_with("mask: No free ipv4 block"), "{from}");
        }
        assert!(nothing(&world, acme, 32, "assignedResourceId=3").await.starts_with("mask: No free ipv4 block"));
    }

    async fn pools_are_used_only_when_they_are_asked_for(engine) {
        let world = world(engine).await;
        let (acme, bolt, cord) = (world.holder("Acme").await, world.holder("Bolt").await, world.holder("Cord").await);
        world.add("10.0.0.0/24", "").await;
        world.add("10.0.1.0/25", "").await;
        world.add("10.0.2.0/24", "").await;
        world.pool("10.0.0.0/24", acme).await;
        world.pool("10.0.1.0/25", bolt).await;
        assert_eq!(smart(&world, cord, 26, "").await, "10.0.2.0/26", "Available only");
        assert_eq!(smart(&world, cord, 26, &format!("assignedResourceId={acme}")).await, "10.0.0.0/26");
        assert_eq!(smart(&world, cord, 26, &format!("assignedResourceId={bolt}")).await, "10.0.1.0/26");
        assert_eq!(smart(&world, cord, 27, "assignedResourceId=ignore").await, "10.0.0.64/27", "the best fit anywhere");
        assert_eq!(smart(&world, cord, 25, "assignedResourceId=Ignore").await, "10.0.0.128/25");
        assert_eq!(smart(&world, cord, 25, "assignedResourceId=ignore").await, "10.0.2.128/25");
        assert!(
            nothing(&world, cord, 24, &format!("assignedResourceId={bolt}")).await
                .starts_with("mask: No free ipv4 block of 1918 of /24 or larger matches in the pool of the given resource; free or add space, or ask for less. ")
        );
        assert!(
            nothing(&world, cord, 24, "assignedResourceId=ignore").await
                .starts_with("mask: No free ipv4 block of 1918 of /24 or larger matches in any pool; free or add space, or ask for less. ")
        );
        world.is_sound().await;
    }

    async fn a_block_may_be_assigned_as_a_pool(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("10.0.0.0/24", "").await;
        smart(&world, acme, 25, "allowSubAssignments=true").await;
        assert_eq!(world.leaves("10.0.0.0/25").await, ["10.0.0.0/25 pool Acme"]);
    }

    async fn ipv6_is_assigned_without_making_its_subnets(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("2001:db8::/32", "").await;
        let form = format!("action=smartAssign&type=IPv6&rir=1918&mask=64&resourceId={acme}");
        assert_eq!(world.done(&form).await["data"]["cidr"], "2001:db8::/64");
        assert_eq!(world.done(&form).await["data"]["cidr"], "2001:db8:0:1::/64");
        let reply = world
            .put(
                "/ipam/netblocks/smart_assign",
                json!({"resource_id": acme, "type": "ipv6", "mask": 128, "rir": "1918"}),
            )
            .await;
        assert_eq!(reply.body["cidr"], "2001:db8:0:2::/128");
        assert!(world.get("/ipam/netblocks?limit=1000").await.body.as_array().unwrap().len() < 200);
        world.is_sound().await;
    }

    async fn v2_takes_an_aggregate_tags_in_two_forms_and_numbers_as_texts(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.tags(&["a", "b"]).await;
        let region = world.post("/ipam/regions", json!({"code": "SFO"})).await.body["id"].clone();
        world.add("10.0.0.0/24", "tags=a,b&region=SFO&vlan=7").await;
        let second = world.add("10.0.1.0/24", "tags=a,b&region=SFO&vlan=7").await;
        let assign = async |more: serde_json::Value| {
            let mut body = json!({"resource_id": acme.to_string(), "type": "ipv4", "rir": "1918", "mask": "28"});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let reply = world.put("/ipam/netblocks/smart_assign", body).await;
            assert_eq!(reply.status, 200, "{reply:?}");
            reply.body
        };
        assert_eq!(assign(json!({"tags": "a,b"})).await["cidr"], "10.0.0.0/28");
        assert_eq!(assign(json!({"tags": ["b", "a"], "tags_mode": "strict"})).await["cidr"], "10.0.0.16/28");
        assert_eq!(assign(json!({"top_aggregate": second})).await["cidr"], "10.0.1.0/28");
        assert_eq!(assign(json!({"top_aggregate": second.to_string(), "vlan": "7"})).await["cidr"], "10.0.1.16/28");
        assert_eq!(assign(json!({"region_id": region})).await["cidr"], "10.0.0.32/28");
        assert_eq!(assign(json!({"region_id": "SFO"})).await["cidr"], "10.0.0.48/28");
        let named = assign(json!({"meta1": "rack 7", "meta10": "x"})).await;
        assert_eq!((&named["meta1"], &named["meta10"], &named["meta2"]), (&json!("rack 7"), &json!("x"), &json!(null)));
    }

    /// Many at once get different blocks, whichever door they come through.
    async fn no_two_requests_get_the_same_block(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("10.0.0.0/24", "").await;
        let form = format!("action=smartAssign&type=ipv4&rir=1918&mask=29&resourceId={acme}");
        let calls = (0..40).map(|_| world.v1(&form));
        let answers = futures_util::future::join_all(calls).await;
        let (done, refused): (Vec<_>, Vec<_>) =
            answers.iter().partition(|answer| answer.starts_with(r#"{"success":1"#));
        assert_eq!((done.len(), refused.len()), (32, 8), "a /24 has 32 blocks of /29");
        let leaves = world.leaves("10.0.0.0/24").await;
        assert_eq!(leaves.len(), 32);
        assert!(leaves.iter().all(|leaf| leaf.ends_with("/29 assigned Acme")));
        world.is_sound().await;
    }

    async fn what_is_missing_or_unknown_is_refused_by_name(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("10.0.0.0/24", "").await;
        let whole = format!("type=ipv4&rir=1918&mask=29&resourceId={acme}");
        for (parameter, rule) in [("type", "is required"), ("rir", "is required"), ("mask", "is required")] {
            let left: Vec<_> = whole.split('&').filter(|pair| !pair.starts_with(parameter)).collect();
            let form = format!("action=smartAssign&{}", left.join("&"));
            assert_eq!(world.refused(form).await, format!("{parameter}: {rule}"));
        }
        for (more, message) in [
            (
                "resourceId=",
                "resourceId, resourceQuery, resourceHolderId: exactly one of these must be given, and none was",
            ),
            (
                "resourceQuery={}",
                "resourceId, resourceQuery, resourceHolderId: only one of these may be given, but there are resourceId and resourceQuery",
            ),
            ("resourceId=99999", "resourceId: No resource found with ID: 99999"),
            ("resourceId=2", "resourceId: \"Available\" is a system resource; blocks get there by being unassigned"),
            ("type=ipv5", "type: \"ipv5\" is neither ipv4 nor ipv6"),
            ("mask=33", "mask: 33 is not a mask; use 0 to 32"),
            ("mask=-1", "mask: -1 is not a mask; use 0 to 32"),
            ("rir=NIC", "rir: \"NIC\" is not in the list of RIRs; use one of ARIN, 1918, AfriNIC, APNIC, LACNIC, RIPE"),
            ("region=SFO", "region: \"SFO\" is not in the list of regions; add it to the list first"),
            ("tagsMode=some", "tagsMode: \"some\" is no mode; use strict, exclude, intersection or union"),
            (
                "assignedResourceId=nobody",
                "assignedResourceId: \"nobody\" is neither the id of a resource nor \"ignore\"",
            ),
            ("assignedResourceId=99999", "assignedResourceId: No resource found with ID: 99999"),
        ] {
            assert_eq!(world.refused(format!("action=smartAssign&{whole}&{more}")).await, message);
        }
        assert_eq!(world.leaves("10.0.0.0/24").await.len(), 1);
    }
}
