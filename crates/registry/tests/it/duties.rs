//! What has to be registered, and by when.

use std::time::Duration;

use axum::http::Method;
use kernel::{Action, Area, Rights};
use serde_json::{Value, json};
use testkit::{actor, on_both};

use crate::world::{World, world};

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn cidrs(world: &World, filter: &str) -> Vec<String> {
    let duties = world.get(&format!("/ipam/swip/duties?{filter}")).await;
    duties.as_array().unwrap().iter().map(|duty| duty["cidr"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    async fn blocks_that_are_large_and_held_for_a_week_have_to_be_registered(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        let block = world.assign("67.221.244.0/29", acme).await;
        world.assign("67.221.245.0/30", acme).await;
        world.assign("2001:db8:1::/56", acme).await;
        world.assign("2001:db8:2::/64", acme).await;
        world.post("/ipam/netblocks", json!({"cidr": "193.0.0.0/21", "rir": "RIPE"})).await;
        world.assign("193.0.0.0/24", acme).await;
        assert_eq!(cidrs(&world, "").await, [""; 0]);
        assert_eq!(cidrs(&world, "within_days=6").await, [""; 0]);
        assert_eq!(cidrs(&world, "within_days=7").await, ["67.221.244.0/29", "2001:db8:1::/56"]);
        world.clock.advance(DAY * 3);
        world.assign("67.221.246.0/24", acme).await;
        world.clock.advance(DAY * 4 + Duration::from_secs(1));
        assert_eq!(cidrs(&world, "").await, ["67.221.244.0/29", "2001:db8:1::/56"]);
        assert_eq!(cidrs(&world, "within_days=3").await, ["67.221.244.0/29", "2001:db8:1::/56", "67.221.246.0/24"]);
        assert_eq!(cidrs(&world, "within_days=3&limit=1&offset=1").await, ["2001:db8:1::/56"]);
        let first = world.get("/ipam/swip/duties").await[0].clone();
        let expected = json!({
            "block_id": block, "cidr": "67.221.244.0/29", "resource_id": acme, "resource_name": "Acme",
            "lir_id": world.lir, "assign_time": "2026-01-01 00:00:00", "due_time": "2026-01-08 00:00:00",
            "overdue": true,
        });
        assert_eq!(first, expected);
        world.reassign("67.221.244.0/29").await;
        world.end("67.221.244.0/29").await;
        assert_eq!(cidrs(&world, "").await, ["2001:db8:1::/56"], "what is registered is no duty any more");
        let far = world.v2_as(&world.root, Method::GET, "/ipam/swip/duties?within_days=366", Value::Null).await;
        assert_eq!(far.refusal(), (422, "within_days: must be 0 to 365"));
    }

    async fn everybody_sees_the_duties_for_holders_that_they_may_see(engine) {
        let world = world(engine).await;
        let (acme, beta) = (world.customer("Acme").await, world.customer("Beta").await);
        world.assign("67.221.244.0/28", acme).await;
        world.assign("67.221.245.0/28", beta).await;
        let ann = actor("ann").with(Rights::of(Area::Ipam, Action::Read), beta).build();
        let seen = world.v2_as(&ann, Method::GET, "/ipam/swip/duties?within_days=7", Value::Null).await;
        assert_eq!((seen.body.as_array().unwrap().len(), &seen.body[0]["cidr"]), (1, &json!("67.221.245.0/28")));
    }
}
