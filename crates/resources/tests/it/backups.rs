//! Archived copies of resources, and what comes back from them.

use axum::http::{Method, Request};
use kernel::{Action, Actor, ResourceId};
use resources::Storage;
use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{EVERY_RESOURCE_RIGHT, World, entry, may, world};

impl World {
    async fn back_up(&self, id: impl std::fmt::Display) -> Value {
        let (status, copy) = self.v2(Method::POST, &format!("/resources/{id}/backup"), Value::Null).await;
        assert_eq!(status, 201, "{copy}");
        copy
    }

    async fn backups(&self, id: impl std::fmt::Display) -> Vec<Value> {
        let (status, copies) = self.v2(Method::GET, &format!("/resources/{id}/backup"), Value::Null).await;
        assert_eq!(status, 200, "{copies}");
        copies.as_array().unwrap().clone()
    }

    async fn shown(&self, id: impl std::fmt::Display) -> Value {
        let (status, shown) = self.v2(Method::GET, &format!("/resources/{id}"), Value::Null).await;
        assert_eq!(status, 200, "{shown}");
        shown
    }

    async fn delete(&self, id: impl std::fmt::Display) {
        let path = format!("/resources/{id}?recursive=true");
        assert_eq!(self.v2(Method::DELETE, &path, Value::Null).await.0, 204);
    }

    async fn restore_as(&self, actor: &Actor, id: ResourceId, copy: &Value, how: Value) -> (u16, Value) {
        let path = format!("/resources/{id}/backup/{}/restore", copy["id"].as_str().unwrap());
        self.v2_as(actor, Method::POST, &path, how).await
    }

    /// From the newest copy.
    async fn restore(&self, id: ResourceId, how: Value) -> (u16, Value) {
        let newest = self.backups(id).await[0].clone();
        self.restore_as(&self.root, id, &newest, how).await
    }
}

/// A resource without what changes with every change.
fn without_times(mut resource: Value) -> Value {
    resource.as_object_mut().unwrap().remove("modified");
    resource
}

