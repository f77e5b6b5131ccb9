//! `/resources` of API v2.

use axum::http::{Method, Request};
use kernel::{Action, ResourceId};
use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{may, world};

on_both! {
    async fn a_resource_is_added_shown_changed_and_deleted(engine) {
        let world = world(engine).await;
        let section = world.section("Firewall").await.id;
        let body = json!({
            "name": "fw1", "type": "entry", "section": "firewall", "parent_id": "1", "custom_id": "cust-001",
            "attrs": {"serial": "A1"}, "fields": {"network-fqdn": ["a.example", "b.example"]}
        });
        let (status, added) = world.v2(Method::POST, "/resources", body).await;
        assert_eq!(status, 201, "{added}");
        let id = added["id"].as_str().unwrap().to_owned();
        let rights: serde_json::Map<String, Value> =
            kernel::Rights::ALL.names().into_iter().map(|name| (name.to_owned(), json!("1"))).collect();
        let expected = json!({
            "id": id, "parent_id": "1", "name": "fw1", "slug": "fw1", "type": "entry", "category_id": null,
            "custom_id": "cust-001", "date": "2026-01-01 00:00:00", "modified": "2026-01-01 00:00:00",
            "attrs": {"_section": section.to_string(), "serial": "A1", "network-fqdn": ["a.example", "b.example"]},
            "section": {
                "id": section.to_string(), "name": "Firewall", "slug": "firewall", "type": "section", "parent_id": "1"
            },
            "gadgets": [], "permissions": rights, "linkages": []
        });
        assert_eq!(added, expected);
        let path = format!("/resources/{id}");
        assert_eq!(world.v2(Method::GET, &path, Value::Null).await, (200, expected));

        let patch = json!({"name": "fw2", "custom_id": null, "attrs": {"serial": null, "network-fqdn": "c.example"}});
        let (status, changed) = world.v2(Method::PATCH, &path, patch).await;
        assert_eq!(status, 200);
        assert_eq!((&changed["name"], &changed["custom_id"]), (&json!("fw2"), &Value::Null));
        assert_eq!(changed["attrs"], json!({"_section": section.to_string(), "network-fqdn": "c.example"}));
        assert_eq!(changed["slug"], "fw1", "a slug stays when the name changes");

        assert_eq!(world.v2(Method::DELETE, &path, Value::Null).await, (204, Value::Null));
        let (status, problem) = world.v2(Method::GET, &path, Value::Null).await;
        assert_eq!((status, &problem["detail"]), (404, &json!(format!("No resource found with ID: {id}"))));
    }

    async fn what_is_empty_is_an_empty_object(engine) {
        let world = world(engine).await;
        let ann = testkit::actor("ann").with(may(&[Action::Read]), ResourceId(2)).build();
        let (_, shown) = world.v2_as(&ann, Method::GET, "/resources/2", Value::Null).await;
        assert_eq!((&shown["attrs"], &shown["section"]), (&json!({}), &json!({})));
        assert_eq!(shown["permissions"], json!({"permissionResourceRead": "1"}));
        let (_, list) = world.v2_as(&ann, Method::GET, "/resources?load_attributes=false", Value::Null).await;
        assert_eq!(list.as_array().unwrap().len(), 1);
    }

    async fn clients_may_send_back_what_they_were_shown(engine) {
        let world = world(engine).await;
        let section = world.section("S").await.id;
        let (_, shown) = world.v2(Method::POST, "/resources", json!({"name": "A", "type": "entry", "section_id": section})).await;
        let path = format!("/resources/{}", shown["id"].as_str().unwrap());
        let (status, again) = world.v2(Method::PATCH, &path, shown.clone()).await;
        assert_eq!((status, again), (200, shown));
        // As a client in Go fills the fields that it was not told to change.
        let empty = json!({"id": "", "parent_id": "", "name": "", "slug": "", "type": "", "date": "", "modified": "", "attrs": {"a": "1"}});
        let (status, changed) = world.v2(Method::PATCH, &path, empty).await;
        assert_eq!((status, &changed["name"], &changed["attrs"]["a"]), (200, &json!("A"), &json!("1")));
    }

    async fn a_field_that_is_wrong_is_named(engine) {
        let world = world(engine).await;
        for (method, path, body, field, detail) in [
            (Method::POST, "/resources", json!({"type": "thing"}), "name", "is required"),
            (Method::POST, "/resources", json!({"name": "A"}), "type", "is required"),
            (Method::POST, "/resources", json!({"name": "A", "type": "entry"}), "section", "Entries must be assigned to a section"),
            (Method::POST, "/resources", json!({"name": "A", "type": "thing", "parent_id": 99}), "parent_id", "No resource found with ID: 99"),
            (Method::POST, "/resources", json!({"name": "A", "type": "thing", "parent_id": "x"}), "parent_id", "must be the id of a resource, a whole number"),
            (Method::POST, "/resources", json!({"name": "A", "type": "thing", "attrs": {"a": {}}}), "attrs.a", "must be a text, a list of texts, or null"),
            (Method::POST, "/resources", json!({"name": "A", "type": "thing", "attrs": {"a": "x\u{0}"}}), "attrs.a", "may not hold a NUL character"),
            (Method::POST, "/resources", json!({"name": "A\u{0}", "type": "thing"}), "name", "must have 1 to 255 printable characters"),
            (Method::PATCH, "/resources/2", json!({"type": "section"}), "type", "resource 2 is a system and can't become a section"),
            (Method::GET, "/resources?parent_id=x", Value::Null, "parent_id", "\"x\" is not a number, or not one that is possible here"),
            (Method::GET, "/resources?name=%00", Value::Null, "name", "its value contains a NUL byte (%00)"),
            (Method::GET, "/resources?limit=0", Value::Null, "limit", "must be 1 to 1000"),
            (Method::POST, "/resources/query", json!({"attrs": [{"key": "a", "value": "b", "compare": "<>>"}]}), "attrs[0][compare]", "must be one of =, !=, >=, <=, LIKE, NOT LIKE, IN, NOT IN, BETWEEN, NOT BETWEEN"),
        ] {
            let (status, problem) = world.v2(method, path, body).await;
            assert_eq!(status, 422, "{path}: {problem}");
            assert_eq!(problem["errors"][0], json!({"field": field, "detail": detail}), "{path}");
        }
        let (status, problem) = world.v2(Method::POST, "/resources", json!({"name": "A", "type": "thing", "colour": "red"})).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("colour")));
        let (status, problem) = world.v2(Method::GET, "/resources?parent=1", Value::Null).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("parent")));
    }

    async fn lists_filter_sort_and_page(engine) {
        let world = world(engine).await;
        let parent = world.thing("Parent", ResourceId::TOP).await.id;
        for name in ["b", "A", "c"] {
            world.thing(name, parent).await;
        }
        let names = async |path: String| {
            let (status, list) = world.v2(Method::GET, &path, Value::Null).await;
            assert_eq!(status, 200, "{path}: {list}");
            list.as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(format!("/resources?parent_id={parent}")).await, ["A", "b", "c"]);
        assert_eq!(names(format!("/resources/{parent}/children?limit=2&sort=DESC")).await, ["c", "b"]);
        assert_eq!(names(format!("/resources/{parent}/children?limit=2&page=2")).await, ["c"]);
        assert_eq!(names(format!("/resources/{parent}/children?q=B")).await, ["b"]);
        assert_eq!(names("/resources?name=Parent&type=thing".to_owned()).await, ["Parent"]);
        assert_eq!(names("/resources?resource__in=3,2&order_by=resource__in".to_owned()).await, ["Holding", "Available"]);
        assert_eq!(world.v2(Method::GET, "/resources/99/children", Value::Null).await.0, 404);
    }

    async fn a_query_in_the_body_takes_conditions_on_attributes(engine) {
        let world = world(engine).await;
        for (name, host) in [("one", "a.b."), ("two", "c.d.")] {
            let body = json!({"name": name, "type": "dnsrecord", "attrs": {"record_host": host}});
            assert_eq!(world.v2(Method::POST, "/resources", body).await.0, 201);
        }
        let query = json!({
            "type": "dnsrecord", "parent_id": "1", "limit": 10,
            "attrs": [{"key": "record_host", "value": "a.b.", "compare": "=", "rule": "AND"}]
        });
        let (status, list) = world.v2(Method::POST, "/resources/query", query).await;
        assert_eq!((status, list.as_array().unwrap().len(), &list[0]["name"]), (200, 1, &json!("one")));
        let (status, _) = world.v2(Method::POST, "/resources/query", json!({"typ": "dnsrecord"})).await;
        assert_eq!(status, 422);
        let (_, all) = world.v2(Method::POST, "/resources/query", json!({"type": "dnsrecord", "limit": 1, "page": 2})).await;
        assert_eq!(all[0]["name"], "two");
    }

    async fn a_repeated_request_is_done_once(engine) {
        let world = world(engine).await;
        let send = async |key: &str, body: Value| {
            let request = Request::post("/api/v2/resources").header("content-type", "application/json");
            world.v2_request(&world.root, request.header("Idempotency-Key", key), body).await
        };
        let body = json!({"name": "A", "type": "thing"});
        let first = send("k1", body.clone()).await;
        assert_eq!(first.0, 201);
        assert_eq!(send("k1", body.clone()).await, first);
        assert_ne!(send("k2", body).await.1["id"], first.1["id"]);
        let other = send("k1", json!({"name": "B", "type": "thing"})).await;
        assert_eq!((other.0, &other.1["errors"][0]["field"]), (422, &json!("Idempotency-Key")));

        let id = first.1["id"].as_str().unwrap();
        let delete = async || {
            let request = Request::delete(format!("/api/v2/resources/{id}")).header("Idempotency-Key", "k3");
            world.v2_request(&world.root, request, Value::Null).await.0
        };
        assert_eq!((delete().await, delete().await), (204, 204));
    }

    async fn rights_decide_between_404_403_and_done(engine) {
        let world = world(engine).await;
        let id = world.thing("A", ResourceId::TOP).await.id;
        let path = format!("/resources/{id}");
        let ann = |actions: &[Action]| testkit::actor("ann").with(may(actions), id).build();
        for (actions, read, change, delete) in [
            (&[][..], 404, 404, 404),
            (&[Action::Update, Action::Delete], 404, 404, 404),
            (&[Action::Read], 200, 403, 403),
            (&[Action::Read, Action::Update], 200, 200, 403),
            (&[Action::Read, Action::Delete], 200, 403, 204),
        ] {
            let ann = ann(actions);
            let status = async |method, body| world.v2_as(&ann, method, &path, body).await.0;
            assert_eq!(status(Method::GET, Value::Null).await, read, "{actions:?}");
            assert_eq!(status(Method::PATCH, json!({"name": "B"})).await, change, "{actions:?}");
            assert_eq!(status(Method::DELETE, Value::Null).await, delete, "{actions:?}");
        }
    }

    async fn the_document_has_no_faults(engine) {
        let world = world(engine).await;
        let (_, document) = api_v2::assemble("1.0.0", [("resources", resources::v2(&world.resources))]).unwrap();
        assert_eq!(api_v2::faults(&document), [""; 0]);
    }
}
