//! Resources as they were, and what happened to them.

use std::sync::Arc;

use axum::http::Method;
use kernel::{Action, Clock as _, Grants, GroupId, ResourceId, Rights};
use resources::{NewLink, ResourcePatch};
use serde_json::{Value, json};
use store::{Tx, Work};
use testkit::{Engine, TestClock, on_both};

use crate::world::{World, attributes, entry, may, world};

/// A world of which the test owns the time.
async fn clocked(engine: Engine) -> (World, TestClock) {
    let world = world(engine).await;
    let clock = TestClock::clone(&world.clock);
    (world, clock)
}

struct AddLink(NewLink);

impl Work for AddLink {
    type Out = ();
    const NAME: &'static str = "test.link";

    async fn run(&self, tx: &mut Tx) -> kernel::Result<()> {
        resources::add_link(tx, &self.0).await.map(drop)
    }
}

async fn get(world: &World, path: &str) -> Value {
    let (status, body) = world.v2(Method::GET, path, Value::Null).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

/// Moves on by a microsecond; answers with the time before.
fn tick(clock: &TestClock) -> String {
    let at = clock.now().exact();
    clock.advance(std::time::Duration::from_micros(1));
    at
}

on_both! {
    async fn a_resource_is_shown_as_it_was_at_each_moment_of_its_life(engine) {
        let (world, clock) = clocked(engine).await;
        let section = world.section("Firewall").await;
        let other = world.thing("Other", ResourceId::TOP).await;
        let before = tick(&clock);
        let one = world.add(entry("fw", &section)).await.unwrap().id;
        let path = format!("/resources/{one}");
        let mut kept = vec![(get(&world, &path).await, tick(&clock))];
        for patch in [
            json!({"name": "fw1", "attrs": {"serial": "A1", "host": ["a", "b"]}}),
            json!({"attrs": {"serial": "A2", "host": ["b"]}}),
            json!({"attrs": {"serial": null, "host": ["x", "y", "z"]}, "custom_id": "c"}),
            json!({"parent_id": other.id, "custom_id": null}),
        ] {
            let (status, problem) = world.v2(Method::PATCH, &path, patch).await;
            assert_eq!(status, 200, "{problem}");
            kept.push((get(&world, &path).await, tick(&clock)));
        }
        let link = NewLink { resource_id1: other.id, resource_id2: one, relation: "near".to_owned(), data: None };
        world.test.db.write(&world.root, AddLink(link)).await.unwrap();
        kept.push((get(&world, &path).await, tick(&clock)));
        world.v2(Method::PATCH, &format!("/resources/{}", section.id), json!({"name": "Walls"})).await;
        kept.push((get(&world, &path).await, tick(&clock)));
        assert_eq!(world.v2(Method::DELETE, &path, Value::Null).await.0, 204);
        let after = tick(&clock);
        for (shown, at) in kept {
            assert_eq!(get(&world, &format!("{path}?as_of={at}")).await, shown, "{at}");
        }
        for (at, detail) in [
            (&before, format!("There was no resource with ID {one} at {before}")),
            (&after, format!("No resource found with ID: {one}")),
        ] {
            let (status, problem) = world.v2(Method::GET, &format!("{path}?as_of={at}"), Value::Null).await;
            assert_eq!((status, &problem["detail"]), (404, &json!(detail)));
        }
    }

    async fn lists_are_shown_as_they_were_whatever_they_ask_for(engine) {
        let (world, clock) = clocked(engine).await;
        let section = world.section("Firewall").await;
        let (a, b) = (world.thing("Alpha", ResourceId::TOP).await.id, world.thing("Beta", ResourceId::TOP).await.id);
        let one = world.add(entry("fw", &section)).await.unwrap().id;
        let link = NewLink { resource_id1: a, resource_id2: one, relation: "near".to_owned(), data: None };
        let lists = [
            "/resources?".to_owned(),
            "/resources?order_by=modified&sort=DESC&limit=3&".to_owned(),
            "/resources?type=entry&load_links=true&".to_owned(),
            "/resources?q=fire&".to_owned(),
            "/resources?attr_key=serial&attr_value=A%25&attr_compare=LIKE&".to_owned(),
            format!("/resources?resource__in={one},{a},{b}&order_by=resource__in&"),
            format!("/resources/{a}/children?"),
            format!("/resources/{b}/children?limit=1&"),
            "/resources/1/top_of_tree?".to_owned(),
            format!("/resources/{a}/links?"),
            format!("/resources/{one}/links/near?"),
            format!("/resources/{one}/attrs?"),
        ];
        let mut kept = Vec::new();
        for n in 0..7 {
            match n {
                1 => assert_eq!(world.v2(Method::PATCH, &format!("/resources/{one}"), json!({"name": "fire", "attrs": {"serial": "A1"}})).await.0, 200),
                2 => assert_eq!(world.v2(Method::PATCH, &format!("/resources/{one}"), json!({"parent_id": a})).await.0, 200),
                3 => world.test.db.write(&world.root, AddLink(link.clone())).await.unwrap(),
                4 => assert_eq!(world.v2(Method::PATCH, &format!("/resources/{a}"), json!({"parent_id": b, "attrs": {"serial": ["A2", "b"]}})).await.0, 200),
                5 => assert_eq!(world.v2(Method::DELETE, &format!("/resources/{one}"), Value::Null).await.0, 204),
                6 => assert_eq!(world.v2(Method::POST, "/resources", json!({"name": "fw2", "type": "entry", "section_id": section.id})).await.0, 201),
                _ => {}
            }
            let mut shown = Vec::new();
            for list in &lists {
                shown.push(world.v2(Method::GET, list.trim_end_matches(['?', '&']), Value::Null).await.1);
            }
            let query = json!({"attrs": [{"key": "serial"}], "order_by": "id"});
            shown.push(world.v2(Method::POST, "/resources/query", query).await.1);
            kept.push((shown, tick(&clock)));
        }
        for (n, (mut shown, at)) in kept.into_iter().enumerate() {
            let query = json!({"attrs": [{"key": "serial"}], "order_by": "id", "as_of": at});
            assert_eq!(world.v2(Method::POST, "/resources/query", query).await.1, shown.pop().unwrap(), "query after {n}");
            for (list, shown) in lists.iter().zip(shown) {
                let then = world.v2(Method::GET, &format!("{list}as_of={at}"), Value::Null).await.1;
                // What was deleted is missing in two sentences.
                if shown["status"] != 404 || then["status"] != 404 {
                    assert_eq!(then, shown, "{list} after {n}");
                }
            }
        }
    }

    async fn the_rights_of_now_decide_what_a_list_of_then_shows(engine) {
        let (world, clock) = clocked(engine).await;
        let (a, b) = (world.thing("A", ResourceId::TOP).await.id, world.thing("B", ResourceId::TOP).await.id);
        let moved = world.thing("Moved", a).await.id;
        world.thing("Gone", b).await;
        let gone = world.names(&world.root, &resources::ResourceQuery { parents: Some(vec![b]), ..Default::default() }).await;
        assert_eq!(gone, ["Gone"]);
        let then = tick(&clock);
        let new = world.thing("New", ResourceId::TOP).await.id;
        world.change(&world.root, moved, ResourcePatch { parent_id: Some(new), ..Default::default() }).await.unwrap();
        let deleted = world.v2(Method::DELETE, &format!("/resources/{b}?recursive=true"), Value::Null).await;
        assert_eq!(deleted.0, 204);
        let names = async |right: Rights, on: ResourceId| {
            let actor = testkit::actor("bob").with(right, on).build();
            let (_, list) = world.v2_as(&actor, Method::GET, &format!("/resources?type=thing&as_of={then}"), Value::Null).await;
            list.as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let read = may(&[Action::Read]);
        assert_eq!(names(read, a).await, ["A"], "what was below it lies elsewhere now");
        assert_eq!(names(read, new).await, ["Moved"], "that was not there then, but what lies below it now was");
        assert_eq!(names(read, ResourceId::TOP).await, ["A", "B", "Gone", "Moved"]);
    }

    async fn a_time_that_is_none_is_refused_by_the_name_of_its_field(engine) {
        let world = world(engine).await;
        let detail = "must be a time of RFC 3339, such as 2026-01-31T14:05:09Z; a + before the offset is written %2B";
        for (path, field) in [
            ("/resources/1?as_of=yesterday", "as_of"),
            ("/resources/1?as_of=", "as_of"),
            ("/resources/1?as_of=2026-01-31T14:05:09+01:00", "as_of"),
            ("/resources/1/difference?from=x", "from"),
            ("/resources/1/difference?from=2026-01-31T14:05:09Z&to=x", "to"),
        ] {
            let (status, problem) = world.v2(Method::GET, path, Value::Null).await;
            assert_eq!((status, &problem["errors"]), (422, &json!([{"field": field, "detail": detail}])), "{path}");
        }
        let (status, _) = world.v2(Method::GET, "/resources/1?as_of=2999-01-31T14:05:09%2B01:00", Value::Null).await;
        assert_eq!(status, 200, "the future is as things are now");
        let (status, problem) = world.v2(Method::GET, "/resources/1/difference", Value::Null).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("from")));
    }

    async fn the_rights_of_now_decide_who_sees_the_past(engine) {
        let (world, clock) = clocked(engine).await;
        let (a, b) = (world.thing("A", ResourceId::TOP).await, world.thing("B", ResourceId::TOP).await);
        let moved = world.thing("Moved", a.id).await.id;
        let gone = world.thing("Gone", b.id).await.id;
        let then = tick(&clock);
        world.change(&world.root, moved, ResourcePatch { parent_id: Some(b.id), ..Default::default() }).await.unwrap();
        assert_eq!(world.v2(Method::DELETE, &format!("/resources/{gone}"), Value::Null).await.0, 204);
        // The place of what is gone moves on.
        world.change(&world.root, b.id, ResourcePatch { parent_id: Some(a.id), ..Default::default() }).await.unwrap();
        let hidden_b = [(a.id, may(&[Action::Read])), (b.id, Rights::NONE)];
        let mut grants = Grants::default();
        for (id, rights) in hidden_b {
            grants.add(GroupId(1), id, rights);
        }
        let sees_a = kernel::Actor { grants: Arc::new(grants), ..testkit::actor("ann").nobody() };
        let sees_b = testkit::actor("bob").with(may(&[Action::Read]), b.id).build();
        for id in [moved, gone] {
            for path in [
                format!("/resources/{id}?as_of={then}"),
                format!("/resources/{id}/history"),
                format!("/resources/{id}/difference?from={then}"),
            ] {
                let (status, problem) = world.v2_as(&sees_a, Method::GET, &path, Value::Null).await;
                assert_eq!(status, 404, "{path}");
                assert_eq!(problem["detail"], format!("No resource found with ID: {id}"), "{path}");
                assert_eq!(world.v2_as(&sees_b, Method::GET, &path, Value::Null).await.0, 200, "{path}");
            }
        }
    }

    async fn the_history_says_who_changed_which_fields(engine) {
        let (world, clock) = clocked(engine).await;
        let other = world.thing("Other", ResourceId::TOP).await.id;
        tick(&clock);
        let new = json!({"name": "A", "type": "thing", "attrs": {"colour": "red", "size": ["1", "2"]}});
        let (_, added) = world.v2(Method::POST, "/resources", new).await;
        let id = added["id"].as_str().unwrap().to_owned();
        let path = format!("/resources/{id}");
        tick(&clock);
        world.v2(Method::PATCH, &path, json!({"name": "B", "attrs": {"colour": "blue", "size": ["1", "3"]}})).await;
        tick(&clock);
        let link = NewLink { resource_id1: id.parse().unwrap(), resource_id2: other, relation: "near".to_owned(), data: None };
        world.test.db.write(&world.root, AddLink(link)).await.unwrap();
        let (_, shown) = world.v2(Method::GET, &path, Value::Null).await;
        let link = shown["linkages"][0]["id"].clone();
        let at = tick(&clock);
        assert_eq!(world.v2(Method::DELETE, &path, Value::Null).await.0, 204);
        let list = get(&world, &format!("{path}/history")).await;
        let sides: Vec<Value> = list.as_array().unwrap().iter().map(|e| json!([e["operation"], e["before"], e["after"]])).collect();
        let (made, done) = (
            json!({"name": "A", "type": "thing", "parent_id": "1", "slug": "a", "attrs": {"colour": "red", "size": ["1", "2"]}}),
            json!({"name": "B", "type": "thing", "parent_id": "1", "slug": "a", "attrs": {"colour": "blue", "size": ["1", "3"]}, "linkages": [link]}),
        );
        assert_eq!(sides, [
            json!(["resource.delete", done, null]),
            json!(["test.link", {}, {"linkages": [link]}]),
            json!(["resource.update", {"name": "A", "attrs": {"colour": "red", "size": "2"}}, {"name": "B", "attrs": {"colour": "blue", "size": "3"}}]),
            json!(["resource.add", null, made]),
        ]);
        assert_eq!((&list[1]["at"], &list[1]["actor"], &list[1]["request"]), (&json!(at), &json!("root"), &json!("request of root")));
        let part = get(&world, &format!("{path}/history?limit=1&offset=1")).await;
        assert_eq!(part, json!([list[1]]));
    }

    async fn a_history_shows_nothing_of_others_that_changed_in_the_same_operation(engine) {
        let world = world(engine).await;
        let parent = world.thing("Parent", ResourceId::TOP).await.id;
        let child = resources::NewResource { attributes: attributes(&[("secret", &["x"])]), ..crate::world::thing("Child", parent) };
        world.add(child).await.unwrap();
        world.v2(Method::DELETE, &format!("/resources/{parent}?recursive=true"), Value::Null).await;
        let list = get(&world, &format!("/resources/{parent}/history")).await;
        assert_eq!(list.as_array().unwrap().len(), 2);
        assert!(!list.to_string().contains("secret"), "{list}");
    }

    async fn two_times_are_compared_field_by_field(engine) {
        let (world, clock) = clocked(engine).await;
        let before = tick(&clock);
        let (_, added) = world.v2(Method::POST, "/resources", json!({"name": "A", "type": "thing", "attrs": {"a": "1", "b": "1"}})).await;
        let path = format!("/resources/{}", added["id"].as_str().unwrap());
        let first = tick(&clock);
        world.v2(Method::PATCH, &path, json!({"name": "B", "attrs": {"b": "2", "c": "3"}})).await;
        let second = tick(&clock);
        world.v2(Method::PATCH, &path, json!({"name": "C"})).await;
        let both = get(&world, &format!("{path}/difference?from={first}&to={second}")).await;
        assert_eq!(both, json!({
            "before": {"name": "A", "attrs": {"b": "1"}},
            "after": {"name": "B", "attrs": {"b": "2", "c": "3"}}
        }));
        assert_eq!(get(&world, &format!("{path}/difference?from={second}")).await, json!({"before": {"name": "B"}, "after": {"name": "C"}}));
        let born = get(&world, &format!("{path}/difference?from={before}&to={first}")).await;
        assert_eq!((&born["before"], &born["after"]["name"]), (&json!({}), &json!("A")));
    }
}
