//! Who held an address when, as abuse desks ask.

use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{World, world};

/// Holder, block, beginning and end of each time, the latest first.
async fn held(world: &World, query: &str) -> Vec<String> {
    let reply = world.get(&format!("/ipam/holders?{query}")).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let day = |time: &Value| time.as_str().map_or_else(|| "now".to_owned(), |time| time[5..10].to_owned());
    let text = |field: &Value| field.as_str().unwrap().to_owned();
    let one = |period: &Value| {
        let [name, cidr] = ["resource_name", "cidr"].map(|field| text(&period[field]));
        format!("{name} {cidr} {} to {}", day(&period["from"]), day(&period["until"]))
    };
    reply.body.as_array().unwrap().iter().map(one).collect()
}

on_both! {
    async fn all_who_held_an_address_are_found_whatever_became_of_the_blocks(engine) {
        let world = world(engine).await;
        let (acme, bolt) = (world.holder("Acme").await, world.holder("Bolt").await);
        world.at("2026-01-02 00:00:00");
        world.add("10.0.0.0/24", "").await;
        world.at("2026-01-03 00:00:00");
        world.assign("10.0.0.0/26", acme).await;
        world.at("2026-01-05 00:00:00");
        world.done("action=unassign&block=10.0.0.0/26").await;
        world.at("2026-02-20 00:00:00");
        world.done("action=processHoldingTank").await;
        world.done("action=aggregate&block=10.0.0.0/26&autoAggregateToMask=24").await;
        world.at("2026-03-01 00:00:00");
        world.pool("10.0.0.0/25", bolt).await;
        world.at("2026-03-05 00:00:00");
        world.done("action=split&block=10.0.0.0/25").await;
        let all = [
            "Bolt 10.0.0.0/26 03-01 to now",
            "Holding 10.0.0.0/26 01-05 to 02-20",
            "Acme 10.0.0.0/26 01-03 to 01-05",
        ];
        assert_eq!(held(&world, "address=10.0.0.7").await, all, "a split is no change of hands");
        assert_eq!(held(&world, "address=10.0.0.7&at=2026-01-04T12:00:00Z").await, [all[2]]);
        assert_eq!(held(&world, "address=10.0.0.7&at=2026-01-05T00:00:00Z").await, [all[1]], "the later one begins");
        assert_eq!(held(&world, "address=10.0.0.7&at=2026-02-25T00:00:00Z").await, [""; 0], "nobody held it");
        assert_eq!(held(&world, "address=10.0.0.200").await, [""; 0]);
        assert_eq!(held(&world, "address=10.0.0.7&limit=1&offset=1").await, [all[1]]);
        world.at("2026-04-01 00:00:00");
        world.done("action=delete&block=10.0.0.0/24&force=true").await;
        assert_eq!(held(&world, "address=10.0.0.7").await[0], "Bolt 10.0.0.0/26 03-01 to 04-01");
        for (query, message) in [
            ("", "address: is required"),
            ("address=x", "address: \"x\" is not an address"),
        ] {
            assert_eq!(world.get(&format!("/ipam/holders?{query}")).await.refusal(), (422, message.to_owned()));
        }
    }

    async fn holders_of_other_vrfs_and_those_who_may_not_be_seen_are_left_out(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        let red = world.post("/ipam/vrfs", json!({ "name": "red" })).await.body["id"].clone();
        for vrf in [&json!(1), &red] {
            let new = json!({ "cidr": "10.0.0.0/24", "rir": "1918", "vrf_id": vrf, "resource_id": acme });
            assert_eq!(world.post("/ipam/netblocks", new).await.status, 201);
        }
        assert_eq!(held(&world, "address=10.0.0.7").await.len(), 2);
        assert_eq!(held(&world, &format!("address=10.0.0.7&vrf_id={red}")).await.len(), 1);
        let ann = testkit::actor("ann").build();
        let reply = world.v2_as(&ann, axum::http::Method::GET, "/ipam/holders?address=10.0.0.7", Value::Null).await;
        assert_eq!((reply.status, reply.body), (200, json!([])));
    }
}
