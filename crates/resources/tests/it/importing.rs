//! Entries from a file.

use axum::http::{Method, Request};
use kernel::{Action, JobId, ResourceId};
use resources::{FieldRef, NewResource, NewSectionField, Resource};
use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{World, entry, may, world};

/// A section with a line of text, twice a port, a choice, and boxes to tick.
async fn servers(world: &World) -> Resource {
    let field = |name: &str, field_type: &str, options: &[&str]| NewResource {
        name: name.to_owned(),
        kind: "field".to_owned(),
        attributes: crate::world::attributes(&[("_field_type", &[field_type]), ("_options", options)]),
        ..NewResource::default()
    };
    let mut fields = Vec::new();
    for new in [
        field("Serial No", "text", &[]),
        field("Port", "text", &[]),
        field("Colour", "radios", &["red", "blue"]),
        field("Uses", "checkboxes", &["mail", "web", "a; b"]),
    ] {
        fields.push(world.add(new).await.unwrap().id);
    }
    fields.insert(1, fields[1]);
    let place = |(position, id)| NewSectionField { position, field: FieldRef::Id(id), help_block: None };
    let fields = (0..).zip(fields).map(place).collect();
    let section =
        NewResource { name: "Server".to_owned(), kind: "section".to_owned(), fields, ..NewResource::default() };
    world.add(section).await.unwrap()
}

async fn entries(world: &World, section: &Resource) -> Vec<Value> {
    let query = json!({"attrs": [{"key": "_section", "value": section.id.to_string()}], "limit": 1000});
    let (status, list) = world.v2(Method::POST, "/resources/query", query).await;
    assert_eq!(status, 200, "{list}");
    list.as_array().unwrap().clone()
}

