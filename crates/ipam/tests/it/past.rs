//! Blocks as they were, and what happened to them.

use std::time::Duration;

use axum::http::Method;
use kernel::{Action, Area, Clock as _, Rights};
use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{World, world};

/// Moves on by a microsecond; answers with the time before.
fn tick(world: &World) -> String {
    let at = world.clock.now().exact();
    world.clock.advance(Duration::from_micros(1));
    at
}

/// Gives space away, takes it back, splits it and merges it; calls `show` after each step.
async fn live(world: &World, mut show: impl AsyncFnMut(String)) {
    world.tags(&["Blue"]).await;
    let (acme, site) = (world.holder("Acme").await, world.holder("Site").await);
    let id = world.add("10.0.0.0/24", "").await;
    show(tick(world)).await;
    world.assign("10.0.0.64/28", acme).await;
    show(tick(world)).await;
    let reply = world
        .patch("/ipam/netblocks/10.0.0.64/28", json!({"notes": "core routers", "tags": ["Blue"], "vlan_id": 7}))
        .await;
    assert_eq!(reply.status, 200, "{reply:?}");
    show(tick(world)).await;
    world.pool("10.0.0.128/25", site).await;
    world.assign("10.0.0.128/30", acme).await;
    show(tick(world)).await;
    assert_eq!(world.patch(&format!("/resources/{acme}"), json!({"name": "Acme Ltd"})).await.status, 200);
    show(tick(world)).await;
    for cidr in ["10.0.0.64/28", "10.0.0.128/30"] {
        let reply = world.put(&format!("/ipam/netblocks/{cidr}/unassign"), json!({"skip_holding": true})).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    show(tick(world)).await;
    let merged =
        world.put(&format!("/ipam/netblocks/{id}/aggregate"), json!({"mask": 24, "ignore_assignments": true})).await;
    assert_eq!(merged.status, 200, "{merged:?}");
    show(tick(world)).await;
    assert_eq!(world.delete(&format!("/resources/{acme}")).await.status, 204);
    show(tick(world)).await;
    assert_eq!(world.delete(&format!("/ipam/netblocks/{id}")).await.status, 204);
    show(tick(world)).await;
    world.add("10.0.0.0/23", "").await;
    show(tick(world)).await;
}

const LISTS: [&str; 12] = [
    "/ipam/netblocks?limit=1000",
    "/ipam/netblocks?top_aggregate=null",
    "/ipam/netblocks?state=available&limit=3",
    "/ipam/netblocks?assigned=true&order_by=mask&sort=DESC",
    "/ipam/netblocks?q=core+rout",
    "/ipam/netblocks?q=Acme+Ltd",
    "/ipam/netblocks?q=10.0.0.12",
    "/ipam/netblocks?vlan=7",
    "/ipam/netblocks?tags=Blue&tags_mode=exclude&order_by=vlan",
    "/ipam/netblocks?address=10.0.0.130",
    "/ipam/netblocks?cidr=10.0.0.64/28",
    "/ipam/netblocks/10.0.0.0/24/children?limit=1000",
];

on_both! {
    async fn blocks_are_found_as_they_were_by_id_and_by_cidr_one_by_one_and_in_lists(engine) {
        let world = world(engine).await;
        let mut kept = Vec::new();
        live(&world, async |at| {
            let mut shown = Vec::new();
            for list in LISTS {
                shown.push(world.get(list).await.body);
            }
            kept.push((at, shown));
        })
        .await;
        assert_eq!(kept.len(), 10);
        for (n, (at, shown)) in kept.iter().enumerate() {
            for (list, shown) in LISTS.iter().zip(shown) {
                let and = if list.contains('?') { '&' } else { '?' };
                let then = world.get(&format!("{list}{and}as_of={at}")).await;
                assert_eq!(then.body, *shown, "{list} after {n}");
            }
            for block in shown[0].as_array().unwrap() {
                for name in [block["id"].to_string(), block["cidr"].as_str().unwrap().to_owned()] {
                    let then = world.get(&format!("/ipam/netblocks/{name}?as_of={at}")).await;
                    assert_eq!(then.body, *block, "{name} after {n}");
                }
            }
        }
        let (before, _) = &kept[0];
        let (status, detail) = world.get(&format!("/ipam/netblocks/10.0.0.64/28?as_of={before}")).await.refusal();
        assert_eq!((status, detail), (404, format!("There was no block 10.0.0.64/28 at {before}")));
        world.is_sound().await;
    }

    async fn the_history_of_a_block_outlives_it_and_says_what_changed(engine) {
        let world = world(engine).await;
        live(&world, async |_| ()).await;
        let list = world.get("/ipam/netblocks/10.0.0.64/28/history").await.body;
        let operations: Vec<_> = list.as_array().unwrap().iter().map(|e| e["operation"].as_str().unwrap()).collect();
        assert_eq!(operations, ["block.aggregate", "block.unassign", "block.update", "block.direct_assign"]);
        let (went, updated, made) = (&list[0], &list[2], &list[3]);
        assert_eq!((&went["after"], &went["before"]["notes"]), (&Value::Null, &json!("core routers")));
        assert_eq!((&made["before"], &made["after"]["resource_name"]), (&Value::Null, &json!("Acme Ltd")));
        let mut before = updated["before"].clone();
        let time = before.as_object_mut().unwrap().remove("last_update_time");
        let unknown = json!({"notes": null, "tags": [], "vlan_id": null, "vlan_domain_id": null});
        assert_eq!(before, unknown, "{time:?}");
        assert_eq!((&updated["after"]["tags"], &updated["actor"]), (&json!(["Blue"]), &json!("root")));
        let part = world.get("/ipam/netblocks/10.0.0.64/28/history?limit=1&offset=2").await;
        assert_eq!(part.body, json!([updated]));
        let id = world.get("/ipam/netblocks/10.0.0.0/24/history").await.body;
        assert_eq!((&id[0]["operation"], &id[0]["after"]), (&json!("block.delete"), &Value::Null));
    }

    async fn two_times_of_a_block_are_compared_field_by_field(engine) {
        let world = world(engine).await;
        let mut times = Vec::new();
        live(&world, async |at| times.push(at)).await;
        let path = "/ipam/netblocks/10.0.0.64/28/difference";
        let mut both = world.get(&format!("{path}?from={}&to={}", times[1], times[2])).await.body;
        for side in ["before", "after"] {
            both[side].as_object_mut().unwrap().remove("last_update_time");
        }
        assert_eq!(both, json!({
            "before": {"notes": null, "tags": [], "vlan_id": null, "vlan_domain_id": null},
            "after": {"notes": "core routers", "tags": ["Blue"], "vlan_id": 7, "vlan_domain_id": 1}
        }));
        let gone = world.get(&format!("{path}?from={}", times[2])).await.body;
        assert_eq!((&gone["before"]["cidr"], &gone["after"]), (&json!("10.0.0.64/28"), &json!({})));
        let (status, detail) = world.get(&format!("{path}?from={0}&to={0}", times[0])).await.refusal();
        assert_eq!((status, detail.as_str()), (404, "There was no block 10.0.0.64/28 at either time"));
    }

    async fn the_past_of_a_block_is_read_by_who_may_read_the_holder_of_then(engine) {
        let world = world(engine).await;
        let (acme, zeta) = (world.holder("Acme").await, world.holder("Zeta").await);
        world.add("10.0.0.0/24", "").await;
        world.assign("10.0.0.0/24", acme).await;
        let then = tick(&world);
        world.put("/ipam/netblocks/10.0.0.0/24/unassign", json!({"skip_holding": true})).await;
        world.assign("10.0.0.0/24", zeta).await;
        tick(&world);
        let of_acme = testkit::actor("ann").with(Rights::of(Area::Ipam, Action::Read), acme).build();
        let of_zeta = testkit::actor("zoe").with(Rights::of(Area::Ipam, Action::Read), zeta).build();
        let path = "/ipam/netblocks/10.0.0.0/24";
        let status = async |actor, path: String| world.v2_as(actor, Method::GET, &path, Value::Null).await.status;
        assert_eq!(status(&of_acme, format!("{path}?as_of={then}")).await, 200);
        assert_eq!(status(&of_acme, path.to_owned()).await, 404);
        assert_eq!(status(&of_zeta, format!("{path}?as_of={then}")).await, 404);
        assert_eq!(world.listed_as(&of_acme, &format!("as_of={then}")).await, ["10.0.0.0/24"]);
        assert_eq!(world.listed_as(&of_zeta, &format!("as_of={then}")).await, [""; 0]);
        let id = world.id("10.0.0.0/24").await;
        let seen = world.v2_as(&of_zeta, Method::GET, &format!("/ipam/netblocks/{id}/history"), Value::Null).await.body;
        assert_eq!(seen.as_array().unwrap().len(), 1);
        assert_eq!((&seen[0]["before"], &seen[0]["after"]["resource_name"]), (&json!({}), &json!("Zeta")));
        let hers = world.v2_as(&of_acme, Method::GET, &format!("/ipam/netblocks/{id}/history"), Value::Null).await.body;
        assert!(!hers.to_string().contains("Zeta") && hers.as_array().unwrap().len() == 2, "{hers}");
        let nobody = testkit::actor("nob").nobody();
        assert_eq!(status(&nobody, format!("/ipam/netblocks/{id}/history")).await, 404);
    }
}
