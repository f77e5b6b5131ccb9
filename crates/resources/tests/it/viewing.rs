//! Saved lists.

use axum::http::{Method, Request};
use kernel::{Action, ResourceId};
use resources::{NewResource, Resource};
use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{World, attributes, entry, may, world};

/// Three servers and a switch.
async fn inventory(world: &World) -> (Resource, Resource) {
    let (servers, switches) = (world.section("Server").await, world.section("Switch").await);
    for (name, section, site, ports) in [
        ("a", &servers, "ams", &["22"][..]),
        ("B", &servers, "ams", &["80", "443"]),
        ("c", &servers, "fra", &[]),
        ("b2", &switches, "ams", &[]),
    ] {
        let attributes = attributes(&[("site", &[site]), ("port", ports), ("name", &["=label"])]);
        world.add(NewResource { attributes, ..entry(name, section) }).await.unwrap();
    }
    (servers, switches)
}

impl World {
    async fn view(&self, body: Value) -> String {
        let (status, view) = self.v2(Method::POST, "/resource_views", body).await;
        assert_eq!(status, 201, "{view}");
        view["id"].as_str().unwrap().to_owned()
    }

    /// The names of what a view shows.
    async fn names_shown(&self, path: &str) -> Vec<String> {
        let (status, rows) = self.v2(Method::GET, &format!("/resource_views/{path}"), Value::Null).await;
        assert_eq!(status, 200, "{path}: {rows}");
        rows.as_array().unwrap().iter().map(|row| row["values"]["name"].as_str().unwrap().to_owned()).collect()
    }
}

