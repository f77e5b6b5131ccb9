//! `/contacts` of API v2, and contacts at the doors of all resources.

use axum::http::{Method, Request};
use kernel::{Action, ResourceId};
use serde_json::{Value, json};
use testkit::{actor, on_both};

use crate::world::{World, may, world};

impl World {
    /// A new contact.
    pub(crate) async fn contact(&self, body: Value) -> Value {
        let (status, added) = self.v2(Method::POST, "/contacts", body).await;
        assert_eq!(status, 201, "{added}");
        added
    }

    /// The names in a list of contacts.
    pub(crate) async fn contacts(&self, query: &str) -> Vec<String> {
        let (status, list) = self.v2(Method::GET, &format!("/contacts{query}"), Value::Null).await;
        assert_eq!(status, 200, "{query}: {list}");
        list.as_array().unwrap().iter().map(|contact| contact["name"].as_str().unwrap().to_owned()).collect()
    }
}

fn path(contact: &Value) -> String {
    format!("/contacts/{}", contact["id"].as_str().unwrap())
}

fn ann() -> Value {
    json!({
        "name": "Ann Noc", "organization": "Acme", "phones": ["+31 20 123 4567", "112"],
        "emails": ["noc@example.net", "ann@example.net"], "address": "Street 1\nTown", "comments": "By day.",
        "custom_id": "c-1"
    })
}

