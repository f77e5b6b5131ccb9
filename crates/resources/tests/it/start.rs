//! The first start, and every other one.

use axum::http::Method;
use kernel::ResourceId;
use resources::system;
use serde_json::Value;
use testkit::on_both;

use crate::world::{is_not_found, refusal, thing, world};

on_both! {
    async fn a_fresh_database_has_the_systems_own_resources_under_fixed_ids(engine) {
        let world = world(engine).await;
        let mut all = Vec::new();
        for id in 1..=4 {
            let resource = world.get(ResourceId(id)).await;
            assert!(resource.is_system);
            all.push((resource.id, resource.name, resource.slug, resource.path));
        }
        let owned = |id: ResourceId, name: &str, slug: &str, path: &str| (id, name.to_owned(), slug.to_owned(), path.to_owned());
        assert_eq!(all, [
            owned(ResourceId::TOP, "TLR", "tlr", "/1/"),
            owned(system::AVAILABLE, "Available", "available", "/1/2/"),
            owned(system::HOLDING, "Holding", "holding", "/1/3/"),
            owned(system::REVERSE, "Reverse", "reverse", "/1/4/"),
        ]);
    }

    async fn a_second_start_changes_nothing_and_the_fixed_ids_are_given_to_nobody_else(engine) {
        let world = world(engine).await;
        let first = world.thing("First", ResourceId::TOP).await;
        assert_eq!(first.id, ResourceId(5));
        resources::bootstrap(&world.test.db).await.unwrap();
        assert_eq!(world.get(first.id).await, first);
    }

    async fn the_systems_own_resources_can_be_renamed_but_neither_deleted_nor_moved(engine) {
        let world = world(engine).await;
        let (status, _) = world.v2(Method::PATCH, "/resources/2", serde_json::json!({"name": "Free"})).await;
        assert_eq!(status, 200);
        assert_eq!(world.get(system::AVAILABLE).await.name, "Free");

        let place = world.thing("Place", ResourceId::TOP).await;
        let patch = resources::ResourcePatch { parent_id: Some(place.id), ..Default::default() };
        let moved = world.change(&world.root, system::HOLDING, patch).await;
        assert_eq!(refusal(moved), "\"Holding\" (3) belongs to the system and stays.");

        for id in 1..=4 {
            for path in [format!("/resources/{id}"), format!("/resources/{id}?recursive=true")] {
                let (status, problem) = world.v2(Method::DELETE, &path, Value::Null).await;
                assert_eq!(status, 409, "{path}: {problem}");
            }
            for form in [format!("action=delete&id={id}"), format!("action=delete&recursive=1&id={id}")] {
                assert!(world.v1(&form).await.starts_with(r#"{"success":0"#), "{form}");
            }
            world.get(ResourceId(id)).await;
        }
        assert_eq!(world.get(place.id).await, place, "what lies below stays as well");
    }

    async fn nobody_makes_a_resource_of_the_systems_own_kinds(engine) {
        let world = world(engine).await;
        for kind in ["tlr", "system"] {
            let new = resources::NewResource { kind: kind.to_owned(), ..thing("Other", ResourceId::TOP) };
            assert_eq!(refusal(world.add(new).await), format!("type: {kind} is for the system's own resources"));
        }
    }

    async fn the_tree_tells_where_a_resource_hangs(engine) {
        let world = world(engine).await;
        let child = world.thing("Child", system::REVERSE).await.id;
        let mut tx = world.read(&world.root).await;
        let tree: &dyn access::Tree = &resources::Tree;
        let lineage = tree.lineage(&mut tx, child).await.unwrap();
        assert_eq!(lineage, Some(vec![child, system::REVERSE, ResourceId::TOP]));
        assert_eq!(tree.lineage(&mut tx, ResourceId(77)).await.unwrap(), None);
    }

    async fn a_resource_that_does_not_exist_is_named_in_the_refusal(engine) {
        let world = world(engine).await;
        let mut tx = world.read(&world.root).await;
        let got = resources::get(&mut tx, ResourceId(77)).await;
        assert_eq!(refusal(got), "No resource found with ID: 77");
        assert!(is_not_found(&resources::get(&mut tx, ResourceId(-1)).await));
        let loaded = resources::load(&mut tx, &[ResourceId(77), ResourceId(2)]).await.unwrap();
        assert_eq!(loaded.keys().collect::<Vec<_>>(), [&ResourceId(2)]);
    }
}
