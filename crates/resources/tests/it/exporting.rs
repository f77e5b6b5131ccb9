//! Lists of resources as tables.

use axum::http::Method;
use kernel::{Action, ResourceId};
use resources::NewResource;
use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{attributes, entry, may, thing, world};

on_both! {
    async fn a_list_comes_as_a_table_with_the_attributes_asked_for(engine) {
        let world = world(engine).await;
        let section = world.section("Firewall").await;
        let written = attributes(&[("serial", &["=1+1"]), ("note", &["a, b"]), ("ports", &["80", "443"]), ("name", &["x"])]);
        let entry = NewResource { attributes: written, custom_id: Some("+31".to_owned()), ..entry("fw \"1\"", &section) };
        let id = world.add(entry).await.unwrap().id;
        let table = world.table(&world.root, "/resources?type=entry&export=csv&columns=serial,note,ports,attrs.name,none").await;
        let (titles, row) = (
            "id,parent_id,name,slug,type,category_id,section_id,custom_id,date,modified,serial,note,ports,attrs.name,none",
            format!(
                "{id},1,\"fw \"\"1\"\"\",fw-1,entry,,{},'+31,2026-01-01 00:00:00,2026-01-01 00:00:00,'=1+1,\"a, b\",80; 443,x,",
                section.id
            ),
        );
        assert_eq!(table, format!("{titles}\r\n{row}\r\n"));
        let nothing = world.table(&world.root, "/resources?type=nothing&export=CSV").await;
        assert_eq!(nothing, "id,parent_id,name,slug,type,category_id,section_id,custom_id,date,modified\r\n");
    }

    async fn a_table_holds_all_that_fits_in_every_order_and_nothing_twice(engine) {
        let world = world(engine).await;
        let parent = world.thing("Parent", ResourceId::TOP).await.id;
        // More than are read at a time, many of them alike.
        let things = (0..603).map(|n| thing(&format!("Thing {}", n % 3), parent)).collect();
        let expected: Vec<i64> = world.add_all(things).await.iter().map(|thing| thing.id.0).collect();
        for order in ["id", "name", "slug", "type", "parent_id", "date", "modified"] {
            for sort in ["ASC", "DESC"] {
                let list = format!("order_by={order}&sort={sort}");
                let table = world.table(&world.root, &format!("/resources/{parent}/children?{list}&export=csv")).await;
                let ids: Vec<i64> =
                    table.lines().skip(1).map(|row| row.split(',').next().unwrap().parse().unwrap()).collect();
                let (_, first) = world.v2(Method::GET, &format!("/resources/{parent}/children?{list}&limit=1000"), Value::Null).await;
                let first: Vec<i64> =
                    first.as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap().parse().unwrap()).collect();
                assert_eq!(ids, first, "{list}");
                let mut ids = ids;
                ids.sort_unstable();
                assert_eq!(ids, expected, "{list}");
            }
        }
        let given = world.table(&world.root, "/resources?resource__in=3,2&order_by=resource__in&export=csv").await;
        let names: Vec<_> = given.lines().skip(1).map(|row| row.split(',').nth(2).unwrap()).collect();
        assert_eq!(names, ["Holding", "Available"]);
    }

    async fn a_table_shows_what_its_reader_may_see(engine) {
        let world = world(engine).await;
        let (open, hidden) = (world.thing("Open", ResourceId::TOP).await.id, world.thing("Hidden", ResourceId::TOP).await.id);
        world.thing("Below", open).await;
        let ann = testkit::actor("ann").with(may(&[Action::Read]), open).build();
        let table = world.table(&ann, "/resources?export=csv").await;
        let names: Vec<_> = table.lines().skip(1).map(|row| row.split(',').nth(2).unwrap()).collect();
        assert_eq!(names, ["Below", "Open"]);
        let children = world.v2_as(&ann, Method::GET, &format!("/resources/{hidden}/children?export=csv"), Value::Null).await;
        assert_eq!(children.0, 404);
    }

    async fn a_table_that_can_not_be_made_is_refused_before_it_begins(engine) {
        let world = world(engine).await;
        for (query, field, detail) in [
            ("export=pdf", "export", "must be csv"),
            ("export=csv&limit=5", "export", "writes all that fits; leave limit, offset and page out"),
            ("columns=a", "columns", "goes together with export=csv"),
            ("export=csv&columns=a,,b", "columns", "each column has a name of 1 to 255 printable characters"),
            ("export=csv&columns=a,attrs.a", "columns", "attrs.a is there twice"),
        ] {
            let (status, problem) = world.v2(Method::GET, &format!("/resources?{query}"), Value::Null).await;
            assert_eq!((status, &problem["errors"][0]), (422, &json!({"field": field, "detail": detail})), "{query}");
        }
    }
}
