//! Searching: a piece of a text finds the resources in which it is, and nothing that may not be seen.

use axum::http::Method;
use kernel::{Action, Actor, ResourceId};
use resources::{NewResource, ResourcePatch};
use serde_json::{Value, json};
use testkit::{actor, on_both};

use crate::world::{World, may, world};

async fn found(world: &World, actor: &Actor, text: &str, limit: usize) -> Vec<String> {
    let found = resources::search(&mut world.read(actor).await, text, limit).await.unwrap();
    found.into_iter().map(|resource| resource.name).collect()
}

impl World {
    async fn search(&self, text: &str) -> Vec<String> {
        found(self, &self.root, text, 10).await
    }

    async fn customer(&self, name: &str, custom_id: &str, attributes: Value) -> ResourceId {
        let body = json!({ "name": name, "type": "customer", "custom_id": custom_id, "attrs": attributes });
        let (status, body) = self.v2_as(&self.root, Method::POST, "/resources", body).await;
        assert_eq!(status, 201, "{body}");
        ResourceId(body["id"].as_str().unwrap().parse().unwrap())
    }
}

on_both! {
    async fn the_whole_name_comes_before_its_beginning_and_that_before_a_piece_of_it(engine) {
        let world = world(engine).await;
        for name in ["The Acme Bank", "acme shop", "Acme Air", "ACME", "Bolt"] {
            world.thing(name, ResourceId::TOP).await;
        }
        assert_eq!(world.search("acme").await, ["ACME", "Acme Air", "acme shop", "The Acme Bank"]);
        assert_eq!(world.search("ME B").await, ["The Acme Bank"], "the case of letters does not matter");
        assert_eq!(world.search("nobody").await, [""; 0]);
        assert_eq!(found(&world, &world.root, "acme", 2).await, ["ACME", "Acme Air"]);
    }

    async fn slugs_custom_ids_and_attributes_are_searched(engine) {
        let world = world(engine).await;
        let attributes = json!({ "serial": "SN-0042-XY" });
        world.customer("North", "cust-0077", attributes).await;
        world.customer("South", "cust-0078", json!({})).await;
        assert_eq!(world.search("cust-0077").await, ["North"]);
        assert_eq!(world.search("t-007").await, ["North", "South"]);
        assert_eq!(world.search("sn-0042").await, ["North"]);
    }

    async fn a_short_text_is_looked_for_at_the_beginning_of_names(engine) {
        let world = world(engine).await;
        world.thing("Zebra", ResourceId::TOP).await;
        world.thing("Pizza", ResourceId::TOP).await;
        assert_eq!(world.search("z").await, ["Zebra"]);
        assert_eq!(world.search("ze").await, ["Zebra"]);
        assert_eq!(world.search("zza").await, ["Pizza"]);
    }

    async fn what_was_renamed_or_deleted_is_found_no_more(engine) {
        let world = world(engine).await;
        let one = world.thing("Old Name", ResourceId::TOP).await.id;
        let other = world.thing("Going Away", ResourceId::TOP).await.id;
        let patch = ResourcePatch { name: Some("New Name".to_owned()), ..ResourcePatch::default() };
        world.change(&world.root, one, patch).await.unwrap();
        let (status, _) = world.v2_as(&world.root, Method::DELETE, &format!("/resources/{other}"), Value::Null).await;
        assert_eq!(status, 204);
        assert_eq!(world.search("ld nam").await, [""; 0]);
        assert_eq!(world.search("ing aw").await, [""; 0]);
        assert_eq!(world.search("ew nam").await, ["New Name"]);
    }

    async fn a_text_is_never_anything_but_a_text(engine) {
        let world = world(engine).await;
        for name in ["100% \"sure\"", "a_b*c", "AND OR NOT", "back\\slash", "Schr\u{f6}der"] {
            world.thing(name, ResourceId::TOP).await;
        }
        assert_eq!(world.search("% \"s").await, ["100% \"sure\""]);
        assert_eq!(world.search("_b*").await, ["a_b*c"]);
        assert_eq!(world.search("or not").await, ["AND OR NOT"]);
        assert_eq!(world.search("k\\s").await, ["back\\slash"]);
        assert_eq!(world.search("r\u{f6}d").await, ["Schr\u{f6}der"]);
        for text in ["name:acme", "acme*", "\"", "'; DROP TABLE resource; --", "NEAR(a b)", "%%%", "___", "\\\\\\"] {
            assert_eq!(world.search(text).await, [""; 0], "{text}");
        }
    }

    async fn only_what_may_be_read_is_found(engine) {
        let world = world(engine).await;
        let north = world.thing("Shared North", ResourceId::TOP).await;
        world.thing("Shared Site", north.id).await;
        world.thing("Shared South", ResourceId::TOP).await;
        let ann = actor("ann").with(may(&[Action::Read]), north.id).build();
        assert_eq!(found(&world, &ann, "shared", 10).await, ["Shared North", "Shared Site"]);
        assert_eq!(found(&world, &ann, "hared S", 10).await, ["Shared Site"]);
        assert_eq!(found(&world, &actor("bob").nobody(), "shared", 10).await, [""; 0]);
    }

    async fn a_failed_change_leaves_the_index_as_it_was(engine) {
        let world = world(engine).await;
        let ann = actor("ann").with(may(&[Action::Read]), ResourceId::TOP).build();
        let new = NewResource { name: "Refused".to_owned(), kind: "customer".to_owned(), ..NewResource::default() };
        world.add_as(&ann, new).await.unwrap_err();
        assert_eq!(world.search("efuse").await, [""; 0]);
    }
}