on_both! {
    async fn a_view_is_made_shown_changed_and_deleted(engine) {
        let world = world(engine).await;
        let (servers, _) = inventory(&world).await;
        let body = json!({
            "name": "By site", "shared": true, "sections": [servers.id], "columns": ["name", "port"],
            "filters": [{"key": "site", "value": "{site}"}], "parameters": {"site": {"default": "ams"}}
        });
        let (status, added) = world.v2(Method::POST, "/resource_views", body).await;
        let id = added["id"].as_str().unwrap().to_owned();
        let expected = json!({
            "id": id, "name": "By site", "owner_id": world.root.user.unwrap().to_string(), "shared": true,
            "sections": [servers.id.to_string()], "columns": ["name", "port"],
            "filters": [{"key": "site", "value": "{site}", "compare": null, "rule": null}], "parent_id": null,
            "parameters": {"site": {"default": "ams", "required": false, "description": null}},
            "order_by": null, "sort": null, "date": "2026-01-01 00:00:00", "modified": "2026-01-01 00:00:00"
        });
        assert_eq!((status, &added), (201, &expected));
        let path = format!("/resource_views/{id}");
        assert_eq!(world.v2(Method::GET, &path, Value::Null).await, (200, expected.clone()));
        assert_eq!(world.v2(Method::GET, "/resource_views", Value::Null).await, (200, json!([expected])));
        let (_, changed) = world.v2(Method::PATCH, &path, json!({"name": "Mine", "shared": false})).await;
        assert_eq!((&changed["name"], &changed["shared"], &changed["columns"]), (&json!("Mine"), &json!(false), &json!(["name", "port"])));
        let (status, replaced) = world.v2(Method::PUT, &path, json!({"name": "Bare"})).await;
        assert_eq!((status, &replaced["parameters"], &replaced["filters"], &replaced["sections"]), (200, &json!({}), &json!([]), &json!([])));
        let history = world.read(&world.root).await.history("resource_view", id.parse::<i64>().unwrap(), 10).await.unwrap();
        assert_eq!(history.len(), 3);
        assert_eq!(world.v2(Method::DELETE, &path, Value::Null).await.0, 204);
        assert_eq!(world.v2(Method::GET, &path, Value::Null).await.0, 404);
    }

    async fn a_view_shows_its_columns_for_the_parameters_that_are_given(engine) {
        let world = world(engine).await;
        let (servers, switches) = inventory(&world).await;
        let id = world.view(json!({
            "name": "V", "sections": [servers.id], "columns": ["name", "port", "attrs.name", "section_id", "none"],
            "filters": [
                {"key": "site", "value": "{site}"},
                {"key": "port", "value": ["{port}", "1{port}"], "compare": "IN"},
            ],
            "parameters": {"site": {"default": "ams"}, "port": {}}
        })).await;
        let (_, rows) = world.v2(Method::GET, &format!("/resource_views/{id}/resources"), Value::Null).await;
        let section = servers.id.to_string();
        let values = |rows: &Value| rows.as_array().unwrap().iter().map(|row| row["values"].clone()).collect::<Vec<_>>();
        assert_eq!(values(&rows), [
            json!({"name": "a", "port": "22", "attrs.name": "=label", "section_id": section, "none": null}),
            json!({"name": "B", "port": ["80", "443"], "attrs.name": "=label", "section_id": section, "none": null}),
        ]);
        assert_eq!(world.names_shown(&format!("{id}/resources?site=fra")).await, ["c"]);
        assert_eq!(world.names_shown(&format!("{id}/resources?port=443")).await, ["B"]);
        assert_eq!(world.names_shown(&format!("{id}/resources?port=80&site=fra")).await, [""; 0]);
        assert_eq!(world.names_shown(&format!("{id}/resources?limit=1&page=2")).await, ["B"]);
        let table = world.table(&world.root, &format!("/resource_views/{id}/resources?export=csv&site=ams")).await;
        let expected = format!(
            "name,port,attrs.name,section_id,none\r\na,22,'=label,{section},\r\nB,80; 443,'=label,{section},\r\n"
        );
        assert_eq!(table, expected);

        let both = json!([servers.id.to_string(), switches.id.to_string()]);
        let both = world.view(json!({"name": "Both", "sections": both, "sort": "DESC"})).await;
        assert_eq!(world.names_shown(&format!("{both}/resources")).await, ["c", "b2", "B", "a"]);
        assert_eq!(world.names_shown(&format!("{both}/resources?limit=2&offset=1")).await, ["b2", "B"]);
        let either = world.view(json!({"name": "Or", "sections": [switches.id], "filters": [
            {"key": "site", "value": "nowhere"}, {"key": "site", "value": "ams", "rule": "OR"}
        ]})).await;
        assert_eq!(world.names_shown(&format!("{either}/resources")).await, ["b2"], "an OR does not lead out of the sections");
    }

    async fn many_and_few_with_a_value_are_found_alike(engine) {
        let world = world(engine).await;
        let section = world.section("Server").await;
        let one = |n: usize| {
            let rack = (n % 100).to_string();
            let attributes = attributes(&[("colour", &["red"]), ("rack", &[&rack])]);
            NewResource { attributes, ..entry(&format!("s{n:04}"), &section) }
        };
        world.add_all((0..400).map(one).collect()).await;
        let id = world.view(json!({
            "name": "V", "sections": [section.id], "parameters": {"colour": {"default": "red"}, "rack": {}},
            "filters": [{"key": "colour", "value": "{colour}"}, {"key": "rack", "value": "{rack}"}]
        })).await;
        assert_eq!(world.names_shown(&format!("{id}/resources?limit=2&offset=3")).await, ["s0003", "s0004"]);
        assert_eq!(world.names_shown(&format!("{id}/resources?rack=7")).await, ["s0007", "s0107", "s0207", "s0307"]);
        assert_eq!(world.names_shown(&format!("{id}/resources?rack=7&colour=blue")).await, [""; 0]);
        assert_eq!(world.names_shown(&format!("{id}/resources?limit=1000")).await.len(), 400);
        let table = world.table(&world.root, &format!("/resource_views/{id}/resources?export=csv")).await;
        assert_eq!(table.lines().count(), 401);
    }

    async fn a_view_may_be_of_what_lies_below_a_resource(engine) {
        let world = world(engine).await;
        let site = world.thing("Site", ResourceId::TOP).await.id;
        world.thing("Rack", site).await;
        let id = world.view(json!({"name": "Below", "parent_id": "{site}", "parameters": {"site": {"required": true}}})).await;
        assert_eq!(world.names_shown(&format!("{id}/resources?site={site}")).await, ["Rack"]);
        for (query, field, detail) in [
            ("", "site", "is required by this view"),
            ("?site=x", "parent_id", "\"x\" is not a number, or not one that is possible here"),
            ("?site=1&color=red", "color", "is no parameter of this view; it has site, limit, offset, page, and export"),
            ("?site=1&limit=0", "limit", "must be 1 to 1000"),
            ("?site=1&limit=5&export=csv", "export", "writes all that fits; leave limit, offset and page out"),
        ] {
            let (status, problem) = world.v2(Method::GET, &format!("/resource_views/{id}/resources{query}"), Value::Null).await;
            assert_eq!((status, &problem["errors"][0]), (422, &json!({"field": field, "detail": detail})), "{query}");
        }
    }

    async fn what_is_seen_by_a_view_is_what_its_reader_may_see(engine) {
        let world = world(engine).await;
        let (servers, _) = inventory(&world).await;
        let mine = world.thing("Mine", ResourceId::TOP).await.id;
        world.add(NewResource { parent_id: Some(mine), ..entry("own", &servers) }).await.unwrap();
        let shared = world.view(json!({"name": "Shared", "shared": true, "sections": [servers.id]})).await;
        let private = world.view(json!({"name": "Private"})).await;
        let ann = testkit::actor("ann").with(may(&[Action::Read]), mine).build();
        let get = async |path: &str| world.v2_as(&ann, Method::GET, &format!("/resource_views{path}"), Value::Null).await;
        let (_, rows) = get(&format!("/{shared}/resources")).await;
        assert_eq!(rows.as_array().unwrap().len(), 1);
        assert_eq!(rows[0]["values"], json!({"name": "own"}));
        assert_eq!(get("").await.1.as_array().unwrap().len(), 1);
        assert_eq!((get(&format!("/{private}")).await.0, get(&format!("/{private}/resources")).await.0), (404, 404));
        let write = async |method, id: &str| {
            let body = if method == Method::DELETE { Value::Null } else { json!({"name": "X"}) };
            world.v2_as(&ann, method, &format!("/resource_views/{id}"), body).await.0
        };
        for method in [Method::PATCH, Method::PUT, Method::DELETE] {
            assert_eq!((write(method.clone(), &shared).await, write(method, &private).await), (403, 404));
        }
        let (status, own) = world.v2_as(&ann, Method::POST, "/resource_views", json!({"name": "Ann's"})).await;
        assert_eq!(status, 201);
        let own = own["id"].as_str().unwrap();
        assert_eq!(world.v2(Method::GET, &format!("/resource_views/{own}"), Value::Null).await.0, 200, "administrators see all");
        let bob = testkit::actor("bob").nobody();
        assert_eq!(world.v2_as(&bob, Method::GET, &format!("/resource_views/{own}"), Value::Null).await.0, 404);
        let hidden = json!({"name": "V", "sections": [servers.id]});
        let (status, problem) = world.v2_as(&ann, Method::POST, "/resource_views", hidden).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("sections")), "a section that she may not see");
        assert_eq!(write(Method::DELETE, own).await, 204);
    }

    async fn a_view_that_makes_no_sense_is_not_kept(engine) {
        let world = world(engine).await;
        for (body, field, detail) in [
            (json!({}), "name", "is required"),
            (json!({"name": " "}), "name", "must have 1 to 255 printable characters"),
            (json!({"name": "V", "sections": [2]}), "sections", "there is no section 2"),
            (json!({"name": "V", "sections": ["x"]}), "sections", "must be a list of ids"),
            (json!({"name": "V", "columns": ["a", "a"]}), "columns", "a is there twice"),
            (json!({"name": "V", "filters": [{"key": "a", "value": "{b}"}]}), "filters[0].value", "names the parameter b, which the view does not have"),
            (json!({"name": "V", "filters": [{"key": "a", "value": "1", "compare": "~"}]}), "filters[0][compare]", "must be one of =, !=, >=, <=, LIKE, NOT LIKE, IN, NOT IN, BETWEEN, NOT BETWEEN"),
            (json!({"name": "V", "parameters": {"limit": {}}}), "parameters.limit", "is a parameter of every list; give it another name"),
            (json!({"name": "V", "parameters": {"A b": {}}}), "parameters.A b", "must have a name of 1 to 64 small letters, digits and _"),
            (json!({"name": "V", "parent_id": "x"}), "parent_id", "\"x\" is not a number, or not one that is possible here"),
        ] {
            let (status, problem) = world.v2(Method::POST, "/resource_views", body.clone()).await;
            assert_eq!((status, &problem["errors"][0]), (422, &json!({"field": field, "detail": detail})), "{body}");
        }
        assert_eq!(world.v2(Method::GET, "/resource_views", Value::Null).await.1, json!([]));
    }

    async fn a_repeated_request_makes_one_view(engine) {
        let world = world(engine).await;
        let send = async || {
            let request = Request::post("/api/v2/resource_views").header("content-type", "application/json");
            world.v2_request(&world.root, request.header("Idempotency-Key", "k1"), json!({"name": "V"})).await
        };
        let first = send().await;
        assert_eq!(send().await, first);
    }
}
