//! Direct assign: these very blocks, from wherever they are free, to one resource.

use serde_json::json;
use testkit::on_both;

use crate::world::{cidrs, world};

on_both! {
    async fn a_part_of_a_free_block_is_split_out_of_it(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("10.0.0.0/24", "").await;
        world.assign("10.0.0.64/27", acme).await;
        assert_eq!(
            world.leaves("10.0.0.0/24").await,
            [
                "10.0.0.0/26 available Available",
                "10.0.0.64/27 assigned Acme",
                "10.0.0.96/27 available Available",
                "10.0.0.128/25 available Available",
            ]
        );
        world.is_sound().await;
    }

    async fn blocks_are_named_by_lists_of_any_form(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        let mut ids = Vec::new();
        for n in 0..8 {
            ids.push(world.add(&format!("10.0.{n}.0/24"), "").await);
        }
        for blocks in [
            format!("id={},{}", ids[0], ids[1]),
            format!("id=[{},\"{}\"]", ids[2], ids[3]),
            format!("id[]={}&id[]={}", ids[4], ids[5]),
            "block=10.0.6.0/24, 10.0.7.0/24".to_owned(),
        ] {
            let answer = world.done(&format!("action=directAssign&{blocks}&resourceId={acme}")).await;
            assert_eq!(answer["message"], format!("Assigned 2 blocks to Acme ({acme}) via Direct Assign"));
        }
        assert_eq!(world.found(&format!("resourceId={acme}")).await.len(), 8);
    }

    async fn a_json_array_of_one_is_one_block(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        let id = world.add("10.0.0.0/24", "").await;
        let answer = world.done(&format!("action=directAssign&id=[{id}]&resourceId={acme}")).await;
        assert_eq!(
            (&answer["message"], &answer["id"]),
            (&json!(format!("Assigned 10.0.0.0/24 to Acme ({acme})")), &json!(id))
        );
    }

    async fn of_several_blocks_all_are_assigned_or_none(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("10.0.0.0/24", "").await;
        world.add("10.0.1.0/24", &format!("resourceId={acme}")).await;
        let form = format!("action=directAssign&block=10.0.0.0/25,10.0.1.0/24&resourceId={acme}");
        assert_eq!(world.refused(form).await, "block: 10.0.1.0/24 is assigned to \"Acme\"");
        assert_eq!(world.leaves("10.0.0.0/24").await, ["10.0.0.0/24 available Available"]);
        world.is_sound().await;
    }

    async fn the_holder_is_named_by_id_by_a_query_or_by_its_custom_id(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        assert_eq!(world.patch(&format!("/resources/{acme}"), json!({"custom_id": "cust-001"})).await.status, 200);
        for (n, who) in [
            format!("resourceId={acme}"),
            r#"resourceQuery={"custom_id":"cust-001"}"#.to_owned(),
            "resourceQuery[custom_id]=cust-001".to_owned(),
            r#"resourceQuery={"name":"Acme","type":"entry"}"#.to_owned(),
            "resourceHolderId=cust-001".to_owned(),
        ]
        .iter()
        .enumerate()
        {
            world.add(&format!("10.0.{n}.0/24"), "").await;
            let answer = world.done(&format!("action=directAssign&block=10.0.{n}.0/24&{who}")).await;
            assert_eq!(answer["data"]["resource_id"], acme.0, "{who}");
        }
        world.add("10.1.0.0/24", "").await;
        let reply =
            world.put("/ipam/netblocks/10.1.0.0/24/direct_assign", json!({"resource_query": {"name": "Acme"}})).await;
        assert_eq!(reply.body[0]["resource_id"], acme.0);
    }

    async fn a_query_must_find_exactly_one_resource(engine) {
        let world = world(engine).await;
        world.holder("Acme").await;
        world.holder("Bolt").await;
        world.add("10.0.0.0/24", "").await;
        for (query, rule) in [
            (r#"{"type":"entry"}"#, "finds 2 resources; it must find exactly one"),
            (r#"{"name":"Cord"}"#, "finds no resource"),
        ] {
            let form = format!("action=directAssign&block=10.0.0.0/24&resourceQuery={query}");
            assert_eq!(world.refused(form).await, format!("resourceQuery: {rule}"));
            let body = json!({"resource_query": serde_json::from_str::<serde_json::Value>(query).unwrap()});
            let reply = world.put("/ipam/netblocks/10.0.0.0/24/direct_assign", body).await;
            assert_eq!(reply.refusal(), (422, format!("resource_query: {rule}")));
        }
        assert_eq!(
            world.refused("action=directAssign&block=10.0.0.0/24&resourceHolderId=cust-001").await,
            "resourceHolderId: finds no resource"
        );
    }

    async fn filters_are_preconditions_and_the_one_that_is_not_met_is_named(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.tags(&["Customer", "VPN"]).await;
        world.region("SFO", "San Francisco").await;
        world.region("CHI", "Chicago").await;
        world.add("10.0.0.0/24", "region=SFO&vlan=7&code=DC1&tags=Customer").await;
        world.done("action=update&block=10.0.0.0/24&lirId=12").await;
        for (old, new, name, why) in [
            ("rir=ARIN", json!({"rir": "ARIN"}), "rir", "the block's RIR is 1918"),
            ("region=CHI", json!({"region_id": "CHI"}), "region_id", "the block's region is SFO"),
            ("vlan=8", json!({"vlan": 8}), "vlan", "the block's VLAN is 7"),
            ("code=DC2", json!({"code": "DC2"}), "code", "the block's code is DC1"),
            ("lirId=13", json!({"lir_id": 13}), "lir_id", "the block's LIR is 12"),
            ("tags=VPN", json!({"tags": "VPN"}), "tags", "the block's tags are Customer"),
            (
                "tags=Customer&tagsMode=exclude",
                json!({"tags": "Customer", "tags_mode": "exclude"}),
                "tags",
                "the block's tags are Customer",
            ),
        ] {
            let form = format!("action=directAssign&block=10.0.0.0/24&resourceId={acme}&{old}");
            let parameter = old.split('=').next().unwrap();
            assert_eq!(world.refused(form).await, format!("{parameter}: 10.0.0.0/24 does not match: {why}"));
            let mut body = new;
            body["resource_id"] = json!(acme);
            let reply = world.put("/ipam/netblocks/10.0.0.0/24/direct_assign", body).await;
            assert_eq!(reply.refusal(), (422, format!("{name}: 10.0.0.0/24 does not match: {why}")));
            assert_eq!(reply.body["errors"][0]["field"], name);
        }
        world
            .done(&format!("action=directAssign&block=10.0.0.0/24&resourceId={acme}&rir=1918&region=SFO&vlan=7&code=DC1&lirId=12&tags=Customer&tagsMode=strict"))
            .await;
    }

    async fn only_free_space_is_given_away(engine) {
        let world = world(engine).await;
        let (acme, bolt) = (world.holder("Acme").await, world.holder("Bolt").await);
        for n in 0..4 {
            world.add(&format!("10.0.{n}.0/24"), "").await;
        }
        world.assign("10.0.0.0/24", acme).await;
        world.done("action=split&block=10.0.1.0/24").await;
        world.assign("10.0.2.0/24", acme).await;
        world.done("action=unassign&block=10.0.2.0/24").await;
        for (cidr, why) in [
            ("10.0.0.0/24", "block: 10.0.0.0/24 is assigned to \"Acme\""),
            (
                "10.0.0.128/25",
                "block: 10.0.0.128/25 lies in 10.0.0.0/24, which is assigned to \"Acme\" without sub-assignments",
            ),
            ("10.0.1.0/24", "block: 10.0.1.0/24 is split; aggregate it first, or assign the blocks below it"),
            ("10.0.2.0/25", "block: 10.0.2.0/24 is in the holding tank; only the whole of it can be assigned from there"),
        ] {
            let form = format!("action=directAssign&block={cidr}&resourceId={bolt}");
            assert_eq!(world.refused(form).await, why);
            let reply = world.put(&format!("/ipam/netblocks/{cidr}/direct_assign"), json!({"resource_id": bolt})).await;
            assert_eq!(reply.refusal(), (409, why.to_owned()));
        }
        let form = format!("action=directAssign&block=10.7.0.0/24&resourceId={bolt}");
        assert_eq!(world.refused(form).await, "No block found: 10.7.0.0/24");
        world.is_sound().await;
    }

    /// The documented action has no parameter for it: a free block that allows sub-assignments becomes a pool.
    async fn a_block_keeps_whether_pieces_of_it_may_be_given_on(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("10.0.0.0/24", "allowSubAssignments=true").await;
        assert_eq!(world.leaves("10.0.0.0/24").await, ["10.0.0.0/24 available Available"]);
        world.assign("10.0.0.0/24", acme).await;
        assert_eq!(world.leaves("10.0.0.0/24").await, ["10.0.0.0/24 pool Acme"]);
        world.add("10.0.1.0/24", "").await;
        world.assign("10.0.1.0/24", acme).await;
        assert_eq!(world.leaves("10.0.1.0/24").await, ["10.0.1.0/24 assigned Acme"]);
    }

    async fn a_held_block_is_assigned_by_name_before_its_time(engine) {
        let world = world(engine).await;
        let (acme, bolt) = (world.holder("Acme").await, world.holder("Bolt").await);
        world.add("10.0.0.0/24", "").await;
        world.assign("10.0.0.0/24", acme).await;
        world.done("action=unassign&block=10.0.0.0/24").await;
        world.assign("10.0.0.0/24", bolt).await;
        assert_eq!(world.leaves("10.0.0.0/24").await, ["10.0.0.0/24 assigned Bolt"]);
        world.at("2027-01-01 00:00:00");
        assert!(world.v1("action=processHoldingTank").await.contains("0 IPv4 and 0 IPv6"), "it left the tank for good");
        world.is_sound().await;
    }

    async fn a_cidr_that_exists_twice_is_narrowed_by_the_rir(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("10.0.0.0/24", "").await;
        world.done("action=add&block=10.0.0.0/24&rir=ARIN").await;
        let form = format!("action=directAssign&block=10.0.0.0/24&resourceId={acme}");
        assert!(world.refused(&form).await.starts_with("block: 10.0.0.0/24 exists more than once (ids "));
        assert_eq!(world.done(&format!("{form}&rir=ARIN")).await["data"]["rir"], "ARIN");
        assert_eq!(world.found("rir=ARIN&isAssigned=true").await, ["10.0.0.0/24"]);
    }

    async fn the_rir_also_tells_a_block_from_the_larger_free_one_around_it(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("10.0.0.0/16", "").await;
        world.done("action=add&block=10.0.0.0/24&rir=ARIN").await;
        let form = format!("action=directAssign&block=10.0.0.0/24&resourceId={acme}&rir=1918");
        assert_eq!(world.done(&form).await["data"]["rir"], "1918");
        assert_eq!(world.found("isAssigned=true").await, ["10.0.0.0/24"]);
        world.is_sound().await;
    }

    /// `top_aggregate` and `assigned_resource_id` are preconditions like the other filters.
    async fn v2_knows_where_the_block_is_expected_to_come_from(engine) {
        let world = world(engine).await;
        let (acme, bolt) = (world.holder("Acme").await, world.holder("Bolt").await);
        let (root, other) = (world.add("10.0.0.0/24", "").await, world.add("10.0.1.0/24", "").await);
        world.pool("10.0.0.0/24", acme).await;
        let path = "/ipam/netblocks/10.0.0.0/26/direct_assign";
        let reply = world.put(path, json!({"resource_id": bolt, "top_aggregate": other})).await;
        assert_eq!(
            reply.refusal(),
            (422, format!("top_aggregate: 10.0.0.0/26 does not match: its top-level aggregate is {root}"))
        );
        let reply = world.put(path, json!({"resource_id": bolt, "assigned_resource_id": bolt})).await;
        assert_eq!(
            reply.refusal(),
            (422, format!("assigned_resource_id: 10.0.0.0/26 does not match: \"Acme\" ({acme}) holds it"))
        );
        let body = json!({"resource_id": bolt, "top_aggregate": root.to_string(), "assigned_resource_id": acme, "meta1": "rack 7"});
        let reply = world.put(path, body).await;
        assert_eq!((reply.status, cidrs(&reply.body)), (200, vec!["10.0.0.0/26".to_owned()]));
        assert_eq!(reply.body[0]["meta1"], "rack 7");
    }
}
