//! Blocks that are reserved, important, or behind an address translation; and AS numbers that become resources.

use axum::http::Method;
use kernel::{Action, Area, Rights};
use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{World, cidrs, world};

async fn smart(world: &World, mask: u8, to: kernel::ResourceId) -> String {
    let body = json!({ "resource_id": to, "type": "ipv4", "mask": mask });
    let reply = world.put("/ipam/netblocks/smart_assign", body).await;
    reply.body["cidr"].as_str().unwrap_or("nothing").to_owned()
}

on_both! {
    async fn a_reserved_block_is_not_found_until_the_reservation_ends(engine) {
        let world = world(engine).await;
        let to = world.holder("Acme").await;
        for cidr in ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"] {
            world.add(cidr, "").await;
        }
        let until = json!({ "until": "2026-01-08T00:00:00Z" });
        let block = world.put("/ipam/netblocks/10.0.0.0/24/reserve", until).await.body;
        assert_eq!((&block["reserved_time"], &block["reserved_by"]), (&json!("2026-01-08 00:00:00"), &json!("root")));
        assert_eq!(world.put("/ipam/netblocks/10.0.1.0/24/reserve", json!({})).await.body["reserved_time"], Value::Null);
        world.is_sound().await;
        assert_eq!(smart(&world, 24, to).await, "10.0.2.0/24");
        assert_eq!(smart(&world, 24, to).await, "nothing");
        assert_eq!(world.get("/ipam/netblocks/10.0.0.0/24/first_available").await.status, 404);
        world.at("2026-01-08 00:00:00");
        assert_eq!(world.block("10.0.0.0/24").await["reserved_by"], Value::Null);
        world.is_sound().await;
        assert_eq!(smart(&world, 25, to).await, "10.0.0.0/25");
        assert_eq!(smart(&world, 25, to).await, "10.0.0.128/25");
        assert_eq!(smart(&world, 25, to).await, "nothing", "one that does not end by itself stays");
        assert_eq!(world.put("/ipam/netblocks/10.0.1.0/24/release", Value::Null).await.body["reserved_by"], Value::Null);
        assert_eq!(smart(&world, 25, to).await, "10.0.1.0/25");
        assert_eq!(
            world.put("/ipam/netblocks/10.0.1.128/25/release", Value::Null).await.refusal(),
            (409, "block: 10.0.1.128/25 is not reserved".to_owned())
        );
        world.is_sound().await;
    }

    async fn whoever_reserved_a_block_may_have_it_and_nobody_else(engine) {
        let world = world(engine).await;
        let to = world.holder("Acme").await;
        let ann = testkit::actor("ann").administrator();
        world.add("10.0.0.0/24", "").await;
        world.done("action=split&block=10.0.0.0/24").await;
        let reserve = world.v2_as(&ann, Method::PUT, "/ipam/netblocks/10.0.0.0/25/reserve", json!({})).await;
        assert_eq!(reserve.status, 200, "{reserve:?}");
        let by_ann = "10.0.0.0/25 is reserved by ann; release it first";
        let direct = json!({ "resource_id": to });
        for cidr in ["10.0.0.0/25", "10.0.0.0/32"] {
            let refused = world.put(&format!("/ipam/netblocks/{cidr}/direct_assign"), direct.clone()).await.refusal();
            assert_eq!(refused, (409, format!("block: {by_ann}")));
        }
        for (form, refused) in [
            ("action=split&block=10.0.0.0/25", "block: 10.0.0.0/25 can't be split: it is reserved by ann; release it first"),
            (
                "action=aggregate&block=10.0.0.0/25",
                "block: 10.0.0.0/24 can't be aggregated: 10.0.0.0/25 is reserved by ann; release it first",
            ),
        ] {
            assert_eq!(world.refused(form).await, refused);
        }
        assert_eq!(world.put("/ipam/netblocks/10.0.0.0/25/reserve", json!({})).await.status, 409);
        let given = world.v2_as(&ann, Method::PUT, "/ipam/netblocks/10.0.0.0/25/direct_assign", direct).await;
        assert_eq!((given.status, &given.body[0]["reserved_by"]), (200, &Value::Null));
        let refused = world.put("/ipam/netblocks/10.0.0.0/25/reserve", json!({})).await.refusal();
        assert_eq!(refused, (409, "block: 10.0.0.0/25 is assigned; only a free block can be reserved".to_owned()));
        let past = json!({ "until": "2020-01-01T00:00:00Z" });
        let refused = world.put("/ipam/netblocks/10.0.0.128/25/reserve", past).await.refusal();
        assert_eq!(refused, (422, "until: must be a time to come".to_owned()));
        world.is_sound().await;
    }

    async fn an_important_block_says_so_and_its_pieces_do_not(engine) {
        let world = world(engine).await;
        let to = world.holder("Acme").await;
        world.add("10.0.0.0/24", "").await;
        assert_eq!(world.block("10.0.0.0/24").await["is_important"], false);
        world.patch("/ipam/netblocks/10.0.0.0/24", json!({ "is_important": true })).await;
        world.assign("10.0.0.0/25", to).await;
        assert_eq!(world.block("10.0.0.0/24").await["is_important"], true);
        assert_eq!(world.block("10.0.0.0/25").await["is_important"], false);
    }

    async fn partners_behind_a_translation_know_each_other(engine) {
        let world = world(engine).await;
        for cidr in ["10.0.0.0/28", "203.0.113.0/28", "198.51.100.0/28"] {
            world.add(cidr, "").await;
        }
        let nat = async |cidr: &str| world.block(cidr).await["nat"].clone();
        world.patch("/ipam/netblocks/10.0.0.0/28", json!({ "nat": "203.0.113.0/28" })).await;
        assert_eq!((nat("10.0.0.0/28").await, nat("203.0.113.0/28").await), (json!("203.0.113.0/28"), json!("10.0.0.0/28")));
        let refused = world.patch("/ipam/netblocks/198.51.100.0/28", json!({ "nat": "10.0.0.0/28" })).await.refusal();
        assert_eq!(refused, (409, "nat: 10.0.0.0/28 is translated to 203.0.113.0/28 already; clear that first".to_owned()));
        world.patch("/ipam/netblocks/10.0.0.0/28", json!({ "nat": "198.51.100.0/28" })).await;
        assert_eq!(nat("203.0.113.0/28").await, Value::Null, "a new partner takes the place of the old one");
        assert_eq!(nat("198.51.100.0/28").await, "10.0.0.0/28");
        world.delete("/ipam/netblocks/198.51.100.0/28").await;
        assert_eq!(nat("10.0.0.0/28").await, Value::Null, "who goes is nobody's partner");
        world.done("action=add&block=2001:db8::/32&rir=RIPE").await;
        for (partner, refusal) in [
            ("10.0.0.0/28", (422, "nat: 10.0.0.0/28 can't be its own partner")),
            ("10.9.0.0/28", (422, "nat: No block found: 10.9.0.0/28")),
            ("2001:db8::/32", (422, "nat: is for IPv4 alone")),
        ] {
            let reply = world.patch("/ipam/netblocks/10.0.0.0/28", json!({ "nat": partner })).await;
            assert_eq!(reply.refusal(), (refusal.0, refusal.1.to_owned()));
        }
        world.patch("/ipam/netblocks/10.0.0.0/28", json!({ "nat": "203.0.113.0/28" })).await;
        world.patch("/ipam/netblocks/203.0.113.0/28", json!({ "nat": null })).await;
        assert_eq!(nat("10.0.0.0/28").await, Value::Null);
        world.done("action=split&block=10.0.0.0/28").await;
        let refused = world.patch("/ipam/netblocks/10.0.0.0/29", json!({ "nat": "10.0.0.0/28" })).await.refusal();
        let rule = "nat: 10.0.0.0/28 and 10.0.0.0/29 overlap; partners are two different ranges";
        assert_eq!(refused, (422, rule.to_owned()));
        world.is_sound().await;
    }

    async fn the_first_use_of_an_as_number_makes_its_resource(engine) {
        let world = world(engine).await;
        world.add("10.0.0.0/24", "asn=64496").await;
        world.add("10.0.1.0/24", "asn=64496").await;
        world.patch("/ipam/netblocks/10.0.1.0/24", json!({ "asn": 64497 })).await;
        let found = world.get("/resources?type=asn").await.body;
        let names: Vec<&Value> = found.as_array().unwrap().iter().map(|resource| &resource["name"]).collect();
        assert_eq!(names, ["AS64496", "AS64497"]);
    }

    async fn a_block_moves_from_one_holder_to_another(engine) {
        let world = world(engine).await;
        let (ann, bob, eve) = (world.holder("Ann").await, world.holder("Bob").await, world.holder("Eve").await);
        world.add("10.0.0.0/24", "").await;
        world.pool("10.0.0.0/24", ann).await;
        let body = json!({ "resource_id": eve, "type": "ipv4", "mask": 26, "assigned_resource_id": ann });
        assert_eq!(world.put("/ipam/netblocks/smart_assign", body).await.body["cidr"], "10.0.0.0/26");
        let moved = world.put("/ipam/netblocks/10.0.0.0/24/move", json!({ "resource_id": bob })).await;
        assert_eq!((moved.status, &moved.body["resource_name"]), (200, &json!("Bob")));
        assert_eq!(
            world.leaves("10.0.0.0/24").await,
            ["10.0.0.0/26 assigned Eve", "10.0.0.64/26 pool Bob", "10.0.0.128/25 pool Bob"]
        );
        world.is_sound().await;
        world.done("action=unassign&block=10.0.0.0/26&skipHolding=true").await;
        assert_eq!(world.leaves("10.0.0.0/24").await[0], "10.0.0.0/26 pool Bob", "it goes back to the new holder");
        assert_eq!(cidrs(&world.get(&format!("/ipam/netblocks?resource_id={ann}")).await.body), [""; 0]);
        let again = world.put("/ipam/netblocks/10.0.0.0/24/move", json!({ "resource_id": bob })).await;
        assert_eq!(again.refusal(), (409, "block: \"Bob\" holds 10.0.0.0/24 already".to_owned()));
        world.add("10.0.1.0/24", "").await;
        let free = world.put("/ipam/netblocks/10.0.1.0/24/move", json!({ "resource_id": bob })).await;
        assert_eq!(free.refusal(), (409, "block: 10.0.1.0/24 is held by nobody; assign it instead".to_owned()));
        world.is_sound().await;
    }

    async fn a_move_needs_rights_at_both_ends_and_a_reservation_one_on_the_holder(engine) {
        let world = world(engine).await;
        let (acme, bolt) = (world.holder("Acme").await, world.holder("Bolt").await);
        world.add("10.0.0.0/24", "").await;
        world.assign("10.0.0.0/24", acme).await;
        world.add("10.0.1.0/24", "").await;
        let [read, update] = [Action::Read, Action::Update].map(|action| Rights::of(Area::Ipam, action));
        let (here, there) = (read | update, read);
        for (at_acme, at_bolt, status) in [(here, here, 200), (here, there, 403), (there, here, 403), (here, Rights::NONE, 422)] {
            let ann = testkit::actor("ann").with(at_acme, acme).with(at_bolt, bolt).build();
            let body = json!({ "resource_id": bolt });
            let reply = world.v2_as(&ann, Method::PUT, "/ipam/netblocks/10.0.0.0/24/move", body).await;
            assert_eq!(reply.status, status, "{reply:?}");
            if status == 200 {
                world.put("/ipam/netblocks/10.0.0.0/24/move", json!({ "resource_id": acme })).await;
            }
        }
        let ann = testkit::actor("ann").with(read, kernel::ResourceId(2)).build();
        for what in ["reserve", "release"] {
            let path = format!("/ipam/netblocks/10.0.1.0/24/{what}");
            assert_eq!(world.v2_as(&ann, Method::PUT, &path, json!({})).await.status, 403);
        }
    }
}
