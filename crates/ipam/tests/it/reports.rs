//! Options and reports beyond the documented examples: what counts as what, filters, parts, both families.

use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{World, world};

/// A /24 with a quarter in each state: assigned, pool, holding, available.
async fn four_quarters(world: &World) -> [kernel::ResourceId; 2] {
    world.tags(&["Customer"]).await;
    world.region("SFO", "San Francisco").await;
    let holders = [world.holder("Acme").await, world.holder("Bolt").await];
    let [acme, bolt] = holders;
    world.add("10.0.0.0/24", "region=SFO&tags=Customer&code=DC1&vlan=7").await;
    world.assign("10.0.0.0/26", acme).await;
    world.pool("10.0.0.64/26", bolt).await;
    world.assign("10.0.0.128/26", acme).await;
    world.done("action=unassign&block=10.0.0.128/26").await;
    holders
}

fn keys(answer: &Value, keys: &[&str]) -> Vec<Value> {
    keys.iter().map(|key| answer[key].clone()).collect()
}

const HOSTS: [&str; 5] = ["totalHosts", "hostsAssigned", "hostsAllocated", "hostsAvailable", "hostsInHolding"];

on_both! {
    async fn utilization_counts_a_pool_as_available_and_allocated(engine) {
        let world = world(engine).await;
        let [acme, bolt] = four_quarters(&world).await;
        let old = world.done("action=utilization&block=10.0.0.0/24").await;
        assert_eq!(keys(&old, &HOSTS), ["256", "64", "64", "128", "64"]);
        assert_eq!(
            keys(&old, &["availablePercentage", "assignedPercentage", "allocatedPercentage", "inHoldingPercentage"]),
            ["50.00", "25.00", "25.00", "25.00"]
        );
        assert_eq!(
            keys(&old, &["totalBlocks", "blocksAssigned", "blocksAllocated", "blocksAvailable", "blocksInHolding"]),
            [json!(4), json!(1), json!(1), json!("2"), json!("1")]
        );
        assert_eq!(
            old["resources"],
            json!([
                {"id": acme, "name": "Acme", "type": "entry", "hosts": "64", "blocks": "1", "percentage": "25.00"},
                {"id": bolt, "name": "Bolt", "type": "entry", "hosts": "64", "blocks": "1", "percentage": "25.00"},
            ])
        );
        let new = world.get("/ipam/netblocks/10.0.0.0/24/utilization").await.body;
        assert_eq!(
            new["usage"],
            json!({"unit": "addresses", "total": "256", "assigned": "64", "available": "128", "allocated": "64",
                "holding": "64", "assigned_percentage": 25.0, "blocks": 4})
        );
        assert_eq!(
            new["resources"][0],
            json!({"id": acme, "name": "Acme", "hosts": "64", "blocks": 1, "percentage": 25.0})
        );
    }

    async fn utilization_of_one_mask_counts_the_leaves_of_that_mask(engine) {
        let world = world(engine).await;
        four_quarters(&world).await;
        world.done("action=split&block=10.0.0.192/26").await;
        let old = world.done("action=utilization&block=10.0.0.0/24&mask=27").await;
        assert_eq!(keys(&old, &HOSTS), [json!("64"), json!(0), json!(0), json!("64"), json!(0)]);
        assert_eq!(
            keys(&old, &["totalBlocks", "blocksInHolding", "blocksAvailablePercentage"]),
            [json!(2), Value::Null, json!("100.00")]
        );
        assert_eq!(world.get("/ipam/netblocks/10.0.0.0/24/utilization?mask=26").await.body["usage"]["blocks"], 3);
        let none = world.done("action=utilization&block=10.0.0.0/24&mask=30").await;
        assert_eq!(
            keys(&none, &["totalBlocks", "totalHosts", "availablePercentage"]),
            [json!(0), json!(0), json!("0.00")]
        );
    }

    async fn host_utilization_is_filtered_by_several_values(engine) {
        let world = world(engine).await;
        four_quarters(&world).await;
        world.region("CHI", "Chicago").await;
        world.tags(&["PTP"]).await;
        world.add("10.1.0.0/24", "region=CHI&tags=Customer,PTP&code=DC2&vlan=8").await;
        world.done("action=add&block=10.2.0.0/24&rir=ARIN").await;
        for (filter, total) in [
            ("", "768"),
            ("rir=ARIN", "256"),
            ("region=SFO", "256"),
            (r#"region=["SFO","CHI"]"#, "512"),
            (r#"code=["DC1","DC2"]"#, "512"),
            ("vlan=[7,8]", "512"),
            ("vlan=8", "256"),
            ("tags=Customer", "512"),
            (r#"tags=["Customer","PTP"]"#, "256"),
        ] {
            let answer = world.done(&format!("action=getHostUtilization&type=IPv4&{filter}")).await;
            assert_eq!(answer["totalHosts"], total, "{filter}");
        }
        assert_eq!(world.refused("action=getHostUtilization").await, "type: is required");
        assert_eq!(world.get("/ipam/utilization?type=ipv4&region_id=SFO").await.body["usage"]["total"], "256");
        assert_eq!(world.get("/ipam/utilization?type=ipv6").await.body["usage"]["total"], "0");
        assert_eq!(world.get("/ipam/utilization").await.refusal(), (422, "type: is required".to_owned()));
    }

    async fn the_mask_report_counts_a_pool_as_assigned_and_allocated(engine) {
        let world = world(engine).await;
        let [acme, _] = four_quarters(&world).await;
        world.region("CHI", "Chicago").await;
        let report =
            async |filter: &str| world.done(&format!("action=maskReport&{filter}")).await["data"]["IPv4"].clone();
        let counts = ["total", "available", "assigned", "holding", "allocated"];
        let numbers = |numbers: [i64; 5]| numbers.map(|n| json!(n)).to_vec();
        assert_eq!(keys(&report("").await, &counts), numbers([256, 64, 128, 64, 64]));
        assert_eq!(keys(&report("").await["prefixes"]["26"], &counts), numbers([256, 64, 128, 64, 64]));
        assert_eq!(keys(&report(&format!("resource_id={acme}")).await, &counts), numbers([64, 0, 64, 0, 0]));
        assert_eq!(keys(&report("tags=Customer&regions=CHI,SFO").await, &counts), numbers([256, 64, 128, 64, 64]));
        assert_eq!(keys(&report("regions=CHI").await, &counts), numbers([0; 5]));
        assert_eq!(report("regions=CHI").await["prefixes"], json!({}));
        let new = world.get("/ipam/mask_report?regions=SFO").await.body;
        assert_eq!(
            new[0]["masks"][0],
            json!({"mask": 26, "usage": {"unit": "addresses", "total": "256", "assigned": "64",
            "available": "128", "allocated": "64", "holding": "64", "assigned_percentage": 25.0, "blocks": 4}})
        );
        assert_eq!(
            world.refused("action=maskReport&resource_id=99999").await,
            "resource_id: No resource found with ID: 99999"
        );
        assert_eq!(
            world.get("/ipam/mask_report?resource_id=99999").await.refusal(),
            (422, "resource_id: No resource found with ID: 99999".to_owned())
        );
    }

    async fn ipv6_is_counted_in_subnets_and_a_part_of_one_counts_as_one(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("2001:db8::/62", "").await;
        world.assign("2001:db8::/64", acme).await;
        world.assign("2001:db8:0:1::1/128", acme).await;
        let answer = world.done("action=getHostUtilization&type=ipv6").await;
        assert_eq!(keys(&answer, &["totalHosts", "hostsAssigned", "assignedPercentage"]), ["4", "2", "25.00"]);
        let report = world.done("action=maskReport").await["data"]["IPv6"].clone();
        assert_eq!(
            (&report["total"], &report["assigned"], &report["assigned_percentage"]),
            (&json!(4), &json!(2), &json!(25))
        );
        assert_eq!(report["prefixes"]["128"]["assigned_percentage"], 50);
    }

    async fn options_are_what_can_be_done(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("10.0.0.0/30", "").await;
        world.add("10.0.1.0/24", &format!("resourceId={acme}")).await;
        world.add("2001:db8::/48", "").await;
        world.add("10.0.9.9/32", "").await;
        let options = async |cidr: &str| {
            let id = world.id(cidr).await;
            let old = world.done(&format!("action=getOptions&id={id}")).await["options"].clone();
            let new = world.get(&format!("/ipam/netblocks/{cidr}/options")).await.body;
            assert_eq!(new["actions"], old["actions"]);
            let masks =
                old["templates"].as_array().unwrap().first().map_or(json!([]), |template| template["masks"].clone());
            assert_eq!(new["split_masks"], masks);
            (old["actions"].clone(), masks)
        };
        assert_eq!(options("10.0.0.0/30").await, (json!([]), json!([31, 32])), "a root has nothing to be merged into");
        assert_eq!(options("10.0.1.0/24").await, (json!([]), json!([])), "assigned");
        assert_eq!(options("10.0.9.9/32").await, (json!([]), json!([])));
        assert_eq!(
            options("2001:db8::/48").await,
            (json!([]), json!([52, 56, 60, 64, 126, 127, 128])),
            "the usual sizes"
        );
        world.done("action=split&block=10.0.0.0/30").await;
        assert_eq!(options("10.0.0.0/30").await, (json!([]), json!([])), "split");
        assert_eq!(options("10.0.0.0/31").await, (json!(["aggregate"]), json!([32])));
        world.assign("10.0.0.2/31", acme).await;
        assert_eq!(options("10.0.0.0/31").await, (json!([]), json!([32])), "its sibling is assigned");
    }
}
