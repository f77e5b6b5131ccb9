//! Sparse allocation of IPv6.

use kernel::ResourceId;
use serde_json::json;
use testkit::on_both;

use crate::world::{World, world};

/// What the next smart assigns of a /35 give.
async fn next(world: &World, to: ResourceId, many: usize) -> Vec<String> {
    let mut found = Vec::new();
    for _ in 0..many {
        let body = json!({ "resource_id": to, "type": "ipv6", "mask": 35 });
        let reply = world.put("/ipam/netblocks/smart_assign", body).await;
        found.push(reply.body["cidr"].as_str().unwrap_or("nothing").to_owned());
    }
    found
}

async fn sparse(world: &World, scheme: &str) {
    let new = json!({ "cidr": "2001:db8::/32", "rir": "RIPE", "sparse_allocation": scheme });
    let reply = world.post("/ipam/netblocks", new).await;
    assert_eq!(reply.status, 201, "{reply:?}");
}

on_both! {
    async fn each_block_goes_into_the_largest_gap(engine) {
        for (scheme, expected) in [
            ("leftmost", ["2001:db8::/35", "2001:db8:8000::/35", "2001:db8:4000::/35", "2001:db8:c000::/35"]),
            ("center", ["2001:db8:8000::/35", "2001:db8:4000::/35", "2001:db8:2000::/35", "2001:db8:e000::/35"]),
            ("rightmost", ["2001:db8:e000::/35", "2001:db8:6000::/35", "2001:db8:a000::/35", "2001:db8:2000::/35"]),
        ] {
            let world = world(engine).await;
            let to = world.holder("Acme").await;
            sparse(&world, scheme).await;
            assert_eq!(next(&world, to, 4).await, expected, "{scheme}");
            let rest = next(&world, to, 5).await;
            assert!(rest[3] != "nothing" && rest[4] == "nothing", "all eight are given away: {rest:?}");
            world.is_sound().await;
        }
    }

    async fn it_is_switched_on_for_an_aggregate_of_ipv6_and_stays(engine) {
        let world = world(engine).await;
        let to = world.holder("Acme").await;
        world.done("action=add&block=2001:db8::/32&rir=RIPE").await;
        world.done("action=split&block=2001:db8::/32").await;
        assert_eq!(next(&world, to, 2).await, ["2001:db8::/35", "2001:db8:2000::/35"]);
        let patch = async |cidr: &str, scheme: &str| {
            world.patch(&format!("/ipam/netblocks/{cidr}"), json!({ "sparse_allocation": scheme })).await
        };
        assert_eq!(patch("2001:db8::/33", "leftmost").await.status, 409);
        let block = patch("2001:db8::/32", "rightmost").await.body;
        assert_eq!((&block["sparse_allocation"], &block["sparse_allocation_id"]), (&json!("rightmost"), &json!(3)));
        assert_eq!(next(&world, to, 1).await, ["2001:db8:e000::/35"]);
        assert_eq!(patch("2001:db8::/32", "rightmost").await.status, 200);
        let refused = patch("2001:db8::/32", "center").await.refusal();
        assert!(refused.0 == 409 && refused.1.contains("stays as it was switched on"), "{refused:?}");
        assert_eq!(patch("2001:db8::/32", "up").await.status, 422);
        world.add("10.0.0.0/24", "").await;
        let refused = patch("10.0.0.0/24", "center").await.refusal();
        assert_eq!(refused, (422, "sparse_allocation: is for IPv6, and 10.0.0.0/24 is IPv4".to_owned()));
        world.is_sound().await;
    }

    async fn packed_space_is_used_before_sparse_space(engine) {
        let world = world(engine).await;
        let to = world.holder("Acme").await;
        sparse(&world, "leftmost").await;
        world.done("action=add&block=2001:db9::/34&rir=RIPE").await;
        assert_eq!(next(&world, to, 3).await, ["2001:db9::/35", "2001:db9:2000::/35", "2001:db8::/35"]);
        world.is_sound().await;
    }
}
