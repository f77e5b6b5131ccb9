//! Taking back everything that resources hold.

use axum::http::Method;
use kernel::{Action, Area, ResourceId, Rights};
use serde_json::json;
use testkit::on_both;

use crate::world::{cidrs, world};

const PATH: &str = "/resources/unassign_all_ips";

on_both! {
    async fn everything_that_resources_hold_goes_into_the_tank(engine) {
        let world = world(engine).await;
        let (ann, bob, eve) = (world.holder("Ann").await, world.holder("Bob").await, world.holder("Eve").await);
        world.add("10.0.0.0/22", "").await;
        world.add("2001:db8::/32", "").await;
        for (cidr, to) in [("10.0.0.0/26", ann), ("2001:db8:1::/48", ann), ("10.0.1.0/24", bob), ("10.0.2.0/24", eve)] {
            world.assign(cidr, to).await;
        }
        // A pool that was split and of which nothing was given on is one block again.
        world.pool("10.0.3.0/24", bob).await;
        world.done("action=split&block=10.0.3.0/24&mask=26").await;
        let reply = world.post(PATH, json!({"resource_ids": [ann, bob.to_string()]})).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(cidrs(&reply.body), ["10.0.0.0/26", "10.0.1.0/24", "10.0.3.0/24", "2001:db8:1::/48"]);
        assert!(reply.body.as_array().unwrap().iter().all(|block| block["state"] == "holding"), "{reply:?}");
        assert_eq!(world.block("10.0.2.0/24").await["resource_name"], "Eve");
        assert_eq!(world.post(PATH, json!({"resource_ids": [ann, bob]})).await.body, json!([]), "nothing is left");
        world.is_sound().await;
        assert_eq!(world.delete(&format!("/resources/{ann}")).await.status, 204, "nothing keeps it any more");
        assert_eq!(world.delete(&format!("/resources/{bob}")).await.status, 204);
    }

    async fn what_stands_in_the_way_is_named_at_once_and_nothing_is_taken(engine) {
        let world = world(engine).await;
        let (ann, bob, eve) = (world.holder("Ann").await, world.holder("Bob").await, world.holder("Eve").await);
        world.add("10.0.0.0/22", "").await;
        world.assign("10.0.3.0/24", ann).await;
        for (pool, piece) in [("10.0.0.0/24", "10.0.0.0/26"), ("10.0.1.0/24", "10.0.1.0/26")] {
            world.pool(pool, bob).await;
            world.done(&format!("action=directAssign&block={piece}&resourceId={eve}&assignedResourceId={bob}")).await;
        }
        let reply = world.post(PATH, json!({"resource_ids": [ann, bob]})).await;
        let why = "10.0.0.0/24 can't be unassigned: \"Eve\" holds 10.0.0.0/26 below it; unassign that first; \
                   10.0.1.0/24 can't be unassigned: \"Eve\" holds 10.0.1.0/26 below it; unassign that first.";
        assert_eq!(reply.refusal(), (409, format!("resource_ids: {why}")));
        assert_eq!(world.block("10.0.3.0/24").await["resource_name"], "Ann");
        world.is_sound().await;
    }

    async fn it_takes_rights_on_every_resource_and_on_the_tank(engine) {
        let world = world(engine).await;
        let (ann, bob) = (world.holder("Ann").await, world.holder("Bob").await);
        world.add("10.0.0.0/22", "").await;
        world.assign("10.0.0.0/24", ann).await;
        let (read, update) = (Rights::of(Area::Ipam, Action::Read), Rights::of(Area::Ipam, Action::Update));
        let tank = ResourceId(3);
        for (at_ann, at_bob, at_tank, status) in [
            (Rights::NONE, read | update, read | update, 422),
            (read, read | update, read | update, 403),
            (read | update, read, read | update, 403),
            (read | update, read | update, read, 403),
            (read | update, read | update, read | update, 200),
        ] {
            let actor = testkit::actor("eve").with(at_ann, ann).with(at_bob, bob).with(at_tank, tank).build();
            let reply = world.v2_as(&actor, Method::POST, PATH, json!({"resource_ids": [ann, bob]})).await;
            assert_eq!(reply.status, status, "{reply:?}");
        }
        for (ids, why) in [
            (json!([]), "resource_ids: must name 1 to 1000 resources"),
            (json!([ann, 9999, 2, 9998]), "resource_ids[1]: No resource found with ID: 9999; resource_ids[2]: belongs to the \
              system, and nothing is assigned to it; resource_ids[3]: No resource found with ID: 9998"),
        ] {
            assert_eq!(world.post(PATH, json!({"resource_ids": ids})).await.refusal(), (422, why.to_owned()));
        }
    }
}