on_both! {
    async fn a_contact_is_added_shown_changed_replaced_and_deleted(engine) {
        let world = world(engine).await;
        let added = world.contact(ann()).await;
        let expected = json!({
            "id": added["id"], "parent_id": "1", "type": "Local", "handle": null, "name": "Ann Noc",
            "organization": "Acme", "phones": ["+31 20 123 4567", "112"],
            "emails": ["noc@example.net", "ann@example.net"], "address": "Street 1\nTown", "comments": "By day.",
            "custom_id": "c-1", "date": "2026-01-01 00:00:00", "modified": "2026-01-01 00:00:00"
        });
        assert_eq!(added, expected);
        assert_eq!(world.v2(Method::GET, &path(&added), Value::Null).await, (200, expected));

        let patch = json!({"emails": ["ann@example.net"], "organization": null, "comments": ""});
        let (status, changed) = world.v2(Method::PATCH, &path(&added), patch).await;
        assert_eq!((status, &changed["emails"]), (200, &json!(["ann@example.net"])));
        assert_eq!((&changed["organization"], &changed["comments"]), (&Value::Null, &Value::Null));
        assert_eq!((&changed["phones"][1], &changed["custom_id"]), (&json!("112"), &json!("c-1")));

        let whole = json!({"name": "Desk", "phones": ["113"]});
        let (status, replaced) = world.v2(Method::PUT, &path(&added), whole).await;
        assert_eq!((status, &replaced["name"], &replaced["phones"]), (200, &json!("Desk"), &json!(["113"])));
        assert_eq!((&replaced["emails"], &replaced["address"], &replaced["custom_id"]), (&json!([]), &Value::Null, &Value::Null));

        assert_eq!(world.v2(Method::DELETE, &path(&added), Value::Null).await, (204, Value::Null));
        let (status, problem) = world.v2(Method::GET, &path(&added), Value::Null).await;
        let detail = format!("No contact found with ID: {}", added["id"].as_str().unwrap());
        assert_eq!((status, &problem["detail"]), (404, &json!(detail)));
    }

    async fn everything_that_is_wrong_is_named_at_once(engine) {
        let world = world(engine).await;
        let added = world.contact(ann()).await;
        let wrong = json!({
            "name": "Bob", "phones": ["phone"], "emails": ["a", "bob@example.net"], "organization": "A\nB",
            "comments": "x".repeat(10_001), "custom_id": "c\u{7}"
        });
        for (method, path) in [(Method::POST, "/contacts".to_owned()), (Method::PATCH, path(&added)), (Method::PUT, path(&added))] {
            let (status, problem) = world.v2(method, &path, wrong.clone()).await;
            assert_eq!(status, 422, "{path}: {problem}");
            let fields: Vec<&str> = problem["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
            for field in ["phones", "emails", "organization", "comments"] {
                assert!(fields.contains(&field), "{path}: {problem}");
            }
        }
        for (body, field, detail) in [
            (json!({}), "name", "is required"),
            (json!({"name": "A", "emails": ["a@b"]}), "emails", "\"a@b\" is no e-mail address: it has the form name@example.net"),
            (json!({"name": "A", "type": "ARIN"}), "type", "must be Local here; other contacts are imported by their handle: POST /contacts/import"),
            (json!({"name": "A", "parent_id": 99}), "parent_id", "No resource found with ID: 99"),
            (json!({"name": "A", "phones": (0..21).map(|n| format!("5550{n:02}")).collect::<Vec<_>>()}), "phones", "may have at most 20 values"),
        ] {
            let (status, problem) = world.v2(Method::POST, "/contacts", body).await;
            assert_eq!((status, &problem["errors"][0]), (422, &json!({"field": field, "detail": detail})));
        }
        let (status, problem) = world.v2(Method::POST, "/contacts", json!({"name": "A", "fax": "1"})).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("fax")));
    }

    async fn contacts_are_listed_filtered_sorted_and_paged(engine) {
        let world = world(engine).await;
        let customer = world.thing("Customer", ResourceId::TOP).await.id;
        world.contact(json!({"name": "b", "emails": ["b@example.net"], "custom_id": "7"})).await;
        world.contact(json!({"name": "A", "phones": ["555-0123"]})).await;
        world.contact(json!({"name": "c", "parent_id": customer.to_string()})).await;
        assert_eq!(world.contacts("").await, ["A", "b", "c"], "a resource of another type is no contact");
        assert_eq!(world.contacts("?sort=DESC&limit=2").await, ["c", "b"]);
        assert_eq!(world.contacts("?limit=2&page=2").await, ["c"]);
        assert_eq!(world.contacts("?order_by=id").await, ["b", "A", "c"]);
        assert_eq!(world.contacts("?q=B@EXAMPLE").await, ["b"]);
        assert_eq!(world.contacts("?q=0123").await, ["A"]);
        assert_eq!(world.contacts("?custom_id=7").await, ["b"]);
        assert_eq!(world.contacts(&format!("?parent_id={customer}")).await, ["c"]);
        assert_eq!(world.contacts("?type=local").await, ["A", "b", "c"]);
        assert_eq!(world.contacts("?type=ARIN").await, [""; 0]);
        let (status, problem) = world.v2(Method::GET, "/contacts?type=SWIP", Value::Null).await;
        let detail = "must be one of Local, ARIN, RIPE, APNIC, LACNIC, AfriNIC, LDAP";
        assert_eq!((status, &problem["errors"][0]), (422, &json!({"field": "type", "detail": detail})));
    }

    async fn the_contacts_of_a_resource_are_those_linked_to_it(engine) {
        let world = world(engine).await;
        let customer = world.thing("Customer", ResourceId::TOP).await.id;
        let [first, second, other] = ["First", "Second", "Other"].map(|name| json!({"name": name}));
        let (first, second, _) = (world.contact(first).await, world.contact(second).await, world.contact(other).await);
        let link = async |from: &str, to: &Value, relation: &str| {
            let body = json!({"resource_id": to, "relation": relation});
            assert_eq!(world.v2(Method::POST, &format!("/resources/{from}/links"), body).await.0, 201);
        };
        link(&customer.to_string(), &first["id"], "contact").await;
        link(second["id"].as_str().unwrap(), &json!(customer), "contact").await;
        link(&customer.to_string(), &second["id"], "owner").await;
        assert_eq!(world.contacts(&format!("?resource_id={customer}")).await, ["First", "Second"], "on either side");
        assert_eq!(world.contacts("?resource_id=2").await, [""; 0]);
        assert_eq!(world.v2(Method::GET, "/contacts?resource_id=99", Value::Null).await.0, 404);
        assert_eq!(world.v2(Method::DELETE, &path(&first), Value::Null).await.0, 204);
        assert_eq!(world.contacts(&format!("?resource_id={customer}")).await, ["Second"], "its links went with it");
    }

    async fn whoever_may_not_read_the_place_does_not_see_the_contact(engine) {
        let world = world(engine).await;
        let (open, hidden) = (world.thing("Open", ResourceId::TOP).await.id, world.thing("Hidden", ResourceId::TOP).await.id);
        let seen = world.contact(json!({"name": "Seen", "parent_id": open})).await;
        let unseen = world.contact(json!({"name": "Unseen", "parent_id": hidden})).await;
        let reader = actor("reader").with(may(&[Action::Read]), open).build();
        let (status, list) = world.v2_as(&reader, Method::GET, "/contacts", Value::Null).await;
        assert_eq!((status, list), (200, json!([seen])));
        for method in [Method::GET, Method::PATCH, Method::PUT, Method::DELETE] {
            let body = if matches!(method, Method::PATCH | Method::PUT) { json!({"name": "X"}) } else { Value::Null };
            let (unseen_status, _) = world.v2_as(&reader, method.clone(), &path(&unseen), body.clone()).await;
            assert_eq!(unseen_status, 404, "{method}");
            let (seen_status, _) = world.v2_as(&reader, method.clone(), &path(&seen), body).await;
            assert_eq!(seen_status, if method == Method::GET { 200 } else { 403 }, "{method}");
        }
        let (status, _) = world.v2_as(&reader, Method::GET, &format!("/contacts?resource_id={hidden}"), Value::Null).await;
        assert_eq!(status, 404);
        let (status, _) = world.v2_as(&reader, Method::POST, "/contacts", json!({"name": "X", "parent_id": open})).await;
        assert_eq!(status, 403);
        let (status, _) = world.v2_as(&reader, Method::POST, "/contacts", json!({"name": "X", "parent_id": hidden})).await;
        assert_eq!(status, 422);
    }

    async fn only_contacts_are_found_at_this_door(engine) {
        let world = world(engine).await;
        let thing = world.thing("Thing", ResourceId::TOP).await.id;
        for (method, body) in [(Method::GET, Value::Null), (Method::PATCH, json!({"name": "X"})), (Method::DELETE, Value::Null)] {
            let (status, problem) = world.v2(method, &format!("/contacts/{thing}"), body).await;
            assert_eq!((status, &problem["detail"]), (404, &json!(format!("No contact found with ID: {thing}"))));
        }
        assert_eq!(world.get(thing).await.name, "Thing");
    }

    async fn a_write_that_comes_twice_is_done_once(engine) {
        let world = world(engine).await;
        let send = async |method: Method, path: &str, body: Value| {
            let request = Request::builder().method(method).uri(format!("/api/v2{path}"));
            let request = request.header("content-type", "application/json").header("Idempotency-Key", "k");
            world.v2_request(&world.root, request, body).await
        };
        let (status, added) = send(Method::POST, "/contacts", json!({"name": "A"})).await;
        assert_eq!((status, send(Method::POST, "/contacts", json!({"name": "A"})).await.1), (201, added.clone()));
        assert_eq!(world.contacts("").await, ["A"]);
        assert_eq!(send(Method::POST, "/contacts", json!({"name": "B"})).await.0, 422, "the key of another request");
        let request = || Request::delete(format!("/api/v2{}", path(&added))).header("Idempotency-Key", "d");
        assert_eq!(world.v2_request(&world.root, request(), Value::Null).await.0, 204);
        assert_eq!(world.v2_request(&world.root, request(), Value::Null).await.0, 204);
    }

    async fn a_contact_is_a_resource_at_the_other_doors(engine) {
        let world = world(engine).await;
        let contact = world.contact(ann()).await;
        let id = contact["id"].as_str().unwrap();
        let (_, shown) = world.v2(Method::GET, &format!("/resources/{id}"), Value::Null).await;
        assert_eq!(shown["type"], "contact");
        let attributes = json!({
            "organization": "Acme", "phones": ["+31 20 123 4567", "112"], "emails": ["noc@example.net", "ann@example.net"],
            "address": "Street 1\nTown", "comments": "By day."
        });
        assert_eq!(shown["attrs"], attributes);
        let old = world.v1_json("action=get&type=contact&attr_key=emails&attr_value=ann@example.net").await;
        assert_eq!((&old["data"][0]["type"], &old["data"][0]["name"]), (&json!("contact"), &json!("Ann Noc")));
        assert_eq!(old["data"][0]["attr"], attributes);

        let (status, problem) = world.v2(Method::PATCH, &format!("/resources/{id}"), json!({"attrs": {"emails": "a"}})).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("attrs.emails")), "the rules hold there, too");
        for (name, value) in [("handle", "ANN-ARIN"), ("contact_type", "ARIN")] {
            let forged = json!({"name": "A", "type": "contact", "attrs": {name: value}});
            let (status, problem) = world.v2(Method::POST, "/resources", forged).await;
            let detail = "is written by the import of a contact only";
            assert_eq!((status, &problem["errors"][0]["detail"]), (422, &json!(detail)));
            let (status, _) = world.v2(Method::PUT, &format!("/resources/{id}/attrs"), json!({name: value})).await;
            assert_eq!(status, 422);
        }
        let (status, _) = world.v2(Method::PATCH, &format!("/resources/{id}"), json!({"attrs": {"shift": "night"}})).await;
        assert_eq!(status, 200, "further attributes are anybody's");
        let old = world.v1_json(&format!("action=delete&id={id}")).await;
        assert_eq!(old["success"], 1);
        assert_eq!(world.contacts("").await, [""; 0]);
    }

    async fn contacts_have_a_past_and_are_found_by_search(engine) {
        let world = world(engine).await;
        let contact = world.contact(ann()).await;
        let found = resources::search(&mut world.read(&world.root).await, "noc@example", 10).await.unwrap();
        assert_eq!(found.into_iter().map(|found| found.name).collect::<Vec<_>>(), ["Ann Noc"]);
        world.clock.advance(std::time::Duration::from_mins(1));
        world.v2(Method::PATCH, &path(&contact), json!({"phones": ["113"]})).await;
        let resource = format!("/resources/{}", contact["id"].as_str().unwrap());
        let (_, then) = world.v2(Method::GET, &format!("{resource}?as_of=2026-01-01T00:00:30Z"), Value::Null).await;
        assert_eq!(then["attrs"]["phones"], json!(["+31 20 123 4567", "112"]));
        let (_, history) = world.v2(Method::GET, &format!("{resource}/history"), Value::Null).await;
        assert_eq!(history[0]["after"]["attrs"], json!({"phones": "113"}));
    }
}
