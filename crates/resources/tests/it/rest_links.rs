//! `/resources/{id}/links` of API v2.

use axum::http::{Method, Request};
use kernel::{Action, ResourceId};
use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{World, may, world};

async fn three(world: &World) -> [ResourceId; 3] {
    let thing = async |name: &str| world.thing(name, ResourceId::TOP).await.id;
    [thing("A").await, thing("B").await, thing("C").await]
}

async fn link(world: &World, from: ResourceId, relation: &str, to: ResourceId) -> String {
    let body = json!({"resource_id": to, "relation": relation});
    let (status, link) = world.v2(Method::POST, &format!("/resources/{from}/links"), body).await;
    assert_eq!(status, 201, "{link}");
    link["id"].as_str().unwrap().to_owned()
}

on_both! {
    async fn a_link_is_added_shown_from_both_sides_and_removed(engine) {
        let world = world(engine).await;
        let [a, b, _] = three(&world).await;
        let path = format!("/resources/{a}/links");
        let body = json!({"resource_id": b.to_string(), "relation": "contact", "data": "by day"});
        let (status, added) = world.v2(Method::POST, &path, body).await;
        let expected = json!({"id": added["id"], "resource_id": b.to_string(), "relation": "contact", "data": "by day"});
        assert_eq!((status, &added), (201, &expected));
        assert_eq!(world.v2(Method::GET, &path, Value::Null).await, (200, json!([added])));
        let (_, seen_from_b) = world.v2(Method::GET, &format!("/resources/{b}/links"), Value::Null).await;
        assert_eq!(seen_from_b[0]["resource_id"], a.to_string());
        let (_, shown) = world.v2(Method::GET, &format!("/resources/{b}"), Value::Null).await;
        assert_eq!(shown["linkages"][0]["resource_id1"], a.to_string(), "the other one stands on the second side");

        let id = added["id"].as_str().unwrap();
        assert_eq!(world.v2(Method::DELETE, &format!("{path}/{id}"), Value::Null).await, (204, Value::Null));
        assert_eq!(world.v2(Method::GET, &path, Value::Null).await, (200, json!([])));
        let (status, problem) = world.v2(Method::DELETE, &format!("{path}/{id}"), Value::Null).await;
        assert_eq!((status, &problem["detail"]), (404, &json!(format!("Resource {a} has no link with ID: {id}"))));
    }

    async fn links_are_listed_by_relation_and_in_parts(engine) {
        let world = world(engine).await;
        let [a, b, c] = three(&world).await;
        for (relation, to) in [("contact", b), ("contact", c), ("owner", b), ("peer", c)] {
            link(&world, a, relation, to).await;
        }
        link(&world, b, "contact", c).await;
        let list = async |rest: &str| {
            let (status, list) = world.v2(Method::GET, &format!("/resources/{a}/links{rest}"), Value::Null).await;
            assert_eq!(status, 200, "{rest}: {list}");
            let one = |link: &Value| format!("{} {}", link["relation"].as_str().unwrap(), link["resource_id"].as_str().unwrap());
            list.as_array().unwrap().iter().map(one).collect::<Vec<_>>()
        };
        assert_eq!(list("").await.len(), 4);
        assert_eq!(list("/contact,peer").await, [format!("contact {b}"), format!("contact {c}"), format!("peer {c}")]);
        assert_eq!(list("/none").await, [""; 0]);
        assert_eq!(list("?limit=1&page=3").await, [format!("owner {b}")]);
        assert_eq!(world.v2(Method::GET, &format!("/resources/{a}/links?relatoin=peer"), Value::Null).await.0, 422);
    }

    async fn a_link_named_with_its_relation_must_have_it(engine) {
        let world = world(engine).await;
        let [a, b, c] = three(&world).await;
        let id = link(&world, a, "contact", b).await;
        let delete = async |from: ResourceId, relation: &str| {
            world.v2(Method::DELETE, &format!("/resources/{from}/links/{relation}/{id}"), Value::Null).await.0
        };
        assert_eq!(delete(a, "owner").await, 404);
        assert_eq!(delete(c, "contact").await, 404, "it is no link of this resource");
        assert_eq!(delete(b, "contact").await, 204);
    }

    async fn all_links_are_said_at_once(engine) {
        let world = world(engine).await;
        let [a, b, c] = three(&world).await;
        let path = format!("/resources/{a}/links");
        link(&world, a, "contact", b).await;
        let owner = link(&world, c, "owner", a).await;
        let shown = |list: Value| {
            let one = |link: &Value| ["relation", "resource_id", "data"].map(|key| link[key].as_str().unwrap().to_owned()).join(" ");
            list.as_array().unwrap().iter().map(one).collect::<Vec<_>>()
        };
        let say = async |method: Method, rest: &str, body: Value| {
            let (status, list) = world.v2(method, &format!("{path}{rest}"), body).await;
            assert_eq!(status, 200, "{list}");
            assert_eq!(world.v2(Method::GET, &format!("{path}{rest}"), Value::Null).await, (200, list.clone()));
            shown(list)
        };
        let merged = say(Method::PATCH, "", json!([{"resource_id": c, "relation": "contact", "data": "night"}])).await;
        assert_eq!(merged, [format!("contact {b} "), format!("owner {c} "), format!("contact {c} night")]);
        let body = json!([{"resource_id": c, "relation": "owner", "data": "half"}, {"resource_id": b, "relation": "peer"}]);
        assert_eq!(say(Method::PUT, "", body).await, [format!("owner {c} half"), format!("peer {b} ")]);
        let (_, seen) = world.v2(Method::GET, &format!("{path}/owner"), Value::Null).await;
        assert_eq!(seen[0]["id"], owner, "one that is there keeps its id, on whichever side");
        assert_eq!(say(Method::PATCH, "/peer", json!([{"resource_id": c.to_string()}])).await, [format!("peer {b} "), format!("peer {c} ")]);
        assert_eq!(say(Method::PUT, "/peer", json!([{"resource_id": c}])).await, [format!("peer {c} ")]);
        assert_eq!(say(Method::PUT, "/peer", json!([])).await, [""; 0]);
        let one = format!("{path}/owner/{owner}");
        let (status, changed) = world.v2(Method::PUT, &one, json!({"resource_id": c, "data": "all"})).await;
        assert_eq!((status, &changed["data"], &changed["id"]), (200, &json!("all"), &json!(owner)));
        let (status, problem) = world.v2(Method::PUT, &one, json!({"resource_id": b})).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("resource_id")));
        let (status, problem) = world.v2(Method::PUT, &path, json!([{"resource_id": b, "relation": "x y"}])).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("[0].relation")));
        assert_eq!(shown(world.v2(Method::GET, &path, Value::Null).await.1), [format!("owner {c} all")], "nothing by halves");
    }

    async fn links_that_are_not_seen_stay_and_others_need_rights_on_both_sides(engine) {
        let world = world(engine).await;
        let [a, b, c] = three(&world).await;
        for to in [b, c] {
            link(&world, a, "contact", to).await;
        }
        let path = format!("/resources/{a}/links");
        let say = async |actor, body: Value| world.v2_as(actor, Method::PUT, &path, body).await.0;
        let update = [Action::Read, Action::Update];
        let narrow = testkit::actor("ann").with(may(&update), a).build();
        assert_eq!(say(&narrow, json!([])).await, 200);
        assert_eq!(say(&narrow, json!([{"resource_id": b, "relation": "contact"}])).await, 422, "not there for them");
        let reader = testkit::actor("bob").with(may(&update), a).with(may(&[Action::Read]), b).build();
        assert_eq!(say(&reader, json!([])).await, 403);
        assert_eq!(world.v2(Method::GET, &path, Value::Null).await.1.as_array().unwrap().len(), 2);
    }

    async fn links_take_rights_on_both_sides(engine) {
        let world = world(engine).await;
        let [a, b, c] = three(&world).await;
        let id = link(&world, a, "contact", b).await;
        let (read, update) = (&[Action::Read][..], &[Action::Read, Action::Update][..]);
        for (at_a, at_b, list, add, remove) in [
            (&[][..], update, 404, 404, 404),
            (read, update, 200, 403, 403),
            (update, read, 200, 403, 403),
            (update, &[][..], 200, 422, 404),
            (update, update, 200, 201, 204),
        ] {
            let ann = testkit::actor("ann").with(may(at_a), a).with(may(at_b), b).build();
            let path = format!("/resources/{a}/links");
            let status = async |method, path: &str, body| world.v2_as(&ann, method, path, body).await.0;
            let new = json!({"resource_id": b, "relation": "owner"});
            assert_eq!(status(Method::GET, &path, Value::Null).await, list, "{at_a:?} {at_b:?}");
            assert_eq!(status(Method::POST, &path, new).await, add, "{at_a:?} {at_b:?}");
            assert_eq!(status(Method::DELETE, &format!("{path}/{id}"), Value::Null).await, remove, "{at_a:?} {at_b:?}");
        }
        link(&world, a, "contact", c).await;
        let ann = testkit::actor("ann").with(may(read), a).with(may(read), b).build();
        let (_, seen) = world.v2_as(&ann, Method::GET, &format!("/resources/{a}/links"), Value::Null).await;
        assert_eq!(seen.as_array().unwrap().len(), 1, "a link to what is hidden is hidden: {seen}");
    }

    async fn a_link_that_is_wrong_is_refused_by_field(engine) {
        let world = world(engine).await;
        let [a, b, _] = three(&world).await;
        for (body, field, detail) in [
            (json!({"relation": "contact"}), "resource_id", "is required"),
            (json!({"resource_id": b}), "relation", "is required"),
            (json!({"resource_id": "x", "relation": "contact"}), "resource_id", "must be the id of a resource, a whole number"),
            (json!({"resource_id": 99, "relation": "contact"}), "resource_id", "No resource found with ID: 99"),
            (json!({"resource_id": a, "relation": "contact"}), "resource_id", "a resource can't be linked to itself"),
            (json!({"resource_id": b, "relation": "a b"}), "relation", "must have 1 to 64 characters, each a letter, a digit, _ or -"),
            (json!({"resource_id": b, "relation": "r", "data": "\u{0}"}), "data", "may hold at most 65536 bytes (64 KiB) and no NUL character"),
        ] {
            let (status, problem) = world.v2(Method::POST, &format!("/resources/{a}/links"), body.clone()).await;
            assert_eq!((status, &problem["errors"][0]), (422, &json!({"field": field, "detail": detail})), "{body}");
        }
    }

    async fn a_repeated_request_for_a_link_is_done_once(engine) {
        let world = world(engine).await;
        let [a, b, _] = three(&world).await;
        let send = async |method: Method, path: String, key: &str, body: Value| {
            let request = Request::builder().method(method).uri(format!("/api/v2{path}"));
            let request = request.header("content-type", "application/json").header("Idempotency-Key", key);
            world.v2_request(&world.root, request, body).await
        };
        let add = || send(Method::POST, format!("/resources/{a}/links"), "k1", json!({"resource_id": b, "relation": "r"}));
        let first = add().await;
        assert_eq!(first.0, 201);
        let path = format!("/resources/{a}/links/{}", first.1["id"].as_str().unwrap());
        let remove = || send(Method::DELETE, path.clone(), "k2", Value::Null);
        assert_eq!((remove().await.0, remove().await.0), (204, 204));
        assert_eq!(add().await, first, "answered from memory, though the link is gone");
    }
}
