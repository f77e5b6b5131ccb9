//! Copying resources and looking at the top of a tree, by API v2.

use std::sync::Arc;

use axum::http::{Method, Request};
use kernel::{Action, Actor, Grants, GroupId, ResourceId, Rights};
use resources::NewResource;
use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{EVERY_RESOURCE_RIGHT, World, entry, may, world};

async fn clone(world: &World, id: impl std::fmt::Display, body: Value) -> (u16, Value) {
    world.v2(Method::POST, &format!("/resources/{id}/clone"), body).await
}

async fn names_below(world: &World, id: &str, rest: &str) -> Vec<String> {
    let (status, list) = world.v2(Method::GET, &format!("/resources/{id}/top_of_tree{rest}"), Value::Null).await;
    assert_eq!(status, 200, "{list}");
    list.as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap().to_owned()).collect()
}

/// Somebody whose one group has these entries, of which the nearest counts.
fn in_one_group(entries: &[(ResourceId, Rights)]) -> Actor {
    let mut grants = Grants::default();
    for (on, rights) in entries {
        grants.add(GroupId(1), *on, *rights);
    }
    Actor { grants: Arc::new(grants), ..testkit::actor("ann").build() }
}

on_both! {
    async fn a_copy_is_like_the_original_but_for_what_names_that_one_only(engine) {
        let world = world(engine).await;
        world.section("S").await;
        let parent = world.thing("P", ResourceId::TOP).await.id;
        let body = json!({
            "name": "E", "type": "entry", "section": "s", "parent_id": parent, "custom_id": "c-1",
            "attrs": {"a": ["1", "2"], "b": "3"}
        });
        let (_, original) = world.v2(Method::POST, "/resources", body).await;
        let id = original["id"].as_str().unwrap();
        world.v2(Method::POST, &format!("/resources/{id}/links"), json!({"resource_id": parent, "relation": "contact"})).await;
        let (status, copy) = clone(&world, id, json!({"name": "Another"})).await;
        assert_eq!(status, 201, "{copy}");
        for same in ["type", "parent_id", "section", "attrs", "category_id"] {
            assert_eq!(copy[same], original[same], "{same}");
        }
        assert_ne!(copy["id"], original["id"]);
        assert_eq!(
            [&copy["name"], &copy["slug"], &copy["custom_id"], &copy["linkages"]],
            [&json!("Another"), &json!("another"), &Value::Null, &json!([])]
        );
    }

    async fn a_copy_of_a_section_has_its_fields_and_gadgets(engine) {
        let world = world(engine).await;
        let fields = json!([{"new": true, "name": "FQDN", "field_type": "text", "help_block": "of the host"}]);
        let body = json!({"name": "S", "type": "section", "fields": fields, "gadgets": [{"code": "_ipam", "uuid": "u"}]});
        let (_, section) = world.v2(Method::POST, "/resources", body).await;
        let (_, copy) = clone(&world, section["id"].as_str().unwrap(), json!({"name": "T"})).await;
        let read = async |id: &Value| {
            let read = world.v1_json(&format!("action=get&id={}", id.as_str().unwrap())).await;
            (read["data"][0]["fields"].clone(), read["data"][0]["gadgets"].clone())
        };
        let (fields, gadgets) = read(&copy["id"]).await;
        assert_eq!((&fields[0]["slug"], &fields[0]["help_block"]), (&json!("fqdn"), &json!("of the host")));
        assert_eq!((fields, gadgets), read(&section["id"]).await);
    }

    async fn what_lies_below_is_copied_when_asked_for_and_as_far_as_it_is_seen(engine) {
        let world = world(engine).await;
        let (root, target) = (world.thing("Root", ResourceId::TOP).await.id, world.thing("Target", ResourceId::TOP).await.id);
        let (b1, b2) = (world.thing("B1", root).await.id, world.thing("B2", root).await.id);
        world.thing("C1", b1).await;
        let hidden_below = world.thing("C2", b2).await.id;
        let (status, alone) = clone(&world, root, json!({"name": "Alone"})).await;
        assert_eq!(status, 201);
        assert_eq!(names_below(&world, alone["id"].as_str().unwrap(), "").await, [""; 0]);

        let body = json!({"name": "Whole", "clone_children": true, "parent_id": target});
        let (_, whole) = clone(&world, root, body).await;
        assert_eq!(whole["parent_id"], target.to_string());
        assert_eq!(names_below(&world, whole["id"].as_str().unwrap(), "").await, ["B1", "B2", "C1", "C2"]);

        let every = may(&EVERY_RESOURCE_RIGHT);
        let ann = in_one_group(&[(ResourceId::TOP, every), (b2, Rights::NONE), (hidden_below, every)]);
        let body = json!({"name": "Seen", "clone_children": true});
        let (status, seen) = world.v2_as(&ann, Method::POST, &format!("/resources/{root}/clone"), body).await;
        assert_eq!(status, 201);
        assert_eq!(names_below(&world, seen["id"].as_str().unwrap(), "").await, ["B1", "C1"]);
    }

    async fn a_tree_is_copied_into_itself_once(engine) {
        let world = world(engine).await;
        let root = world.thing("Root", ResourceId::TOP).await.id;
        let child = world.thing("Child", root).await.id;
        let body = json!({"name": "Inner", "clone_children": true, "parent_id": child});
        let (status, inner) = clone(&world, root, body).await;
        assert_eq!(status, 201);
        assert_eq!(names_below(&world, inner["id"].as_str().unwrap(), "").await, ["Child"]);
    }

    async fn a_copy_takes_the_right_to_read_the_original_and_to_create_where_it_goes(engine) {
        let world = world(engine).await;
        let (parent, other) = (world.thing("P", ResourceId::TOP).await.id, world.thing("Q", ResourceId::TOP).await.id);
        let id = world.thing("A", parent).await.id;
        let (read, create) = (may(&[Action::Read]), may(&[Action::Read, Action::Create]));
        for (at_parent, at_other, beside, there) in [
            (may(&[]), create, 404, 404),
            (read, may(&[]), 403, 422),
            (read, read, 403, 403),
            (read, create, 403, 201),
            (create, may(&[]), 201, 422),
        ] {
            let ann = testkit::actor("ann").with(at_parent, parent).with(at_other, other).build();
            let path = format!("/resources/{id}/clone");
            let status = async |body| world.v2_as(&ann, Method::POST, &path, body).await.0;
            assert_eq!(status(json!({"name": "B"})).await, beside, "{at_parent:?}");
            assert_eq!(status(json!({"name": "B", "parent_id": other})).await, there, "{at_parent:?} {at_other:?}");
        }
    }

    async fn what_can_not_be_copied_is_refused(engine) {
        let world = world(engine).await;
        let (status, problem) = clone(&world, 2, json!({"name": "B"})).await;
        assert_eq!((status, &problem["detail"]), (409, &json!("\"Available\" (2) belongs to the system and can't be copied.")));
        let id = world.thing("A", ResourceId::TOP).await.id;
        for (body, field) in [(json!({}), "name"), (json!({"name": ""}), "name"), (json!({"name": "B", "parent_id": 99}), "parent_id"), (json!({"name": "B", "deep": true}), "deep")] {
            let (status, problem) = clone(&world, id, body).await;
            assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)));
        }
    }

    async fn a_repeated_request_for_a_copy_is_done_once(engine) {
        let world = world(engine).await;
        let id = world.thing("A", ResourceId::TOP).await.id;
        let send = async || {
            let request = Request::post(format!("/api/v2/resources/{id}/clone")).header("content-type", "application/json");
            world.v2_request(&world.root, request.header("Idempotency-Key", "k"), json!({"name": "B"})).await
        };
        assert_eq!(send().await, send().await);
    }

    async fn the_top_of_a_tree_is_two_levels_as_far_as_they_are_seen(engine) {
        let world = world(engine).await;
        let root = world.thing("Root", ResourceId::TOP).await.id;
        let (b, a) = (world.thing("B", root).await.id, world.thing("A", root).await.id);
        let c = world.thing("C", b).await.id;
        world.thing("D", a).await;
        world.thing("Too deep", c).await;
        let id = root.to_string();
        assert_eq!(names_below(&world, &id, "").await, ["A", "B", "C", "D"]);
        assert_eq!(names_below(&world, &id, "?limit=3").await, ["A", "B", "C"]);
        assert_eq!(names_below(&world, &id, "?limit=1").await, ["A"]);
        let path = format!("/resources/{root}/top_of_tree");
        assert_eq!(world.v2(Method::GET, &format!("{path}?limit=0"), Value::Null).await.0, 422);
        let ann = in_one_group(&[(root, may(&[Action::Read])), (b, Rights::NONE)]);
        let (_, seen) = world.v2_as(&ann, Method::GET, &path, Value::Null).await;
        assert_eq!(seen.as_array().unwrap().len(), 2, "A and D: {seen}");
        let bob = testkit::actor("bob").build();
        assert_eq!(world.v2_as(&bob, Method::GET, &path, Value::Null).await.0, 404);
    }

    async fn the_top_of_the_tree_may_be_that_of_a_section(engine) {
        let world = world(engine).await;
        let (one, two) = (world.section("One").await, world.section("Two").await);
        let top = world.add(entry("A", &one)).await.unwrap().id;
        let child = NewResource { parent_id: Some(top), ..entry("B", &one) };
        let child = world.add(child).await.unwrap().id;
        world.add(NewResource { parent_id: Some(child), ..entry("C", &one) }).await.unwrap();
        world.add(NewResource { parent_id: Some(top), ..entry("D", &two) }).await.unwrap();
        let names = async |rest: String| {
            let (status, list) = world.v2(Method::GET, &format!("/resources/top_of_tree{rest}"), Value::Null).await;
            assert_eq!(status, 200, "{list}");
            list.as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(format!("?section_id={}", one.id)).await, ["A", "B"]);
        assert_eq!(names("?section=one&limit=1".to_owned()).await, ["A"]);
        assert_eq!(names("?section=two".to_owned()).await, [""; 0]);
        assert_eq!(names(String::new()).await, ["A", "Available", "Holding", "One", "Reverse", "Two", "B", "D"]);
        for rest in ["?section=none", "?section_id=1", "?section=one&section_id=2", "?limit=0"] {
            assert_eq!(world.v2(Method::GET, &format!("/resources/top_of_tree{rest}"), Value::Null).await.0, 422, "{rest}");
        }
    }
}
