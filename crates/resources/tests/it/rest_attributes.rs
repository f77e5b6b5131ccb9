//! `/resources/{id}/attrs` of API v2.

use axum::http::{Method, Request};
use kernel::{Action, ResourceId};
use resources::NewResource;
use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{World, attributes, entry, may, thing, world};

async fn with_attributes(world: &World) -> ResourceId {
    let attributes = attributes(&[("serial", &["A1"]), ("host", &["a.example", "b.example"])]);
    world.add(NewResource { attributes, ..thing("A", ResourceId::TOP) }).await.unwrap().id
}

on_both! {
    async fn attributes_are_shown_as_in_the_resource(engine) {
        let world = world(engine).await;
        let id = with_attributes(&world).await;
        let shown = world.v2(Method::GET, &format!("/resources/{id}/attrs"), Value::Null).await;
        assert_eq!(shown, (200, json!({"serial": "A1", "host": ["a.example", "b.example"]})));
        assert_eq!(world.v2(Method::GET, "/resources/2/attrs", Value::Null).await, (200, json!({})));
        assert_eq!(world.v2(Method::GET, "/resources/99/attrs", Value::Null).await.0, 404);
    }

    async fn post_adds_patch_merges_put_replaces_and_delete_removes(engine) {
        let world = world(engine).await;
        let path = format!("/resources/{}/attrs", with_attributes(&world).await);
        for (method, body, status, then) in [
            (Method::POST, json!({"host": "c.example", "rack": 7}), 201,
             json!({"serial": "A1", "host": ["a.example", "b.example", "c.example"], "rack": "7"})),
            (Method::PATCH, json!({"host": "d.example", "serial": null}), 200, json!({"host": "d.example", "rack": "7"})),
            (Method::PUT, json!({"rack": ["8", "9"], "row": "1"}), 200, json!({"rack": ["8", "9"], "row": "1"})),
            (Method::PUT, json!({}), 200, json!({})),
        ] {
            assert_eq!(world.v2(method, &path, body).await, (status, then.clone()));
            assert_eq!(world.v2(Method::GET, &path, Value::Null).await, (200, then));
        }
        world.v2(Method::PUT, &path, json!({"a": "1", "b": "2", "c": "3"})).await;
        assert_eq!(world.v2(Method::DELETE, &format!("{path}/a,c"), Value::Null).await, (204, Value::Null));
        assert_eq!(world.v2(Method::GET, &path, Value::Null).await, (200, json!({"b": "2"})));
    }

    async fn a_name_that_holds_a_comma_is_removed_alone(engine) {
        let world = world(engine).await;
        let path = format!("/resources/{}/attrs", with_attributes(&world).await);
        world.v2(Method::PUT, &path, json!({"a,b": "1", "a": "2", "b": "3"})).await;
        assert_eq!(world.v2(Method::DELETE, &format!("{path}/a%2Cb"), Value::Null).await.0, 204);
        assert_eq!(world.v2(Method::GET, &path, Value::Null).await, (200, json!({"a": "2", "b": "3"})));
        assert_eq!(world.v2(Method::DELETE, &format!("{path}/a,b"), Value::Null).await.0, 204);
        assert_eq!(world.v2(Method::GET, &path, Value::Null).await, (200, json!({})));
    }

    async fn the_names_in_use_are_those_of_the_sections_and_categories_that_may_be_read(engine) {
        let world = world(engine).await;
        let (one, two) = (world.section("One").await, world.section("Two").await);
        let category = NewResource { kind: "category".to_owned(), ..thing("C", ResourceId::TOP) };
        let category = world.add(category).await.unwrap().id;
        let with = |name: &str| attributes(&[(name, &["1"])]);
        world.add(NewResource { attributes: with("b"), ..entry("A", &one) }).await.unwrap();
        world.add(NewResource { attributes: with("a"), category_id: Some(category), ..entry("B", &one) }).await.unwrap();
        let hidden = world.add(NewResource { attributes: with("c"), ..entry("C", &two) }).await.unwrap().id;
        let names = async |place: String| world.v2(Method::GET, &format!("/resources/{place}/attrs/all"), Value::Null).await;
        assert_eq!(names("all/all".to_owned()).await, (200, json!(["a", "b", "c"])));
        assert_eq!(names(format!("{}/all", one.id)).await, (200, json!(["a", "b"])));
        assert_eq!(names(format!("{},{}/{}", one.id, two.id, category)).await, (200, json!(["a"])));
        assert_eq!(names("x/all".to_owned()).await.0, 422);
        let ann = testkit::actor("ann").with(may(&[Action::Read]), hidden).build();
        let seen = world.v2_as(&ann, Method::GET, "/resources/all/all/attrs/all", Value::Null).await;
        assert_eq!(seen, (200, json!(["c"])));
    }

    async fn of_attributes_that_are_not_all_there_none_is_removed(engine) {
        let world = world(engine).await;
        let id = with_attributes(&world).await;
        let path = format!("/resources/{id}/attrs");
        let (status, problem) = world.v2(Method::DELETE, &format!("{path}/serial,none"), Value::Null).await;
        assert_eq!((status, &problem["detail"]), (404, &json!(format!("Resource {id} has no attribute \"none\"."))));
        assert_eq!(world.v2(Method::GET, &path, Value::Null).await.1["serial"], "A1");
    }

    async fn the_section_of_an_entry_is_shown_and_stays(engine) {
        let world = world(engine).await;
        let section = world.section("S").await;
        let id = world.add(entry("E", &section)).await.unwrap().id;
        let path = format!("/resources/{id}/attrs");
        let expected = json!({"_section": section.id.to_string(), "a": "1"});
        assert_eq!(world.v2(Method::PUT, &path, expected.clone()).await, (200, expected));
        assert_eq!(
            world.v2(Method::PUT, &path, json!({"b": "2"})).await.1,
            json!({"_section": section.id.to_string(), "b": "2"})
        );
        assert_eq!(world.v2(Method::DELETE, &format!("{path}/_section"), Value::Null).await.0, 404);
    }

    async fn the_definition_of_a_field_keeps_its_rules(engine) {
        let world = world(engine).await;
        let body = json!({"name": "F", "type": "field", "field_type": "choicebox", "options": ["a", "b"]});
        let id = world.v2(Method::POST, "/resources", body).await.1["id"].as_str().unwrap().to_owned();
        let path = format!("/resources/{id}/attrs");
        let (status, problem) = world.v2(Method::DELETE, &format!("{path}/_field_type"), Value::Null).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("options")));
        let (_, more) = world.v2(Method::POST, &path, json!({"_options": "c"})).await;
        assert_eq!(more["_options"], json!(["a", "b", "c"]));
    }

    async fn what_does_not_fit_is_refused_by_name(engine) {
        let world = world(engine).await;
        let path = format!("/resources/{}/attrs", with_attributes(&world).await);
        for (body, field, detail) in [
            (json!({"a": {}}), "attrs.a", "must be a text, a list of texts, or null"),
            (json!({"a": "\u{0}"}), "attrs.a", "may not hold a NUL character"),
            (json!({"": "x"}), "attrs.", "must have a name of 1 to 255 printable characters"),
            (json!({"host": vec!["x"; 1001]}), "attrs.host", "may have at most 1000 values"),
        ] {
            for method in [Method::POST, Method::PATCH, Method::PUT] {
                let (status, problem) = world.v2(method.clone(), &path, body.clone()).await;
                assert_eq!((status, &problem["errors"][0]), (422, &json!({"field": field, "detail": detail})), "{method}");
            }
        }
        let (status, problem) = world.v2(Method::POST, &path, json!({"host": vec!["x"; 999]})).await;
        assert_eq!((status, &problem["errors"][0]["detail"]), (422, &json!("may have at most 1000 values")), "with those that are there");
    }

    async fn attributes_take_the_rights_of_their_resource(engine) {
        let world = world(engine).await;
        let id = with_attributes(&world).await;
        let path = format!("/resources/{id}/attrs");
        for (actions, read, post, change, delete) in [
            (&[][..], 404, 404, 404, 404),
            (&[Action::Read][..], 200, 403, 403, 403),
            (&[Action::Read, Action::Update], 200, 201, 200, 204),
        ] {
            let ann = testkit::actor("ann").with(may(actions), id).build();
            let status = async |method, path: &str, body| world.v2_as(&ann, method, path, body).await.0;
            assert_eq!(status(Method::GET, &path, Value::Null).await, read, "{actions:?}");
            assert_eq!(status(Method::POST, &path, json!({"a": "1"})).await, post, "{actions:?}");
            assert_eq!(status(Method::PATCH, &path, json!({"a": "1"})).await, change, "{actions:?}");
            assert_eq!(status(Method::PUT, &path, json!({"a": "1"})).await, change, "{actions:?}");
            assert_eq!(status(Method::DELETE, &format!("{path}/a"), Value::Null).await, delete, "{actions:?}");
        }
    }

    async fn a_repeated_request_adds_once(engine) {
        let world = world(engine).await;
        let path = format!("/resources/{}/attrs", with_attributes(&world).await);
        let send = async || {
            let request = Request::post(format!("/api/v2{path}")).header("content-type", "application/json");
            world.v2_request(&world.root, request.header("Idempotency-Key", "k"), json!({"serial": "A2"})).await
        };
        assert_eq!(send().await.1["serial"], json!(["A1", "A2"]));
        assert_eq!(send().await.1["serial"], json!(["A1", "A2"]));
    }
}
