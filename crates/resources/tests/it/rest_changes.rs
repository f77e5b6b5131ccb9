//! Replacing a resource, and changing several, by API v2.

use axum::http::Method;
use kernel::{Action, ResourceId};
use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{may, world};

on_both! {
    async fn put_replaces_all_but_what_a_resource_can_not_be_without(engine) {
        let world = world(engine).await;
        world.section("S").await;
        let parent = world.thing("P", ResourceId::TOP).await.id;
        let (_, category) = world.v2(Method::POST, "/resources", json!({"name": "C", "type": "category"})).await;
        let body = json!({
            "name": "E", "type": "entry", "section": "s", "parent_id": parent, "category_id": category["id"],
            "custom_id": "c-1", "attrs": {"a": "1", "b": "2"}
        });
        let (status, before) = world.v2(Method::POST, "/resources", body).await;
        assert_eq!(status, 201, "{before}");
        let path = format!("/resources/{}", before["id"].as_str().unwrap());
        let (status, same) = world.v2(Method::PUT, &path, before.clone()).await;
        assert_eq!((status, &same), (200, &before), "what was shown can be put back");

        let (status, after) = world.v2(Method::PUT, &path, json!({"name": "F", "type": "entry", "attrs": {"b": "3"}})).await;
        assert_eq!(status, 200, "{after}");
        assert_eq!(after["attrs"], json!({"_section": before["attrs"]["_section"], "b": "3"}));
        assert_eq!((&after["name"], &after["custom_id"], &after["category_id"]), (&json!("F"), &Value::Null, &Value::Null));
        for kept in ["slug", "parent_id", "section", "id", "date"] {
            assert_eq!(after[kept], before[kept], "{kept}");
        }
    }

    async fn put_takes_a_name_and_the_type_that_it_has(engine) {
        let world = world(engine).await;
        let path = format!("/resources/{}", world.thing("A", ResourceId::TOP).await.id);
        for (body, field) in [
            (json!({"type": "thing"}), "name"),
            (json!({"name": "A"}), "type"),
            (json!({"name": "A", "type": "section"}), "type"),
        ] {
            let (status, problem) = world.v2(Method::PUT, &path, body).await;
            assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)));
        }
    }

    async fn put_leaves_the_fields_of_a_section_which_a_read_does_not_show(engine) {
        let world = world(engine).await;
        let fields = json!([{"new": true, "name": "FQDN", "field_type": "text"}]);
        let gadgets = json!([{"code": "_ipam", "uuid": "u"}]);
        let body = json!({"name": "S", "type": "section", "fields": fields, "gadgets": gadgets});
        let (_, section) = world.v2(Method::POST, "/resources", body).await;
        let id = section["id"].as_str().unwrap();
        let (_, after) = world.v2(Method::PUT, &format!("/resources/{id}"), json!({"name": "S", "type": "section"})).await;
        assert_eq!(after["gadgets"], json!([]));
        let read = world.v1_json(&format!("action=get&id={id}")).await;
        assert_eq!(read["data"][0]["fields"][0]["slug"], "fqdn");
        world.v2(Method::PUT, &format!("/resources/{id}"), json!({"name": "S", "type": "section", "fields": []})).await;
        let read = world.v1_json(&format!("action=get&id={id}")).await;
        assert_eq!(read["data"][0]["fields"], json!([]));
    }

    async fn several_resources_are_changed_alike_and_answered_in_order(engine) {
        let world = world(engine).await;
        let thing = async |name: &str| world.thing(name, ResourceId::TOP).await.id;
        let (a, b, c) = (thing("A").await, thing("B").await, thing("C").await);
        let body = json!({"id": [b.to_string(), a], "custom_id": "c-1", "attrs": {"rack": "7"}, "parent_id": c});
        let (status, changed) = world.v2(Method::PATCH, "/resources/multiple", body).await;
        assert_eq!(status, 200, "{changed}");
        let shown = |n: usize| [&changed[n]["id"], &changed[n]["custom_id"], &changed[n]["attrs"]["rack"], &changed[n]["parent_id"]];
        assert_eq!(shown(0), [&json!(b.to_string()), &json!("c-1"), &json!("7"), &json!(c.to_string())]);
        assert_eq!(shown(1)[0], &json!(a.to_string()));
        assert_eq!(world.get(c).await.custom_id, None, "it was not in the list");
    }

    async fn when_one_of_several_is_refused_none_is_changed(engine) {
        let world = world(engine).await;
        let (a, b) = (world.thing("A", ResourceId::TOP).await.id, world.thing("B", ResourceId::TOP).await.id);
        let (read, update) = (may(&[Action::Read]), may(&[Action::Read, Action::Update]));
        for (at_b, expected) in [(read, 403), (may(&[]), 404), (update, 200)] {
            let ann = testkit::actor("ann").with(update, a).with(at_b, b).build();
            let body = json!({"id": [a, b], "name": "Same"});
            assert_eq!(world.v2_as(&ann, Method::PATCH, "/resources/multiple", body).await.0, expected);
            assert_eq!(world.get(a).await.name, if expected == 200 { "Same" } else { "A" });
        }
    }

    async fn several_are_at_least_one_and_at_most_a_thousand(engine) {
        let world = world(engine).await;
        for body in [json!({"name": "A"}), json!({"id": [], "name": "A"}), json!({"id": "2", "name": "A"}), json!({"id": vec![2; 1001], "name": "A"})] {
            let (status, problem) = world.v2(Method::PATCH, "/resources/multiple", body).await;
            let expected = json!({"field": "id", "detail": "must be a list of 1 to 1000 ids"});
            assert_eq!((status, &problem["errors"][0]), (422, &expected));
        }
        let (status, problem) = world.v2(Method::PATCH, "/resources/multiple", json!({"id": ["x"], "name": "A"})).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("id")));
    }
}
