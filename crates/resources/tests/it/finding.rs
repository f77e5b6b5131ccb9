//! What a query finds.

use kernel::{Order, ResourceId};
use resources::{Attribute, NewResource, OrderBy, Resource, ResourceQuery, SearchColumn};
use serde_json::json;
use testkit::{Engine, on_both};

use crate::world::{World, attributes, refusal, thing, world};

/// Five things with attributes.
async fn shelf(engine: Engine) -> World {
    let world = world(engine).await;
    for (name, attrs) in [
        ("Anvil", attributes(&[("weight", &["9"]), ("colour", &["grey"])])),
        ("Book", attributes(&[("weight", &["10"]), ("colour", &["red", "white"])])),
        ("Cup", attributes(&[("weight", &["0.5"]), ("colour", &["White_ish"])])),
        ("Drum", attributes(&[("weight", &["heavy"])])),
        ("Egg", attributes(&[("colour", &["100%"])])),
    ] {
        world.add(NewResource { attributes: attrs, ..thing(name, ResourceId::TOP) }).await.unwrap();
    }
    world
}

async fn found(world: &World, query: serde_json::Value) -> Vec<String> {
    let mut whole = json!({"type": "thing"});
    whole.as_object_mut().unwrap().extend(query.as_object().unwrap().clone());
    world.names(&world.root, &ResourceQuery::from_json(&whole).unwrap()).await
}

