//! Aggregating: merging blocks back, all or none.

use serde_json::json;
use testkit::on_both;

use crate::world::{World, world};

/// 10.0.0.0/24 in /26 blocks.
async fn in_quarters(world: &World) {
    world.add("10.0.0.0/24", "").await;
    world.done("action=split&block=10.0.0.0/24&autoSplitToMask=26").await;
}

on_both! {
    async fn a_block_and_its_sibling_become_their_parent_which_keeps_its_id(engine) {
        let world = world(engine).await;
        in_quarters(&world).await;
        let parent = world.id("10.0.0.128/25").await;
        let answer = world.done("action=aggregate&block=10.0.0.192/26").await;
        assert_eq!(
            (&answer["message"], &answer["id"]),
            (&json!("10.0.0.192/26 aggregated into 10.0.0.128/25"), &json!(parent))
        );
        assert_eq!(world.found("isAggregate=true").await, ["10.0.0.0/26", "10.0.0.64/26", "10.0.0.128/25"]);
        let reply = world.put("/ipam/netblocks/10.0.0.0/26/aggregate", json!({})).await;
        assert_eq!(
            (reply.status, &reply.body["cidr"], &reply.body["is_aggregate"]),
            (200, &json!("10.0.0.0/25"), &json!(true))
        );
        world.is_sound().await;
    }

    async fn a_mask_folds_everything_smaller_around_the_block(engine) {
        let world = world(engine).await;
        in_quarters(&world).await;
        world.done("action=split&block=10.0.0.0/26&autoSplitToMask=29").await;
        let answer = world.done("action=aggregate&block=10.0.0.8/29&autoAggregateToMask=25").await;
        assert_eq!(answer["message"], "10.0.0.8/29 aggregated into 10.0.0.0/25");
        assert_eq!(world.found("isAggregate=true").await, ["10.0.0.0/25", "10.0.0.128/26", "10.0.0.192/26"]);
        let reply = world.put("/ipam/netblocks/10.0.0.0/25/aggregate", json!({"mask": 24})).await;
        assert_eq!(reply.body["cidr"], "10.0.0.0/24");
        assert_eq!(world.found("").await, ["10.0.0.0/24"]);
        world.is_sound().await;
    }

    async fn a_mask_longer_than_the_blocks_folds_below_it(engine) {
        let world = world(engine).await;
        in_quarters(&world).await;
        let answer = world.done("action=aggregate&block=10.0.0.0/24&autoAggregateToMask=25").await;
        assert_eq!(answer["message"], "10.0.0.0/24 aggregated into 2 /25 blocks");
        assert_eq!(world.found("isAggregate=true").await, ["10.0.0.0/25", "10.0.0.128/25"]);
    }

    async fn one_assigned_child_stops_everything(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        in_quarters(&world).await;
        world.assign("10.0.0.192/26", acme).await;
        let why = "block: 10.0.0.0/24 can't be aggregated: 10.0.0.192/26 is assigned, and all child blocks must be available";
        assert_eq!(world.refused("action=aggregate&block=10.0.0.0/26&autoAggregateToMask=24").await, why);
        let reply = world.put("/ipam/netblocks/10.0.0.0/26/aggregate", json!({"mask": 24})).await;
        assert_eq!(reply.refusal(), (409, why.to_owned()));
        assert_eq!(
            world.refused("action=aggregate&block=10.0.0.0/24&autoAggregateToMask=25").await,
            "block: 10.0.0.128/25 can't be aggregated: 10.0.0.192/26 is assigned, and all child blocks must be available"
        );
        assert_eq!(world.leaves("10.0.0.0/24").await.len(), 4, "the /25 without an assignment stays split as well");
        world.is_sound().await;
    }

    async fn a_held_child_stops_an_aggregation_unless_all_are_held(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        in_quarters(&world).await;
        for cidr in ["10.0.0.0/26", "10.0.0.64/26"] {
            world.assign(cidr, acme).await;
            world.done(&format!("action=unassign&block={cidr}")).await;
        }
        assert_eq!(
            world.refused("action=aggregate&block=10.0.0.0/26&autoAggregateToMask=24").await,
            "block: 10.0.0.0/24 can't be aggregated: 10.0.0.128/26 is available while 10.0.0.0/26 is in the holding tank, and all child blocks must be available"
        );
        world.done("action=aggregate&block=10.0.0.0/26").await;
        assert_eq!(world.leaves("10.0.0.0/25").await, ["10.0.0.0/25 holding Holding"]);
        world.is_sound().await;
    }

    async fn pools_are_merged_when_one_holder_has_all(engine) {
        let world = world(engine).await;
        let (acme, bolt) = (world.holder("Acme").await, world.holder("Bolt").await);
        in_quarters(&world).await;
        for (cidr, holder) in
            [("10.0.0.0/26", acme), ("10.0.0.64/26", acme), ("10.0.0.128/26", acme), ("10.0.0.192/26", bolt)]
        {
            world.pool(cidr, holder).await;
        }
        world.done("action=aggregate&block=10.0.0.0/26").await;
        assert_eq!(world.leaves("10.0.0.0/25").await, ["10.0.0.0/25 pool Acme"]);
        assert_eq!(
            world.refused("action=aggregate&block=10.0.0.128/26").await,
            "block: 10.0.0.128/25 can't be aggregated: 10.0.0.128/26 and 10.0.0.192/26 are pools of different resources"
        );
    }

    async fn ignored_assignments_are_unassigned_first(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        in_quarters(&world).await;
        world.assign("10.0.0.0/26", acme).await;
        world.pool("10.0.0.64/26", acme).await;
        world.assign("10.0.0.128/26", acme).await;
        world.done("action=unassign&block=10.0.0.128/26").await;
        let form = "action=aggregate&block=10.0.0.0/26&autoAggregateToMask=24&ignoreAssignments=TRUE";
        assert_eq!(world.done(form).await["message"], "10.0.0.0/26 aggregated into 10.0.0.0/24");
        assert_eq!(world.leaves("10.0.0.0/24").await, ["10.0.0.0/24 available Available"]);
        world.is_sound().await;
    }

    async fn ignored_assignments_inside_a_pool_go_back_to_its_holder(engine) {
        let world = world(engine).await;
        let (acme, bolt, cord) = (world.holder("Acme").await, world.holder("Bolt").await, world.holder("Cord").await);
        world.add("10.0.0.0/24", "").await;
        world.pool("10.0.0.0/24", acme).await;
        world.pool("10.0.0.0/25", bolt).await;
        world.assign("10.0.0.64/26", cord).await;
        let reply =
            world.put("/ipam/netblocks/10.0.0.64/26/aggregate", json!({"mask": 24, "ignore_assignments": true})).await;
        assert_eq!((&reply.body["cidr"], &reply.body["custody_chain"]), (&json!("10.0.0.0/24"), &json!([])));
        assert_eq!(world.leaves("10.0.0.0/24").await, ["10.0.0.0/24 pool Acme"]);
        world.is_sound().await;
    }

    async fn what_can_not_be_aggregated_says_why(engine) {
        let world = world(engine).await;
        in_quarters(&world).await;
        world.add("10.9.0.0/24", "").await;
        assert_eq!(
            world.refused("action=aggregate&block=10.9.0.0/24").await,
            "block: 10.9.0.0/24 is a top-level aggregate: there is nothing to aggregate it into"
        );
        for (mask, rule) in [
            (23, "10.0.0.0/26 lies in no /23 of its aggregate"),
            (26, "10.0.0.0/26 is not split: there is nothing to aggregate"),
            (33, "must be 0 to 32"),
            (28, "nothing below 10.0.0.0/26 is smaller than a /28"),
        ] {
            let form = format!("action=aggregate&block=10.0.0.0/26&autoAggregateToMask={mask}");
            assert_eq!(world.refused(form).await, format!("autoAggregateToMask: {rule}"));
            let reply = world.put("/ipam/netblocks/10.0.0.0/26/aggregate", json!({"mask": mask})).await;
            assert_eq!(reply.refusal(), (422, format!("mask: {rule}")));
        }
    }
}
