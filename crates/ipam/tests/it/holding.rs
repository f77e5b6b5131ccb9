//! The holding tank: what was given back rests there for 30 days.

use std::time::Duration;

use serde_json::json;
use testkit::on_both;

use crate::world::{World, cidrs, world};

const DAY: Duration = Duration::from_hours(24);

/// 10.0.0.0/24, given back at the beginning.
async fn one_held(world: &World) {
    let acme = world.holder("Acme").await;
    world.add("10.0.0.0/24", "").await;
    world.assign("10.0.0.0/24", acme).await;
    world.done("action=unassign&block=10.0.0.0/24").await;
}

on_both! {
    async fn a_block_rests_for_thirty_days(engine) {
        let world = world(engine).await;
        one_held(&world).await;
        world.at("2026-01-30 23:59:59");
        assert_eq!(world.done("action=processHoldingTank").await["data"], json!([]));
        world.at("2026-01-31 00:00:00");
        assert_eq!(
            world.done("action=processHoldingTank").await["message"],
            "1 IPv4 and 0 IPv6 blocks were moved to the available pool. "
        );
        assert_eq!(world.leaves("10.0.0.0/24").await, ["10.0.0.0/24 available Available"]);
        world.is_sound().await;
    }

    async fn changing_a_held_block_does_not_make_it_rest_longer(engine) {
        let world = world(engine).await;
        one_held(&world).await;
        world.clock.advance(29 * DAY);
        world.done("action=update&block=10.0.0.0/24&notes=soon").await;
        world.clock.advance(DAY);
        assert_eq!(cidrs(&world.done("action=processHoldingTank&preview=true").await["data"]), ["10.0.0.0/24"]);
    }

    async fn both_families_are_counted(engine) {
        let world = world(engine).await;
        one_held(&world).await;
        let bolt = world.holder("Bolt").await;
        world.add("2001:db8::/32", "").await;
        for n in 1..=2 {
            world.assign(&format!("2001:db8:{n}::/48"), bolt).await;
            world.done(&format!("action=unassign&block=2001:db8:{n}::/48")).await;
        }
        world.clock.advance(31 * DAY);
        assert_eq!(
            world.done("action=processHoldingTank&preview=1").await["message"],
            "1 IPv4 and 2 IPv6 blocks would be moved to the available pool. "
        );
        let reply = world.put("/ipam/holding_tank/process", json!({"preview": true})).await;
        assert_eq!(cidrs(&reply.body), ["10.0.0.0/24", "2001:db8:1::/48", "2001:db8:2::/48"]);
        assert_eq!(reply.body[0]["state"], "holding");
        let reply = world.put("/ipam/holding_tank/process", json!({})).await;
        assert_eq!((reply.status, reply.body.as_array().unwrap().len()), (200, 3));
        assert_eq!(reply.body[0]["state"], "available");
        assert_eq!(world.put("/ipam/holding_tank/process", json!({"preview": true})).await.body, json!([]));
        world.is_sound().await;
    }

    async fn the_tank_is_skipped_when_that_is_wanted(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        for (n, form, skips) in [(0, "skipHolding=true", true), (1, "skipHolding=false", false), (2, "", false)] {
            world.add(&format!("10.0.{n}.0/24"), &format!("resourceId={acme}")).await;
            let answer = world.done(&format!("action=unassign&block=10.0.{n}.0/24&{form}")).await;
            assert_eq!(answer["data"]["resource_id"], if skips { 2 } else { 3 }, "{form}");
        }
        world.add("10.0.3.0/24", &format!("resourceId={acme}")).await;
        let reply = world.put("/ipam/netblocks/10.0.3.0/24/unassign", json!({"skip_holding": true})).await;
        assert_eq!((reply.status, &reply.body["state"]), (200, &json!("available")));
        world.add("10.0.4.0/24", &format!("resourceId={acme}")).await;
        let reply = world.put("/ipam/netblocks/10.0.4.0/24/unassign", json!({})).await;
        assert_eq!((reply.status, &reply.body["state"]), (200, &json!("holding")));
    }

    async fn a_block_does_not_go_back_before_its_pieces_have_left_the_tank(engine) {
        let world = world(engine).await;
        let (acme, bolt) = (world.holder("Acme").await, world.holder("Bolt").await);
        world.add("10.0.0.0/24", "").await;
        world.pool("10.0.0.0/24", acme).await;
        world.assign("10.0.0.0/25", bolt).await;
        world.done("action=unassign&block=10.0.0.0/25").await;
        assert_eq!(
            world.refused("action=unassign&block=10.0.0.0/24").await,
            "block: 10.0.0.0/24 can't be unassigned: 10.0.0.0/25 below it is in the holding tank; take it out of there first"
        );
        world.done("action=overrideHolding&block=10.0.0.0/25").await;
        world.done("action=unassign&block=10.0.0.0/24").await;
        assert_eq!(world.leaves("10.0.0.0/24").await, ["10.0.0.0/24 holding Holding"]);
        world.is_sound().await;
    }

    async fn a_free_or_held_block_can_not_be_unassigned(engine) {
        let world = world(engine).await;
        one_held(&world).await;
        world.add("10.0.1.0/24", "").await;
        for (cidr, why) in [
            ("10.0.0.0/24", "block: 10.0.0.0/24 is in the holding tank already"),
            ("10.0.1.0/24", "block: 10.0.1.0/24 is not assigned to anybody"),
        ] {
            assert_eq!(world.refused(format!("action=unassign&block={cidr}")).await, why);
            let reply = world.put(&format!("/ipam/netblocks/{cidr}/unassign"), json!({})).await;
            assert_eq!(reply.refusal(), (409, why.to_owned()));
        }
    }

    async fn only_a_held_block_can_be_taken_out_of_the_tank(engine) {
        let world = world(engine).await;
        one_held(&world).await;
        world.add("10.0.1.0/24", "").await;
        let why = "block: 10.0.1.0/24 is not in the holding tank";
        assert_eq!(world.refused("action=overrideHolding&block=10.0.1.0/24").await, why);
        let reply = world.put("/ipam/netblocks/10.0.1.0/24/override_holding", json!({})).await;
        assert_eq!(reply.refusal(), (409, why.to_owned()));
        let answer = world.done("action=overrideHolding&block=10.0.0.0/24").await;
        assert_eq!(answer["message"], "10.0.0.0/24 unassigned and returned to resource Available");
        assert_eq!(answer["data"]["attributes"]["custody_chain"], "[]");
    }

    async fn a_split_pool_of_which_nothing_is_given_away_is_whole_again_when_it_is_unassigned(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        let id = world.add("10.0.0.0/24", "").await;
        world.pool("10.0.0.0/24", acme).await;
        world.done("action=split&block=10.0.0.0/24&autoSplitToMask=27").await;
        let answer = world.done("action=unassign&block=10.0.0.0/24").await;
        assert_eq!((&answer["id"], &answer["data"]["is_aggregate"]), (&json!(id), &json!(1)));
        assert_eq!(world.leaves("10.0.0.0/24").await, ["10.0.0.0/24 holding Holding"]);
        world.is_sound().await;
    }
}
