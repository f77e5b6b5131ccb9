//! Sub-assignment: pieces of a pool remember whose they were, and go back the way they came.

use kernel::ResourceId;
use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{World, world};

/// Acme holds 10.0.0.0/24 as a pool, Bolt got 10.0.0.0/25 of it as a pool, and Cord 10.0.0.0/26 of that.
async fn two_levels(world: &World) -> [ResourceId; 3] {
    let holders = [world.holder("Acme").await, world.holder("Bolt").await, world.holder("Cord").await];
    let [acme, bolt, cord] = holders;
    world.add("10.0.0.0/24", "").await;
    world.pool("10.0.0.0/24", acme).await;
    let form = format!(
        "action=smartAssign&type=ipv4&rir=1918&mask=25&resourceId={bolt}&assignedResourceId={acme}&allowSubAssignments=true"
    );
    world.done(&form).await;
    let form = format!("action=smartAssign&type=ipv4&rir=1918&mask=26&resourceId={cord}&assignedResourceId={bolt}");
    world.done(&form).await;
    holders
}

async fn chain(world: &World, cidr: &str) -> Value {
    world.block(cidr).await["custody_chain"].clone()
}

on_both! {
    async fn the_chain_grows_with_each_level(engine) {
        let world = world(engine).await;
        let [acme, bolt, _] = two_levels(&world).await;
        assert_eq!(
            world.leaves("10.0.0.0/24").await,
            ["10.0.0.0/26 assigned Cord", "10.0.0.64/26 pool Bolt", "10.0.0.128/25 pool Acme"]
        );
        assert_eq!(chain(&world, "10.0.0.0/26").await, json!([acme, bolt]), "the next one last");
        assert_eq!(chain(&world, "10.0.0.64/26").await, json!([acme]));
        assert_eq!(chain(&world, "10.0.0.128/25").await, json!([]));
        let old = &world.done("action=get&block=10.0.0.0/26&includeAttributes=1").await["data"][0]["attributes"];
        assert_eq!(old["custody_chain"], format!("[{acme},{bolt}]"), "a text that holds JSON");
        world.is_sound().await;
    }

    async fn a_return_past_the_tank_goes_back_along_the_chain(engine) {
        let world = world(engine).await;
        let [acme, ..] = two_levels(&world).await;
        world.done("action=unassign&block=10.0.0.0/26&skipHolding=true").await;
        assert_eq!(world.leaves("10.0.0.0/25").await, ["10.0.0.0/26 pool Bolt", "10.0.0.64/26 pool Bolt"]);
        assert_eq!(chain(&world, "10.0.0.0/26").await, json!([acme]));
        // Bolt's pool is whole again and goes back as one.
        let back = world.done("action=unassign&block=10.0.0.0/25&skipHolding=true").await;
        assert_eq!((&back["data"]["resource_name"], &back["data"]["is_aggregate"]), (&json!("Acme"), &json!(1)));
        assert_eq!(world.leaves("10.0.0.0/24").await, ["10.0.0.0/25 pool Acme", "10.0.0.128/25 pool Acme"]);
        world.done("action=unassign&block=10.0.0.0/24&skipHolding=true").await;
        assert_eq!(world.leaves("10.0.0.0/24").await, ["10.0.0.0/24 available Available"]);
        assert_eq!(chain(&world, "10.0.0.0/24").await, json!([]));
        world.is_sound().await;
    }

    async fn a_return_through_the_tank_keeps_the_chain(engine) {
        let world = world(engine).await;
        let [acme, bolt, _] = two_levels(&world).await;
        world.done("action=unassign&block=10.0.0.0/26").await;
        assert_eq!(chain(&world, "10.0.0.0/26").await, json!([acme, bolt]));
        let answer = world.done("action=overrideHolding&block=10.0.0.0/26").await;
        assert_eq!(answer["message"], "10.0.0.0/26 unassigned and returned to resource Bolt");
        assert_eq!(answer["data"]["attributes"]["custody_chain"], format!("[{acme}]"));
        assert_eq!((&answer["data"]["is_assigned"], &answer["data"]["allowSubAssignments"]), (&json!(0), &json!(true)));
        world.is_sound().await;
    }

    async fn the_tank_returns_pieces_to_the_pools_they_came_from(engine) {
        let world = world(engine).await;
        two_levels(&world).await;
        world.done("action=unassign&block=10.0.0.0/26").await;
        world.at("2026-01-31 00:00:00");
        let answer = world.done("action=processHoldingTank").await;
        assert_eq!(answer["data"][0]["resource_name"], "Bolt");
        assert_eq!(world.leaves("10.0.0.0/25").await, ["10.0.0.0/26 pool Bolt", "10.0.0.64/26 pool Bolt"]);
        world.is_sound().await;
    }

    async fn a_block_with_pieces_given_away_can_not_be_unassigned(engine) {
        let world = world(engine).await;
        two_levels(&world).await;
        for (cidr, why) in [
            (
                "10.0.0.0/24",
                "block: 10.0.0.0/24 can't be unassigned: \"Cord\" holds 10.0.0.0/26 below it; unassign that first",
            ),
            (
                "10.0.0.0/25",
                "block: 10.0.0.0/25 can't be unassigned: \"Cord\" holds 10.0.0.0/26 below it; unassign that first",
            ),
        ] {
            assert_eq!(world.refused(format!("action=unassign&block={cidr}")).await, why);
            let reply = world.put(&format!("/ipam/netblocks/{cidr}/unassign"), json!({"skip_holding": true})).await;
            assert_eq!(reply.refusal(), (409, why.to_owned()));
        }
    }

    async fn a_held_block_that_is_assigned_anew_still_goes_back_to_its_pool(engine) {
        let world = world(engine).await;
        let [acme, bolt, _] = two_levels(&world).await;
        let dent = world.holder("Dent").await;
        world.done("action=unassign&block=10.0.0.0/26").await;
        world.assign("10.0.0.0/26", dent).await;
        assert_eq!(chain(&world, "10.0.0.0/26").await, json!([acme, bolt]));
        world.done("action=unassign&block=10.0.0.0/26&skipHolding=1").await;
        assert_eq!(world.block("10.0.0.0/26").await["resource_name"], "Bolt");
    }

    async fn a_holder_whose_pieces_all_went_back_holds_nothing_any_more(engine) {
        let world = world(engine).await;
        let [acme, bolt, _] = two_levels(&world).await;
        world.done("action=unassign&block=10.0.0.64/26&skipHolding=true").await;
        let (status, why) = world.delete(&format!("/resources/{bolt}")).await.refusal();
        assert_eq!(
            (status, why.contains("it holds 1 IP blocks")),
            (409, true),
            "Cord's piece goes back to Bolt: {why}"
        );
        for _ in 0..2 {
            world.done("action=unassign&block=10.0.0.0/26&skipHolding=true").await;
        }
        assert_eq!(world.leaves("10.0.0.0/25").await, ["10.0.0.0/26 pool Acme", "10.0.0.64/26 pool Acme"]);
        assert_eq!(world.block("10.0.0.0/25").await["resource_id"], acme.0, "the split block around them as well");
        assert_eq!(world.found(&format!("resourceId={bolt}")).await, [""; 0]);
        assert_eq!(world.delete(&format!("/resources/{bolt}")).await.status, 204);
        world.is_sound().await;
    }

    async fn a_holder_that_is_gone_is_passed_over_on_the_way_back(engine) {
        let world = world(engine).await;
        let [acme, bolt, cord] = [world.holder("Acme").await, world.holder("Bolt").await, world.holder("Cord").await];
        world.add("10.0.0.0/24", "").await;
        for (n, to) in [acme, bolt, cord].into_iter().enumerate() {
            world.pool("10.0.0.0/24", to).await;
            assert_eq!(chain(&world, "10.0.0.0/24").await.as_array().unwrap().len(), n);
        }
        assert_eq!(world.delete(&format!("/resources/{bolt}")).await.status, 204);
        world.done("action=unassign&block=10.0.0.0/24&skipHolding=true").await;
        assert_eq!(world.leaves("10.0.0.0/24").await, ["10.0.0.0/24 pool Acme"]);
        world.is_sound().await;
    }

    async fn a_piece_that_its_own_pool_is_given_goes_back_once(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("10.0.0.0/24", "").await;
        world.pool("10.0.0.0/24", acme).await;
        world.assign("10.0.0.0/25", acme).await;
        assert_eq!(world.leaves("10.0.0.0/24").await, ["10.0.0.0/25 assigned Acme", "10.0.0.128/25 pool Acme"]);
        world.done("action=unassign&block=10.0.0.0/25&skipHolding=true").await;
        assert_eq!(world.leaves("10.0.0.0/24").await, ["10.0.0.0/25 pool Acme", "10.0.0.128/25 pool Acme"]);
        assert_eq!(chain(&world, "10.0.0.0/25").await, json!([]));
    }
}
