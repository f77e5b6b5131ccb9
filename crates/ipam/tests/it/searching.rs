//! One box over all blocks: addresses and ranges, beginnings of addresses, notes and attributes.

use kernel::{Action, Actor, Area, Rights};
use testkit::{actor, on_both};

use crate::world::{World, world};

async fn found(world: &World, actor: &Actor, text: &str, limit: u32) -> Vec<String> {
    let mut tx = world.test.db.read(actor).await.unwrap();
    let found = ipam::search(&mut tx, text, limit).await.unwrap();
    found.into_iter().map(|block| block.prefix.to_string()).collect()
}

async fn search(world: &World, text: &str) -> Vec<String> {
    found(world, &actor("root").administrator(), text, 20).await
}

on_both! {
    async fn an_address_finds_the_blocks_around_it_the_smallest_first(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("192.0.2.0/24", "").await;
        world.add("2001:db8::/32", "").await;
        world.assign("192.0.2.64/26", acme).await;
        assert_eq!(search(&world, "192.0.2.77").await, ["192.0.2.64/26", "192.0.2.0/25", "192.0.2.0/24"]);
        assert_eq!(search(&world, "2001:db8::7").await, ["2001:db8::/32"]);
        assert_eq!(search(&world, "198.51.100.1").await, [""; 0]);
        assert_eq!(found(&world, &actor("root").administrator(), "192.0.2.77", 1).await, ["192.0.2.64/26"]);
    }

    async fn a_range_finds_itself_then_what_is_around_it_then_what_is_in_it(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("192.0.2.0/24", "").await;
        world.assign("192.0.2.0/26", acme).await;
        let expected = ["192.0.2.0/25", "192.0.2.0/24", "192.0.2.0/26", "192.0.2.64/26"];
        assert_eq!(search(&world, "192.0.2.0/25").await, expected);
        assert_eq!(search(&world, "192.0.2.128/27").await, ["192.0.2.128/25", "192.0.2.0/24"]);
    }

    async fn the_beginning_of_an_address_finds_all_that_begin_so(engine) {
        let world = world(engine).await;
        world.add("10.17.0.0/24", "").await;
        world.add("10.170.0.0/24", "").await;
        world.add("10.18.0.0/24", "").await;
        assert_eq!(search(&world, "10.17.").await, ["10.17.0.0/24"]);
        assert_eq!(search(&world, "10.17").await, ["10.17.0.0/24", "10.170.0.0/24"]);
    }

    async fn a_piece_of_notes_or_of_an_attribute_finds_the_block(engine) {
        let world = world(engine).await;
        world.tags(&["Customer"]).await;
        world.add("10.0.0.0/24", "notes=Rack+12+in+Reykjavik").await;
        world.add("10.1.0.0/24", "tags=Customer").await;
        world.add("10.2.0.0/24", "vlan=2077").await;
        assert_eq!(search(&world, "eykjav").await, ["10.0.0.0/24"]);
        assert_eq!(search(&world, "RACK 12").await, ["10.0.0.0/24"]);
        assert_eq!(search(&world, "custom").await, ["10.1.0.0/24"]);
        assert_eq!(search(&world, "2077").await, ["10.2.0.0/24"]);
        assert_eq!(search(&world, "nothing like it").await, [""; 0]);
    }

    async fn notes_are_found_as_they_are_now(engine) {
        let world = world(engine).await;
        world.add("10.0.0.0/24", "notes=first+words").await;
        world.done("action=split&block=10.0.0.0/24").await;
        assert_eq!(search(&world, "first wor").await, ["10.0.0.0/24", "10.0.0.0/25", "10.0.0.128/25"]);
        world.done("action=update&block=10.0.0.0/25&notes=other+words").await;
        assert_eq!(search(&world, "first wor").await, ["10.0.0.0/24", "10.0.0.128/25"]);
        assert_eq!(search(&world, "other wor").await, ["10.0.0.0/25"]);
        world.done("action=aggregate&block=10.0.0.0/25").await;
        assert_eq!(search(&world, "other wor").await, [""; 0]);
        world.patch("/ipam/netblocks/10.0.0.0/24", serde_json::json!({ "notes": null })).await;
        assert_eq!(search(&world, "first wor").await, [""; 0]);
        world.done("action=update&block=10.0.0.0/24&notes=back+again").await;
        assert_eq!(search(&world, "back aga").await, ["10.0.0.0/24"]);
    }

    async fn only_what_may_be_seen_is_found(engine) {
        let world = world(engine).await;
        let (acme, bolt) = (world.holder("Acme").await, world.holder("Bolt").await);
        world.add("10.0.0.0/24", &format!("resourceId={acme}&notes=secret+plan")).await;
        world.add("10.0.1.0/24", &format!("resourceId={bolt}&notes=secret+plan")).await;
        let ann = actor("ann").with(Rights::of(Area::Ipam, Action::Read), acme).build();
        for text in ["secret plan", "10.0.", "1918"] {
            assert_eq!(found(&world, &ann, text, 20).await, ["10.0.0.0/24"], "{text}");
        }
        assert_eq!(found(&world, &ann, "10.0.1.7", 20).await, [""; 0]);
    }
}