on_both! {
    async fn a_file_becomes_entries_with_their_fields_and_places(engine) {
        let world = world(engine).await;
        let section = servers(&world).await;
        let site = world.thing("Site A", ResourceId::TOP).await.id;
        let category = NewResource { name: "Core".to_owned(), kind: "category".to_owned(), ..NewResource::default() };
        let category = world.add(category).await.unwrap().id;
        let file = "\u{feff}Name,Serial No,port,Port,COLOUR,uses,Parent,Category,Custom ID,Rack\r\n\
            web 1,'=S1,80,443,red,mail; web,site-a,core,c-1,7\r\n\
            \r\n\
            web 1,\"two\nlines, \"\"quoted\"\"\",,,,a; b,,,,\r\n";
        let result = world.import(&world.root, "section=server&map=Rack=", file).await;
        let columns = json!({
            "Name": "name", "Serial No": "serial-no", "port": "port", "Port": "port", "COLOUR": "colour", "uses": "uses",
            "Parent": "parent", "Category": "category", "Custom ID": "custom_id", "Rack": ""
        });
        let expected = json!({
            "entries": 2, "added": 2, "dry_run": false, "columns": columns, "error_count": 0, "errors": []
        });
        assert_eq!(result, expected);
        let found = entries(&world, &section).await;
        assert_eq!(found.len(), 2, "{found:?}");
        let (one, two) = (&found[0], &found[1]);
        assert_eq!((&one["name"], &one["slug"], &one["custom_id"]), (&json!("web 1"), &json!("web-1"), &json!("c-1")));
        assert_eq!((&one["parent_id"], &one["category_id"]), (&json!(site.to_string()), &json!(category.to_string())));
        let attrs = json!({
            "_section": section.id.to_string(), "serial-no": "=S1", "port": ["80", "443"], "colour": "red", "uses": ["mail", "web"]
        });
        assert_eq!(one["attrs"], attrs);
        assert_eq!((&two["slug"], &two["parent_id"]), (&json!("web-1-2"), &json!("1")));
        let attrs = json!({
            "_section": section.id.to_string(), "serial-no": "two\nlines, \"quoted\"", "uses": "a; b"
        });
        assert_eq!(two["attrs"], attrs);
        let id: i64 = one["id"].as_str().unwrap().parse().unwrap();
        let history = world.read(&world.root).await.history("resource", id, 10).await.unwrap();
        assert_eq!(history.iter().map(|change| change.operation.as_str()).collect::<Vec<_>>(), ["resource.import"]);
    }

    async fn a_table_of_ours_can_be_read_again(engine) {
        let world = world(engine).await;
        let section = servers(&world).await;
        let file = "name,port,uses,serial-no\na,80;443,mail;web,-1\nb,22,,'x\n";
        assert_eq!(world.import(&world.root, "section=server", file).await["added"], 2);
        let before: Vec<Value> = entries(&world, &section).await.iter().map(|entry| entry["attrs"].clone()).collect();
        let table = world.table(&world.root, "/resources?type=entry&export=csv&columns=port,uses,serial-no").await;
        let out = ["id", "type", "section_id", "slug", "date", "modified"].map(|title| format!("&map={title}=")).concat();
        let result = world.import(&world.root, &format!("section=server{out}"), &table).await;
        assert_eq!(result["added"], 2, "{result}");
        let after: Vec<Value> = entries(&world, &section).await.iter().map(|entry| entry["attrs"].clone()).collect();
        assert_eq!(after, [&before[0], &before[0], &before[1], &before[1]].map(Value::clone));
    }

    async fn everything_that_is_wrong_is_said_at_once_and_nothing_is_written(engine) {
        let world = world(engine).await;
        let section = servers(&world).await;
        world.thing("Taken", ResourceId::TOP).await;
        let file = "name,colour,uses,port,slug,parent_id,category_id\n\
            good,red,mail,1,,,\n\
            ,green,\"mail;phone\",,,,\n\
            a,,,1;2;3,taken,99,99\n\
            b,,,,not fit,x,\n\
            c,,,,new,,\n\
            d,,,,new,,,9\n\
            e,,,,new,,\n";
        let result = world.import(&world.root, "section=server", file).await;
        let faults: Vec<String> = result["errors"].as_array().unwrap().iter()
            .map(|e| format!("{} {}: {}", e["line"], e["column"].as_str().unwrap_or("-"), e["reason"].as_str().unwrap()))
            .collect();
        assert_eq!(faults, [
            "3 colour: must be one of the options of its field: red, blue",
            "3 uses: must be one of the options of its field: mail, web, a; b",
            "3 name: must have 1 to 255 printable characters",
            "4 parent_id: there is no resource \"99\"",
            "4 category_id: there is no category \"99\"",
            "5 parent_id: there is no resource \"x\"",
            "7 -: has 8 values for 7 columns",
            "8 slug: \"new\" is the slug of another resource; choose another one",
        ]);
        assert_eq!((&result["added"], &result["error_count"]), (&json!(0), &json!(8)));
        assert_eq!(entries(&world, &section).await, [] as [Value; 0]);
    }

    async fn titles_that_mean_nothing_are_named(engine) {
        let world = world(engine).await;
        servers(&world).await;
        let result = world.import(&world.root, "section=server&map=Colour=colour", "Title,serial no,Serial-No,parent,Parent ID\nx,,,,\n").await;
        let faults: Vec<String> = result["errors"].as_array().unwrap().iter()
            .map(|e| format!("{} {}: {}", e["line"], e["column"].as_str().unwrap_or("-"), e["reason"].as_str().unwrap()))
            .collect();
        let known = "name, slug, custom_id, parent_id, parent, category_id, category, serial-no, port, colour, uses";
        assert_eq!(faults, [
            "1 -: has no column \"Colour\", which the mapping names".to_owned(),
            format!("1 Title: \"Title\" is no field of the section; known are {known}. Map it to one, or leave it out"),
            format!("1 Serial-No: \"Serial-No\" is no field of the section; known are {known}. Map it to one, or leave it out"),
            "1 Parent ID: there is no room for a further column Parent ID".to_owned(),
            "1 -: names no column \"name\"; every entry has one".to_owned(),
        ]);
    }

    async fn a_dry_run_says_the_same_and_writes_nothing(engine) {
        let world = world(engine).await;
        let section = servers(&world).await;
        let result = world.import(&world.root, "section=server&dry_run=true", "name\na\nb\n").await;
        assert_eq!((&result["entries"], &result["added"], &result["dry_run"]), (&json!(2), &json!(0), &json!(true)));
        let result = world.import(&world.root, "section=server&dry_run=true", "name,colour\na,green\n").await;
        assert_eq!(result["error_count"], 1);
        assert_eq!(entries(&world, &section).await, [] as [Value; 0]);
    }

    async fn slugs_are_found_for_many_of_the_same_name(engine) {
        let world = world(engine).await;
        let section = servers(&world).await;
        for name in ["node", "node", "node 5"] {
            world.add(entry(name, &section)).await.unwrap();
        }
        let file = format!("name,slug\n{}x,node-4\n", "node,\n".repeat(5));
        assert_eq!(world.import(&world.root, "section=server", &file).await["added"], 6);
        let mut slugs: Vec<String> =
            entries(&world, &section).await.iter().map(|entry| entry["slug"].as_str().unwrap().to_owned()).collect();
        slugs.sort_unstable();
        assert_eq!(slugs, ["node", "node-2", "node-3", "node-4", "node-5", "node-6", "node-7", "node-8", "node-9"]);
    }

    async fn rights_are_those_of_who_asked(engine) {
        let world = world(engine).await;
        let section = servers(&world).await;
        let (mine, other) = (world.thing("Mine", ResourceId::TOP).await.id, world.thing("Other", ResourceId::TOP).await.id);
        let ann = testkit::actor("ann").with(may(&[Action::Read]), section.id).with(may(&[Action::Read, Action::Create]), mine);
        let seen = ann.clone().with(may(&[Action::Read]), other).build();
        let ann = ann.build();
        let file = format!("name,parent_id\na,{mine}\nb,{other}\nc,\n");
        let reasons = async |actor| -> Vec<String> {
            let result = world.import(actor, "section=server", &file).await;
            result["errors"].as_array().unwrap().iter().map(|e| e["reason"].as_str().unwrap().to_owned()).collect()
        };
        let unseen = |id| format!("there is no resource \"{id}\"");
        assert_eq!(reasons(&ann).await, [unseen(other), unseen(ResourceId::TOP)]);
        let forbidden = format!("You need permissionResourceCreate on resource \"Other\" ({other}) to do this.");
        assert_eq!(reasons(&seen).await, [forbidden, unseen(ResourceId::TOP)]);
        let result = world.import(&ann, &format!("section=server&parent_id={mine}"), "name\na\n").await;
        assert_eq!(result["added"], 1);

        let reader = testkit::actor("bob").with(may(&[Action::Read]), ResourceId::TOP).build();
        assert_eq!(world.upload(&reader, "section=server", "name\na\n").await.0, 403);
        let elsewhere = testkit::actor("cid").with(may(&[Action::Read, Action::Create]), mine).build();
        assert_eq!(world.upload(&elsewhere, "section=server", "name\na\n").await.0, 404);
        assert_eq!(world.upload(&ann, &format!("section=server&parent_id={other}"), "name\na\n").await.0, 422);
    }

    async fn what_is_asked_wrongly_is_refused_before_the_file_is_read(engine) {
        let world = world(engine).await;
        servers(&world).await;
        for (query, field, detail) in [
            ("", "section", "give either section or section_id"),
            ("section=none", "section", "there is no section \"none\""),
            ("section_id=2", "section_id", "there is no section 2"),
            ("section=server&map=Rack", "map", "must be TITLE=COLUMN, or TITLE= to leave a column out"),
            ("section=server&category_id=2", "category_id", "there is no category 2"),
        ] {
            let (status, problem) = world.upload(&world.root, query, "name\na\n").await;
            assert_eq!((status, &problem["errors"][0]), (422, &json!({"field": field, "detail": detail})), "{query}");
        }
    }

    async fn a_repeated_request_starts_one_import(engine) {
        let world = world(engine).await;
        let section = servers(&world).await;
        let send = async || {
            let request = Request::post("/api/v2/resources/imports?section=server").header("Idempotency-Key", "k1");
            let (_, text) = world.v2_text(&world.root, request, "name\na\n".to_owned()).await;
            serde_json::from_str::<Value>(&text).unwrap()["id"].as_i64().unwrap()
        };
        let id = send().await;
        assert_eq!(send().await, id);
        assert_eq!(world.result(&world.root, JobId(id)).await["added"], 1);
        assert_eq!(entries(&world, &section).await.len(), 1);
    }
}