on_both! {
    async fn attributes_are_compared_in_ten_ways(engine) {
        let world = shelf(engine).await;
        for (key, compare, value, expected) in [
            ("colour", "=", json!("red"), "Book"),
            ("colour", "=", json!("Red"), ""),
            ("colour", "!=", json!("grey"), "Book Cup Egg"),
            ("weight", ">=", json!("9"), "Anvil Book Drum"),
            ("weight", "=>", json!(10), "Book Drum"),
            ("weight", "<=", json!("9"), "Anvil Cup"),
            ("colour", "\u{fe65}=", json!("grey"), "Anvil Book"),
            ("colour", "LIKE", json!("WHITE"), "Book Cup"),
            ("colour", "like", json!("%white"), "Book"),
            ("colour", "LIKE", json!("r_d"), "Book"),
            ("colour", "NOT LIKE", json!("white"), "Anvil Book Egg"),
            ("colour", "IN", json!(["red", "grey"]), "Anvil Book"),
            ("colour", "IN", json!("red, grey"), "Anvil Book"),
            ("colour", "IN", json!("[\"red\"]"), "Book"),
            ("colour", "NOT IN", json!(["red", "grey"]), "Book Cup Egg"),
            ("weight", "BETWEEN", json!([9, 10]), "Anvil Book"),
            ("weight", "BETWEEN", json!("0.1, 1"), "Cup"),
            ("weight", "NOT BETWEEN", json!("1,9.5"), "Book Cup Drum"),
            ("colour", "BETWEEN", json!("g,s"), "Anvil Book"),
        ] {
            let query = json!({"attr_key": key, "attr_compare": compare, "attr_value": value});
            let expected: Vec<&str> = expected.split_whitespace().collect();
            assert_eq!(found(&world, query).await, expected, "{key} {compare} {value}");
        }
    }

    async fn an_attribute_need_not_be_named_nor_have_a_value(engine) {
        let world = shelf(engine).await;
        assert_eq!(found(&world, json!({"attr_value": "grey"})).await, ["Anvil"]);
        assert_eq!(found(&world, json!({"attr_key": "weight"})).await, ["Anvil", "Book", "Cup", "Drum"]);
    }

    async fn conditions_on_attributes_are_joined_by_and_and_or(engine) {
        let world = shelf(engine).await;
        let attributes = json!([{"attr_key": "weight", "attr_value": "10"}, {"attr_key": "colour", "attr_value": "white"}]);
        assert_eq!(found(&world, json!({"attributes": attributes})).await, ["Book"]);
        let attrs = json!([
            {"key": "weight", "value": "10", "compare": "=", "rule": "AND"},
            {"key": "colour", "value": "grey", "compare": "=", "rule": "AND"},
            {"key": "colour", "value": "100%", "compare": "=", "rule": "OR"},
        ]);
        assert_eq!(found(&world, json!({"attrs": attrs})).await, ["Egg"]);
    }

    async fn the_section_of_an_entry_is_an_attribute_like_others(engine) {
        let world = world(engine).await;
        let (one, two) = (world.section("One").await, world.section("Two").await);
        for (name, section) in [("A", &one), ("B", &two), ("C", &two)] {
            world.add(crate::world::entry(name, section)).await.unwrap();
        }
        let found = async |compare: &str, value: String| {
            let query = json!({"attr_key": "_section", "attr_compare": compare, "attr_value": value});
            world.names(&world.root, &ResourceQuery::from_json(&query).unwrap()).await
        };
        assert_eq!(found("=", one.id.to_string()).await, ["A"]);
        assert_eq!(found("!=", one.id.to_string()).await, ["B", "C"]);
        assert_eq!(found("IN", format!("{},{}", one.id, two.id)).await, ["A", "B", "C"]);
        assert_eq!(found("=", "x".to_owned()).await, [""; 0]);
        let query = json!({"attr_key": "_section", "attr_compare": "LIKE", "attr_value": "1"});
        let query = ResourceQuery::from_json(&query).unwrap();
        let refused = resources::find(&mut world.read(&world.root).await, &query).await;
        assert_eq!(refusal(refused), "attr_compare: _section is compared by =, !=, IN and NOT IN only");
    }

    async fn columns_are_compared_to_the_letter(engine) {
        let world = shelf(engine).await;
        let parent = world.thing("Box", ResourceId::TOP).await;
        let new = NewResource { custom_id: Some("cust-001".to_owned()), ..thing("anvil", parent.id) };
        let inner = world.add(new).await.unwrap();
        assert_eq!(found(&world, json!({"name": "Anvil"})).await, ["Anvil"]);
        assert_eq!(found(&world, json!({"slug": "anvil-2"})).await, ["anvil"]);
        assert_eq!(found(&world, json!({"custom_id": "cust-001"})).await, ["anvil"]);
        assert_eq!(found(&world, json!({"id": inner.id.to_string()})).await, ["anvil"]);
        assert_eq!(found(&world, json!({"parent_id": parent.id})).await, ["anvil"]);
        assert_eq!(found(&world, json!({"parent__in": [parent.id], "name": "Anvil"})).await, [""; 0]);
        assert_eq!(found(&world, json!({"parent__not_in": [1]})).await, ["anvil"]);
        assert_eq!(found(&world, json!({"resource__not_in": [inner.id], "name": "anvil"})).await, [""; 0]);
        assert_eq!(found(&world, json!({"type": "section"})).await, [""; 0]);
        let all = world.names(&world.root, &ResourceQuery::from_json(&json!({"parent__not_in": [7]})).unwrap()).await;
        assert!(all.contains(&"TLR".to_owned()), "the top has no parent, so none of these");
    }

    async fn categories_are_conditions_too(engine) {
        let world = shelf(engine).await;
        let category = NewResource { kind: "category".to_owned(), ..thing("Kitchen", ResourceId::TOP) };
        let category = world.add(category).await.unwrap().id;
        world.add(NewResource { category_id: Some(category), ..thing("Fork", ResourceId::TOP) }).await.unwrap();
        assert_eq!(found(&world, json!({"category_id": category})).await, ["Fork"]);
        assert_eq!(found(&world, json!({"category__in": [category, 99]})).await, ["Fork"]);
        let others = found(&world, json!({"category__not_in": [category]})).await;
        assert_eq!(others, ["Anvil", "Book", "Cup", "Drum", "Egg"]);
    }

    async fn a_search_looks_into_names_slugs_custom_ids_and_attributes(engine) {
        let world = shelf(engine).await;
        let new = NewResource { custom_id: Some("ZX-81".to_owned()), ..thing("Computer", ResourceId::TOP) };
        world.add(new).await.unwrap();
        assert_eq!(found(&world, json!({"search": "UM"})).await, ["Drum"]);
        assert_eq!(found(&world, json!({"search": "zx-"})).await, ["Computer"]);
        assert_eq!(found(&world, json!({"q": "white"})).await, ["Book", "Cup"]);
        assert_eq!(found(&world, json!({"search": "0%"})).await, ["Egg"], "a sign stands for itself");
        assert_eq!(found(&world, json!({"search": "e_i"})).await, ["Cup"]);
        assert_eq!(found(&world, json!({"search": "white", "search_column": "name"})).await, [""; 0]);
        let query = ResourceQuery {
            search: Some("red".to_owned()),
            search_column: Some(SearchColumn::Attributes),
            ..ResourceQuery::default()
        };
        assert_eq!(world.names(&world.root, &query).await, ["Book"]);
        let long = ResourceQuery::from_json(&json!({"search": "x".repeat(256)}));
        assert_eq!(refusal(long), "search: may have at most 255 characters");
    }

    async fn a_list_is_sorted_as_asked(engine) {
        let world = shelf(engine).await;
        world.thing("apple", ResourceId::TOP).await;
        let ids = |names: &[&str]| {
            let world = &world;
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            async move {
                let mut ids = Vec::new();
                for name in names {
                    let query = ResourceQuery { name: Some(name), ..ResourceQuery::default() };
                    let found = resources::find(&mut world.read(&world.root).await, &query).await.unwrap();
                    ids.push(found.resources[0].id);
                }
                ids
            }
        };
        assert_eq!(found(&world, json!({})).await, ["Anvil", "apple", "Book", "Cup", "Drum", "Egg"]);
        assert_eq!(
            found(&world, json!({"orderby": "id", "order": "desc"})).await,
            ["apple", "Egg", "Drum", "Cup", "Book", "Anvil"]
        );
        assert_eq!(found(&world, json!({"order_by": "slug", "sort": "DESC"})).await[0], "Egg");
        let given = ids(&["Cup", "Anvil", "Egg"]).await;
        let query = json!({"resource__in": given, "orderby": "resource__in"});
        assert_eq!(found(&world, query).await, ["Cup", "Anvil", "Egg"]);
        let query = ResourceQuery {
            ids: Some(given),
            order_by: OrderBy::Given,
            order: Order::Descending,
            offset: 1,
            limit: Some(1),
            ..ResourceQuery::default()
        };
        let part = resources::find(&mut world.read(&world.root).await, &query).await.unwrap();
        assert_eq!((part.resources[0].name.as_str(), part.found_count), ("Anvil", 3));
        for order_by in ["none", "type", "parent_id", "date", "modified"] {
            assert_eq!(found(&world, json!({"orderby": order_by})).await.len(), 6);
        }
    }

    async fn parts_of_a_list_add_up_to_the_whole(engine) {
        let world = shelf(engine).await;
        let whole = found(&world, json!({})).await;
        let mut parts = Vec::new();
        for offset in 0..6 {
            let query = ResourceQuery {
                kind: Some("thing".to_owned()),
                offset,
                limit: Some(1),
                ..ResourceQuery::default()
            };
            let mut tx = world.read(&world.root).await;
            let found = resources::find(&mut tx, &query).await.unwrap();
            assert_eq!(found.found_count, 5);
            let (page, more) = resources::page(&mut tx, &query).await.unwrap();
            assert_eq!(page, found.resources);
            assert_eq!(more, offset < 4);
            parts.extend(page.into_iter().map(|resource| resource.name));
        }
        assert_eq!(parts, whole);
    }

    async fn a_condition_that_is_misspelt_does_not_widen_the_search(engine) {
        let _world = world(engine).await;
        let refused = refusal(ResourceQuery::from_json(&json!({"custom_ids": "cust-001"})));
        assert!(refused.starts_with("custom_ids: is not known in a query of resources; known are: id,"), "{refused}");
        assert!(ResourceQuery::from_json(&json!([])).is_err());
    }

    async fn a_node_with_twenty_thousand_children_is_listed_in_parts(engine) {
        let world = world(engine).await;
        let parent = world.thing("Parent", ResourceId::TOP).await.id;
        world.test.db.write(&world.root, Many { parent, count: 20_000 }).await.unwrap();
        for offset in [0, 100, 19_900] {
            let query = ResourceQuery { parents: Some(vec![parent]), offset, limit: Some(100), ..ResourceQuery::default() };
            let mut tx = world.read(&world.root).await;
            let (page, more) = resources::page(&mut tx, &query).await.unwrap();
            assert_eq!((page.len(), more), (100, offset < 19_900));
            assert_eq!(page[0].name, format!("Child {offset:05}"));
            let shown = resources::details(&mut tx, page, resources::Load::EVERYTHING).await.unwrap();
            assert!(shown.iter().all(|one| one.attributes["n"].len() == 1));
        }
        let by_value = json!({"attr_key": "n", "attr_value": "12345"});
        let query = ResourceQuery::from_json(&by_value).unwrap();
        assert_eq!(world.names(&world.root, &query).await, ["Child 12345"]);
    }

    async fn resources_are_found_by_the_time_of_their_last_change(engine) {
        let world = world(engine).await;
        for (name, time) in [("A", "2026-02-01 23:59:59"), ("B", "2026-02-02 00:00:00"), ("C", "2026-02-02 12:00:00")] {
            // A part of a second does not show, and so it does not count.
            world.clock.set(kernel::Timestamp(kernel::Timestamp::from_sql(time).unwrap().0 + 300_000));
            world.thing(name, ResourceId::TOP).await;
        }
        for (query, expected) in [
            (json!({"modified": "2026-02-02 00:00:00"}), "B"),
            (json!({"modified": "2026-02-02"}), "B C"),
            (json!({"modified": "2026-02-02", "modified_compare": "!="}), "A"),
            (json!({"modified": "2026-02-02 00:00:00", "modified_compare": ">="}), "B C"),
            (json!({"modified": "2026-02-02 00:00:00", "modified_compare": "<="}), "A B"),
            (json!({"modified": "2026-02-02 00:00:00", "modified_compare": ">"}), "C"),
            (json!({"modified": "2026-02-02", "modified_compare": "<"}), "A"),
            (json!({"modified_between": "2026-02-01,2026-02-02 00:00:00"}), "A B"),
            (json!({"modified_between": ["2026-02-02 00:00:01", "2026-02-02"]}), "C"),
        ] {
            let expected: Vec<&str> = expected.split_whitespace().collect();
            assert_eq!(found(&world, query.clone()).await, expected, "{query}");
        }
        for (query, message) in [
            (json!({"modified": "noon"}), "modified: must be a time in UTC such as 2026-01-31 23:59:59, or a day such as 2026-01-31"),
            (json!({"modified": "2026-02-02", "modified_compare": "LIKE"}), "modified_compare: must be one of =, !=, >=, <=, >, <"),
            (json!({"modified_compare": ">"}), "modified: is required together with modified_compare"),
            (json!({"modified_between": "2026-02-02"}), "modified_between: takes two times, the first and the last one"),
            (json!({"modified_between": "2026-02-01,2026-02-02", "modified_compare": ">"}), "modified_compare: goes together with modified, not with modified_between"),
        ] {
            assert_eq!(refusal(ResourceQuery::from_json(&query)), message);
        }
        let (status, list) = world.v2(axum::http::Method::GET, "/resources?modified=2026-02-01&modified_compare=%3E", serde_json::Value::Null).await;
        assert_eq!((status, list.as_array().unwrap().len()), (200, 2), "{list}");
    }
}

/// Many children of one resource.
struct Many {
    parent: ResourceId,
    count: usize,
}

impl store::Work for Many {
    type Out = ();
    const NAME: &'static str = "test.many";

    async fn run(&self, tx: &mut store::Tx) -> kernel::Result<()> {
        let parent = resources::get(tx, self.parent).await?;
        for n in 0..self.count {
            let id = ResourceId(tx.new_id::<Resource>().await?);
            let (name, slug) = (format!("Child {n:05}"), format!("child-{n}"));
            let path = format!("{}{id}/", parent.path);
            let child =
                Resource { id, name, slug, path, parent_id: Some(parent.id), is_system: false, ..parent.clone() };
            tx.insert(&child).await?;
            let (resource_id, value) = (id, n.to_string());
            let id = tx.new_id::<Attribute>().await?;
            let name = "n".to_owned();
            tx.insert(&Attribute { id, version: 0, resource_id, name, position: 0, value, number: None, sealed: None })
                .await?;
        }
        Ok(())
    }
}