on_both! {
    async fn a_resource_gets_back_what_a_copy_says_of_it_and_keeps_its_place(engine) {
        let world = world(engine).await;
        let customers = world.section("Customers").await;
        let (ann, other) = (world.add(entry("Ann", &customers)).await.unwrap(), world.thing("Other", ResourceId::TOP).await);
        let path = format!("/resources/{}", ann.id);
        world.v2(Method::PATCH, &path, json!({"attrs": {"city": "Bern", "tel": ["1", "2"]}, "custom_id": "A1"})).await;
        world.v2(Method::POST, &format!("{path}/links"), json!({"resource_id": other.id, "relation": "contact", "data": "x"})).await;
        let before = world.shown(ann.id).await;
        let copy = world.back_up(ann.id).await;
        assert_eq!((&copy["orig_id"], &copy["reason"]), (&before["id"], &json!("request")));
        assert_eq!((&copy["user"], &copy["date"], &copy["resource"]), (&json!("root"), &json!("2026-01-01 00:00:00"), &before));

        let change = json!({"name": "Anna", "slug": "anna", "custom_id": null, "parent_id": other.id,
            "attrs": {"city": "Basel", "tel": null, "fax": "3"}});
        assert_eq!(world.v2(Method::PATCH, &path, change).await.0, 200);
        let link = before["linkages"][0]["id"].as_str().unwrap();
        world.v2(Method::DELETE, &format!("{path}/links/{link}"), Value::Null).await;
        let changed = world.shown(ann.id).await;

        let (status, after) = world.restore_as(&world.root, ann.id, &copy, json!({})).await;
        let mut expected = before.clone();
        expected["parent_id"] = json!(other.id.to_string());
        expected["linkages"][0]["id"] = after["linkages"][0]["id"].clone();
        assert_eq!((status, without_times(after)), (200, without_times(expected)));
        let kept = world.backups(ann.id).await;
        assert_eq!((&kept[0]["reason"], &kept[0]["resource"]), (&json!("restore"), &changed), "the way back is open");
    }

    async fn a_deleted_resource_comes_back_under_its_own_id_with_all_that_belonged_to_it(engine) {
        let mut world = world(engine).await;
        world.resources = world.resources.with_storage(Storage::memory());
        let customers = world.section("Customers").await;
        let (ann, other) = (world.add(entry("Ann", &customers)).await.unwrap(), world.thing("Other", ResourceId::TOP).await);
        let path = format!("/resources/{}", ann.id);
        world.v2(Method::PATCH, &path, json!({"attrs": {"city": "Bern"}})).await;
        world.v2(Method::POST, &format!("{path}/links"), json!({"resource_id": other.id, "relation": "contact"})).await;
        let request = Request::post(format!("/api/v2{path}/attachments?name=a.txt"));
        world.v2_request(&world.root, request, json!("content")).await;
        let (before, version) = (world.shown(ann.id).await, world.get(ann.id).await.version);

        world.delete(ann.id).await;
        assert_eq!(world.v2(Method::GET, &path, Value::Null).await.0, 404);
        let (status, after) = world.restore(ann.id, json!({})).await;
        let mut expected = before.clone();
        expected["linkages"][0]["id"] = after["linkages"][0]["id"].clone();
        assert_eq!((status, without_times(after)), (200, without_times(expected)));
        assert_eq!(world.get(ann.id).await.version, version + 1);
        let (_, files) = world.v2(Method::GET, &format!("{path}/attachments"), Value::Null).await;
        assert_eq!(files[0]["name"], "a.txt");
    }

    async fn each_life_of_a_resource_can_be_read_as_it_was(engine) {
        let world = world(engine).await;
        let thing = world.thing("First", ResourceId::TOP).await.id;
        let path = format!("/resources/{thing}");
        let mut next = 0;
        let mut tick = || {
            next += 1;
            world.clock.set(kernel::Timestamp::from_sql(&format!("2026-01-01 00:00:0{next}")).unwrap());
        };
        tick();
        world.delete(thing).await;
        tick();
        assert_eq!(world.restore(thing, json!({})).await.0, 200);
        tick();
        world.v2(Method::PATCH, &path, json!({"name": "Second"})).await;
        tick();
        world.delete(thing).await;
        tick();
        assert_eq!(world.restore(thing, json!({})).await.1["name"], "Second");
        for (second, seen) in
            [(0, Some("First")), (1, None), (2, Some("First")), (3, Some("Second")), (4, None), (5, Some("Second"))]
        {
            let (_, shown) = world.v2(Method::GET, &format!("{path}?as_of=2026-01-01T00:00:0{second}Z"), Value::Null).await;
            assert_eq!(shown["name"].as_str(), seen, "{second}: {shown}");
        }
    }

    async fn what_was_deleted_together_comes_back_together(engine) {
        let world = world(engine).await;
        let a = world.thing("A", ResourceId::TOP).await.id;
        let (b, apart) = (world.thing("B", a).await.id, world.thing("Apart", a).await.id);
        // The entry stands before its section in the tree.
        let section = world.section("S").await;
        let c = world.add(entry("C", &section)).await.unwrap().id;
        for (id, parent) in [(c, b), (section.id, a)] {
            world.v2(Method::PATCH, &format!("/resources/{id}"), json!({"parent_id": parent})).await;
        }
        world.delete(apart).await;
        world.clock.advance(std::time::Duration::from_secs(1));
        world.delete(a).await;
        let status = async |id: ResourceId| world.v2(Method::GET, &format!("/resources/{id}"), Value::Null).await.0;

        let (code, problem) = world.restore(c, json!({})).await;
        let why = format!("What was above resource \"C\" ({c}) is gone; restore that first, or say where else with parent_id.");
        assert_eq!((code, &problem["detail"]), (409, &json!(why)));
        let (code, problem) = world.restore(c, json!({"parent_id": 1})).await;
        let why = format!("Resource \"C\" ({c}) had the section {}, which is gone; restore that first.", section.id);
        assert_eq!((code, &problem["detail"]), (409, &json!(why)));
        assert_eq!(status(c).await, 404, "half of it is nothing of it");

        assert_eq!(world.restore(a, json!({"recursive": true})).await.0, 200);
        for (id, code) in [(a, 200), (b, 200), (c, 200), (section.id, 200), (apart, 404)] {
            assert_eq!(status(id).await, code, "{id}");
        }
        assert_eq!(world.get(c).await.path, format!("/1/{a}/{b}/{c}/"));
        let (code, problem) = world.restore(a, json!({"recursive": true})).await;
        let why = format!("Resource \"A\" ({a}) is there; parent_id and recursive are for one that was deleted.");
        assert_eq!((code, &problem["detail"]), (409, &json!(why)));
    }

    async fn a_resource_comes_back_elsewhere_and_under_another_slug_where_it_must(engine) {
        let world = world(engine).await;
        let (old, new) = (world.thing("Old", ResourceId::TOP).await.id, world.thing("New", ResourceId::TOP).await.id);
        let thing = world.thing("Thing", old).await.id;
        world.delete(thing).await;
        world.thing("Thing", ResourceId::TOP).await;
        let (status, back) = world.restore(thing, json!({"parent_id": new.to_string()})).await;
        assert_eq!((status, &back["slug"], &back["parent_id"]), (200, &json!("thing-2"), &json!(new.to_string())));
        assert_eq!(world.get(thing).await.path, format!("/1/{new}/{thing}/"));
        world.delete(thing).await;
        let (status, problem) = world.restore(thing, json!({"parent_id": 9999})).await;
        assert_eq!((status, &problem["detail"]), (422, &json!("parent_id: No resource found with ID: 9999")));
    }

    async fn a_section_gets_back_its_fields_and_gadgets(engine) {
        let world = world(engine).await;
        world.v1("action=add&meta[type]=field&meta[name]=City&meta[field_type]=text").await;
        let new = "action=add&meta[type]=section&meta[name]=S&fields[0][slug]=city&gadgets[0][code]=_ipam&gadgets[0][uuid]=u";
        let added = world.v1_json(new).await;
        let id = ResourceId(added["data"]["id"].as_i64().unwrap());
        let section = async || world.v1_json(&format!("action=get&id={id}")).await["data"][0].clone();
        let before = section().await;
        assert_eq!(before["fields"].as_array().unwrap().len(), 1, "{before}");
        world.delete(id).await;
        assert_eq!(world.restore(id, json!({})).await.0, 200);
        let after = section().await;
        assert_eq!((&after["fields"], &after["gadgets"]), (&before["fields"], &before["gadgets"]));
    }

    async fn copies_take_the_rights_on_their_resource(engine) {
        let world = world(engine).await;
        let parent = world.thing("Parent", ResourceId::TOP).await.id;
        let thing = world.thing("Thing", parent).await.id;
        let copy = world.back_up(thing).await;
        let path = format!("/resources/{thing}/backup");
        for (rights, read, take, restore) in [
            (&[][..], 404, 404, 404),
            (&[Action::Read][..], 200, 403, 403),
            (&[Action::Read, Action::Update][..], 200, 201, 200),
        ] {
            let ann = testkit::actor("ann").with(may(rights), thing).build();
            assert_eq!(world.v2_as(&ann, Method::GET, &path, Value::Null).await.0, read, "{rights:?}");
            assert_eq!(world.v2_as(&ann, Method::POST, &path, Value::Null).await.0, take, "{rights:?}");
            assert_eq!(world.restore_as(&ann, thing, &copy, json!({})).await.0, restore, "{rights:?}");
        }
        world.delete(thing).await;
        for (rights, read, restore) in [
            (&[][..], 404, 404),
            (&[Action::Read, Action::Update, Action::Delete][..], 200, 403),
            (&EVERY_RESOURCE_RIGHT[..], 200, 200),
        ] {
            let ann = testkit::actor("ann").with(may(rights), parent).build();
            assert_eq!(world.v2_as(&ann, Method::GET, &path, Value::Null).await.0, read, "{rights:?}");
            assert_eq!(world.restore_as(&ann, thing, &copy, json!({})).await.0, restore, "{rights:?}");
        }
        let other = world.thing("Other", ResourceId::TOP).await.id;
        let (status, problem) = world.restore_as(&world.root, other, &copy, json!({})).await;
        assert_eq!(status, 404, "it has no copies at all: {problem}");
    }

    async fn who_brings_a_resource_back_elsewhere_needs_the_rights_of_a_move(engine) {
        let world = world(engine).await;
        let (theirs, mine) = (world.thing("Theirs", ResourceId::TOP).await.id, world.thing("Mine", ResourceId::TOP).await.id);
        let thing = world.thing("Thing", theirs).await.id;
        world.delete(thing).await;
        let copy = world.backups(thing).await.remove(0);
        let all = [Action::Read, Action::Create, Action::Update, Action::Delete];
        for (there, status) in [(&all[..1], 403), (&all[..2], 403), (&all[..], 200)] {
            let ann = testkit::actor("ann").with(may(there), theirs).with(may(&all), mine).build();
            assert_eq!(world.restore_as(&ann, thing, &copy, json!({"parent_id": mine})).await.0, status, "{there:?}");
        }
        assert_eq!(world.get(thing).await.parent_id, Some(mine));
    }

    async fn a_link_to_what_is_hidden_is_neither_shown_in_a_copy_nor_made_again(engine) {
        let world = world(engine).await;
        let (a, b) = (world.thing("A", ResourceId::TOP).await.id, world.thing("B", ResourceId::TOP).await.id);
        world.v2(Method::POST, &format!("/resources/{a}/links"), json!({"resource_id": b, "relation": "r"})).await;
        let copy = world.back_up(a).await;
        assert_eq!(copy["resource"]["linkages"].as_array().unwrap().len(), 1);
        let link = copy["resource"]["linkages"][0]["id"].as_str().unwrap();
        world.v2(Method::DELETE, &format!("/resources/{a}/links/{link}"), Value::Null).await;
        let ann = testkit::actor("ann").with(may(&EVERY_RESOURCE_RIGHT), a).build();
        let (_, seen) = world.v2_as(&ann, Method::GET, &format!("/resources/{a}/backup"), Value::Null).await;
        assert_eq!(seen[0]["resource"]["linkages"], json!([]));
        let (status, restored) = world.restore_as(&ann, a, &copy, json!({})).await;
        assert_eq!((status, &restored["linkages"]), (200, &json!([])));
        assert_eq!(world.restore_as(&world.root, a, &copy, json!({})).await.1["linkages"].as_array().unwrap().len(), 1);
    }

    async fn copies_are_read_through_the_lists_of_both_apis(engine) {
        let world = world(engine).await;
        let parent = world.thing("Parent", ResourceId::TOP).await.id;
        let thing = world.thing("Thing", parent).await.id;
        world.back_up(thing).await;
        world.v2(Method::PATCH, &format!("/resources/{thing}"), json!({"name": "Renamed"})).await;
        world.delete(thing).await;
        let old = async |more: &str| {
            let answer = world.v1_json(&format!("action=get&getFromBackup=1&orig_id={thing}{more}")).await;
            let names: Vec<_> = answer["data"].as_array().unwrap().iter().map(|r| r["name"].clone()).collect();
            (answer["message"].clone(), answer["found_count"].clone(), names)
        };
        let found = || (json!("Search successful"), json!(2));
        assert_eq!(old("").await, (found().0, found().1, vec![json!("Thing"), json!("Renamed")]));
        assert_eq!(old("&order=DESC&resources_per_page=1").await, (found().0, found().1, vec![json!("Renamed")]));
        let answer = world.v1_json(&format!("action=get&getFromBackup=1&orig_id={thing}")).await;
        assert_eq!((&answer["data"][0]["id"], &answer["data"][0]["orig_id"]), (&json!(thing.to_string()), &json!(thing.to_string())));
        let needs = world.v1_json("action=get&getFromBackup=1").await;
        assert_eq!(needs["message"], "orig_id: is required with getFromBackup: the id of the resource");
        assert_eq!(world.v1_json("action=get&getFromBackup=1&orig_id=9999").await["message"], "Search failed");

        for (path, count) in [
            (format!("/resources?orig_id={thing}"), 2),
            (format!("/resources/{parent}/children?orig_id={thing}"), 2),
            (format!("/resources/{parent}/children?orig_id={thing}&limit=1"), 1),
            (format!("/resources/1/children?orig_id={thing}"), 0),
        ] {
            let (status, list) = world.v2(Method::GET, &path, Value::Null).await;
            assert_eq!((status, list.as_array().unwrap().len()), (200, count), "{path}: {list}");
            assert!(list.as_array().unwrap().iter().all(|r| r["id"] == thing.to_string()), "{list}");
        }
    }

    async fn a_repeated_request_takes_one_copy_and_restores_once(engine) {
        let world = world(engine).await;
        let thing = world.thing("Thing", ResourceId::TOP).await.id;
        let send = async |path: String, key: &str| {
            let request = Request::post(format!("/api/v2/resources/{thing}/backup{path}"));
            world.v2_request(&world.root, request.header("Idempotency-Key", key), Value::Null).await
        };
        let first = send(String::new(), "a").await;
        assert_eq!((first.0, send(String::new(), "a").await), (201, first.clone()));
        let path = format!("/{}/restore", first.1["id"].as_str().unwrap());
        let restored = send(path.clone(), "b").await;
        assert_eq!((restored.0, send(path, "b").await), (200, restored));
        assert_eq!(world.backups(thing).await.len(), 2, "one that was asked for, one from before the restoration");
    }
}
