//! Splitting: how far, into how many pieces, and what may not be split.

use serde_json::json;
use testkit::on_both;

use crate::world::{World, cidrs, world};

async fn with_a_24(world: &World) {
    world.add("10.0.0.0/24", "").await;
}

on_both! {
    async fn a_split_makes_two_halves(engine) {
        let world = world(engine).await;
        with_a_24(&world).await;
        world.done("action=split&block=10.0.0.0/24").await;
        assert_eq!(
            world.leaves("10.0.0.0/24").await,
            ["10.0.0.0/25 available Available", "10.0.0.128/25 available Available"]
        );
        world.is_sound().await;
    }

    async fn a_mask_splits_all_the_way_down(engine) {
        let world = world(engine).await;
        with_a_24(&world).await;
        let answer = world.done("action=split&block=10.0.0.0/24&autoSplitToMask=26").await;
        assert_eq!(answer["message"], "10.0.0.0/24 split into 4 /26 blocks");
        let expected = ["10.0.0.0/26", "10.0.0.64/26", "10.0.0.128/26", "10.0.0.192/26"];
        assert_eq!(cidrs(&world.get("/ipam/netblocks/10.0.0.0/24/children").await.body), expected);
        assert_eq!(world.found("isAggregate=false").await, ["10.0.0.0/24", "10.0.0.0/25", "10.0.0.128/25"]);
    }

    async fn a_limit_splits_into_that_many_equal_blocks(engine) {
        let world = world(engine).await;
        with_a_24(&world).await;
        world.done("action=split&block=10.0.0.0/24&autoSplitLimit=2").await;
        assert_eq!(world.found("isAggregate=true").await, ["10.0.0.0/25", "10.0.0.128/25"]);
        let reply = world.put("/ipam/netblocks/10.0.0.0/25/split", json!({"limit": 4})).await;
        assert_eq!(cidrs(&reply.body), ["10.0.0.0/27", "10.0.0.32/27", "10.0.0.64/27", "10.0.0.96/27"]);
    }

    async fn a_mask_with_a_limit_splits_the_low_end_and_keeps_the_rest_large(engine) {
        let world = world(engine).await;
        with_a_24(&world).await;
        let answer = world.done("action=split&block=10.0.0.0/24&autoSplitToMask=28&autoSplitLimit=2").await;
        assert_eq!(answer["message"], "10.0.0.0/24 split into 2 /28 blocks");
        let expected = ["10.0.0.0/28", "10.0.0.16/28", "10.0.0.32/27", "10.0.0.64/26", "10.0.0.128/25"];
        assert_eq!(world.found("isAggregate=true").await, expected);
        world.is_sound().await;
    }

    async fn a_limit_beyond_what_the_mask_gives_means_all(engine) {
        let world = world(engine).await;
        with_a_24(&world).await;
        let reply = world.put("/ipam/netblocks/10.0.0.0/24/split", json!({"mask": 25, "limit": 64})).await;
        assert_eq!(cidrs(&reply.body), ["10.0.0.0/25", "10.0.0.128/25"]);
    }

    async fn a_pool_stays_its_holders_in_pieces(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        with_a_24(&world).await;
        world.pool("10.0.0.0/24", acme).await;
        world.done("action=split&block=10.0.0.0/24").await;
        assert_eq!(world.leaves("10.0.0.0/24").await, ["10.0.0.0/25 pool Acme", "10.0.0.128/25 pool Acme"]);
    }

    async fn limits_and_masks_that_make_no_sense_are_refused_by_name(engine) {
        let world = world(engine).await;
        with_a_24(&world).await;
        for (old, new, rule) in [
            ("autoSplitLimit=3", json!({"limit": 3}), "3 is not a power of two of at least 2"),
            ("autoSplitLimit=1", json!({"limit": 1}), "1 is not a power of two of at least 2"),
            ("autoSplitLimit=0", json!({"limit": 0}), "0 is not a power of two of at least 2"),
            ("autoSplitLimit=512", json!({"limit": 512}), "10.0.0.0/24 has fewer than 512 addresses"),
        ] {
            assert_eq!(
                world.refused(format!("action=split&block=10.0.0.0/24&{old}")).await,
                format!("autoSplitLimit: {rule}")
            );
            let reply = world.put("/ipam/netblocks/10.0.0.0/24/split", new).await;
            assert_eq!(reply.refusal(), (422, format!("limit: {rule}")));
        }
        for (mask, rule) in [
            (24, "10.0.0.0/24 can be split to masks /25 to /32, not /24"),
            (33, "10.0.0.0/24 can be split to masks /25 to /32, not /33"),
        ] {
            let form = format!("action=split&block=10.0.0.0/24&autoSplitToMask={mask}");
            assert_eq!(world.refused(form).await, format!("autoSplitToMask: {rule}"));
            let reply = world.put("/ipam/netblocks/10.0.0.0/24/split", json!({"mask": mask})).await;
            assert_eq!(reply.refusal(), (422, format!("mask: {rule}")));
        }
        assert_eq!(world.leaves("10.0.0.0/24").await.len(), 1, "nothing half-done remains");
    }

    async fn a_split_into_more_blocks_than_anybody_can_read_is_refused(engine) {
        let world = world(engine).await;
        world.add("2001:db8::/32", "").await;
        assert_eq!(
            world.refused("action=split&block=2001:db8::/32&autoSplitToMask=64").await,
            "autoSplitToMask: this would make 4294967296 blocks; one call makes at most 65536"
        );
    }

    async fn only_free_space_is_split(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        for n in 0..4 {
            world.add(&format!("10.0.{n}.0/24"), "").await;
        }
        world.add("10.0.9.9/32", "").await;
        world.assign("10.0.0.0/24", acme).await;
        world.assign("10.0.1.0/24", acme).await;
        world.done("action=unassign&block=10.0.1.0/24").await;
        world.done("action=split&block=10.0.2.0/24").await;
        for (cidr, why) in [
            (
                "10.0.0.0/24",
                "block: 10.0.0.0/24 can't be split: it is assigned to \"Acme\" without sub-assignments; allow sub-assignments on it first",
            ),
            ("10.0.1.0/24", "block: 10.0.1.0/24 can't be split: it is in the holding tank; it must be available first"),
            ("10.0.2.0/24", "block: 10.0.2.0/24 can't be split: it is split already"),
            ("10.0.9.9/32", "block: 10.0.9.9/32 is a single address and can't be split"),
        ] {
            assert_eq!(world.refused(format!("action=split&block={cidr}")).await, why);
            let reply = world.put(&format!("/ipam/netblocks/{cidr}/split"), json!({})).await;
            assert_eq!(reply.refusal(), (409, why.to_owned()));
        }
    }
}
