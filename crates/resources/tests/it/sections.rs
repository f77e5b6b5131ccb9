//! Sections, their fields and their gadgets, and fields.

use axum::http::Method;
use kernel::ResourceId;
use resources::NewResource;
use serde_json::{Value, json};
use testkit::on_both;

use crate::world::{World, entry, world};

async fn fields(world: &World, section: ResourceId) -> Value {
    let read = world.v1_json(&format!("action=get&id={section}")).await;
    let fields = read["data"][0]["fields"].as_array().unwrap();
    fields.iter().map(|f| json!([f["position"], f["slug"], f["help_block"]])).collect()
}

async fn field(world: &World, name: &str) -> i64 {
    let answer = world.v1_json(&format!("action=add&meta[type]=field&meta[field_type]=text&meta[name]={name}")).await;
    answer["data"]["id"].as_i64().unwrap()
}

on_both! {
    async fn the_section_of_an_entry_is_shown_with_its_fields(engine) {
        let world = world(engine).await;
        let fields = json!([
            {"new": true, "name": "Colour", "field_type": "radios", "options": ["red", "blue"], "help_block": "of the case"},
            {"new": true, "name": "Port", "field_type": "text"}
        ]);
        let body = json!({"name": "Server", "type": "section", "fields": fields});
        let (_, section) = world.v2(Method::POST, "/resources", body).await;
        let body = json!({"name": "E", "type": "entry", "section_id": section["id"]});
        let (_, entry) = world.v2(Method::POST, "/resources", body).await;
        let path = |of: &Value| format!("/resources/{}/section", of["id"].as_str().unwrap());
        let (status, shown) = world.v2(Method::GET, &path(&entry), Value::Null).await;
        assert_eq!((status, &shown["id"], &shown["slug"]), (200, &section["id"], &json!("server")));
        let field = &shown["fields"][0];
        assert_eq!((&field["slug"], &field["field_type"]), (&json!("colour"), &json!("radios")));
        assert_eq!((&field["options"], &field["help_block"]), (&json!(["red", "blue"]), &json!("of the case")));
        assert_eq!((&shown["fields"][1]["name"], &shown["fields"][1]["options"]), (&json!("Port"), &json!([])));
        assert_eq!(world.v2(Method::GET, &path(&section), Value::Null).await, (200, shown));
        let thing = world.thing("T", ResourceId::TOP).await.id;
        let (status, problem) = world.v2(Method::GET, &format!("/resources/{thing}/section"), Value::Null).await;
        assert_eq!((status, &problem["detail"]), (404, &json!(format!("\"T\" ({thing}) has no section"))));
    }

    async fn a_section_gets_exactly_the_fields_that_are_sent(engine) {
        let world = world(engine).await;
        let section = world.section("Firewall").await.id;
        let serial = field(&world, "Serial number").await;
        field(&world, "FQDN").await;
        let update = format!("action=update&meta[id]={section}&meta[type]=section");

        let form = format!(
            "{update}&fields[0][id]={serial}&fields[0][help_block]=on the back&fields[0][new]=false&fields[1][slug]=fqdn\
             &fields[2][slug]=fqdn&fields[10][name]=TextArea&fields[10][field_type]=textarea&fields[10][new]=true"
        );
        assert_eq!(world.v1_json(&form).await["message"], "Resource Updated");
        assert_eq!(
            fields(&world, section).await,
            json!([[0, "serial-number", "on the back"], [1, "fqdn", null], [2, "fqdn", null], [10, "textarea", null]])
        );
        let made = world.v1_json("action=get&slug=textarea").await;
        assert_eq!((&made["data"][0]["type"], &made["data"][0]["attr"]), (&json!("field"), &json!({"_field_type": "textarea"})));

        world.v1(&format!("{update}&fields[0][slug]=fqdn")).await;
        assert_eq!(fields(&world, section).await, json!([[0, "fqdn", null]]));
        world.v1(&format!("{update}&meta[name]=Walls")).await;
        assert_eq!(fields(&world, section).await, json!([[0, "fqdn", null]]), "not sent, not changed");
        world.v1(&format!("{update}&fields=")).await;
        assert_eq!(fields(&world, section).await, json!([]));
    }

    async fn what_is_no_field_is_refused_by_its_position(engine) {
        let world = world(engine).await;
        let section = world.section("Firewall").await.id;
        let update = format!("action=update&meta[id]={section}&meta[type]=section");
        for (fields, message) in [
            ("fields[3][slug]=none", "fields[3]: there is no field none"),
            ("fields[3][id]=1", "fields[3]: there is no field 1"),
            ("fields[3][x]=1", "fields[3][slug]: is required"),
            ("fields[a][id]=1", "fields[a]: must be fields[POSITION][id], [slug] or [new]"),
            ("fields[0][new]=true&fields[0][name]=x", "fields[0][field_type]: is required"),
        ] {
            assert_eq!(world.v1_json(&format!("{update}&{fields}")).await["message"], message);
        }
    }

    async fn a_choice_has_options(engine) {
        let world = world(engine).await;
        let form = "action=add&meta[type]=field&meta[name]=Colors&meta[field_type]=choicebox\
                    &meta[options][]=Blue&meta[options][]=Green&meta[help_block]=of the rack";
        let added = world.v1_json(form).await;
        let expected = json!({"_field_type": "choicebox", "_help_block": "of the rack", "_options": ["Blue", "Green"]});
        assert_eq!(added["data"]["attr"], expected);
        let id = &added["data"]["id"];
        let update = format!("action=update&meta[id]={id}&meta[type]=field");
        assert_eq!(
            world.v1_json(&format!("{update}&meta[field_type]=text")).await["message"],
            "meta[options]: are for fields of the types radios, checkboxes, choicebox, not text"
        );
        let updated = world.v1_json(&format!("{update}&meta[field_type]=text&meta[options][]=&meta[help_block]=")).await;
        assert_eq!(updated["data"]["attr"], json!({}));
    }

    async fn an_entry_says_what_its_fields_offer(engine) {
        let world = world(engine).await;
        let field = |name: &str, field_type: &str| {
            let options = if field_type == "text" { json!([]) } else { json!(["Blue", "Green"]) };
            json!({"new": true, "name": name, "field_type": field_type, "options": options})
        };
        let fields = json!([field("Colour", "choicebox"), field("Size", "radios"), field("Tags", "checkboxes"), field("Note", "text")]);
        let (status, section) = world.v2(Method::POST, "/resources", json!({"name": "S", "type": "section", "fields": fields})).await;
        assert_eq!(status, 201, "{section}");
        let add = async |attrs: Value| {
            let body = json!({"name": "E", "type": "entry", "section": "s", "attrs": attrs});
            world.v2(Method::POST, "/resources", body).await
        };
        for attrs in [
            json!({"colour": "Blue", "size": "Green", "tags": ["Blue", "Green"], "note": "Red"}),
            json!({"colour": "", "tags": [], "other": "Red"}),
        ] {
            assert_eq!(add(attrs).await.0, 201);
        }
        let one_of = "must be one of the options of its field: Blue, Green";
        for (attrs, field, detail) in [
            (json!({"colour": "Red"}), "attrs.colour", one_of),
            (json!({"colour": "blue"}), "attrs.colour", one_of),
            (json!({"size": "Red"}), "attrs.size", one_of),
            (json!({"tags": ["Blue", "Red"]}), "attrs.tags", one_of),
            (json!({"size": ["Blue", "Green"]}), "attrs.size", "may have at most 1 of the options of its field"),
        ] {
            let (status, problem) = add(attrs.clone()).await;
            assert_eq!((status, &problem["errors"][0]), (422, &json!({"field": field, "detail": detail})), "{attrs}");
        }
        assert_eq!(world.v1_json("action=get&type=entry").await["data"].as_array().unwrap().len(), 2, "nothing of them stays");
    }

    async fn a_choice_that_was_withdrawn_stays_until_it_is_changed(engine) {
        let world = world(engine).await;
        let colour = json!({"new": true, "name": "Colour", "field_type": "choicebox", "options": ["Blue", "Green"]});
        world.v2(Method::POST, "/resources", json!({"name": "S", "type": "section", "fields": [colour]})).await;
        let body = json!({"name": "E", "type": "entry", "section": "s", "attrs": {"colour": "Blue"}});
        let (_, entry) = world.v2(Method::POST, "/resources", body).await;
        let field = world.v1_json("action=get&slug=colour").await["data"][0]["id"].as_str().unwrap().to_owned();
        let (status, _) = world.v2(Method::PATCH, &format!("/resources/{field}"), json!({"options": ["Green"]})).await;
        assert_eq!(status, 200);
        let path = format!("/resources/{}", entry["id"].as_str().unwrap());
        let change = async |colour: &str| world.v2(Method::PATCH, &path, json!({"name": "F", "attrs": {"colour": colour}})).await.0;
        assert_eq!(change("Blue").await, 200, "as it was");
        let (status, copy) = world.v2(Method::POST, &format!("{path}/clone"), json!({"name": "Copy"})).await;
        assert_eq!((status, &copy["attrs"]["colour"]), (201, &json!("Blue")));
        assert_eq!(change("Green").await, 200);
        assert_eq!(change("Blue").await, 422);
    }

    async fn an_entry_shows_the_gadgets_of_its_section(engine) {
        let world = world(engine).await;
        let form = "action=add&meta[type]=section&meta[name]=TestSection_1&meta[parent_id]=1\
                    &gadgets[0][uuid]=uuid-586dbd260d6ef&gadgets[0][code]=_ipam";
        let section = ResourceId(world.v1_json(form).await["data"]["id"].as_i64().unwrap());
        let section = world.get(section).await;
        let id = world.add(entry("E", &section)).await.unwrap().id;
        let read = world.v1_json(&format!("action=get&id={id}")).await;
        assert_eq!(read["data"][0]["gadgets"], json!([{"uuid": "uuid-586dbd260d6ef", "code": "_ipam"}]));
        let refused = world.v1_json("action=add&meta[type]=section&meta[name]=X&gadgets[0][uuid]=u&gadgets[0][code]=_fun").await;
        assert!(refused["message"].as_str().unwrap().starts_with("gadgets[0][code]: must be one of _contact_info,"));
    }

    async fn an_entry_goes_back_as_it_was_read_but_has_no_gadgets_of_its_own(engine) {
        let world = world(engine).await;
        let gadgets = json!([{"code": "_ipam", "uuid": "u1"}, {"code": "_dns", "uuid": "u2"}]);
        world.v2(Method::POST, "/resources", json!({"name": "S", "type": "section", "gadgets": gadgets})).await;
        let (_, read) = world.v2(Method::POST, "/resources", json!({"name": "E", "type": "entry", "section": "s"})).await;
        assert_eq!(read["gadgets"], gadgets);
        let path = format!("/resources/{}", read["id"].as_str().unwrap());
        assert_eq!(world.v2(Method::PUT, &path, read.clone()).await, (200, read.clone()));
        assert_eq!(world.v2(Method::PATCH, &path, read.clone()).await, (200, read));
        let (status, problem) = world.v2(Method::PATCH, &path, json!({"gadgets": [{"code": "_ipam", "uuid": "u3"}]})).await;
        let rule = json!({"field": "gadgets", "detail": "only a section is made of fields and gadgets"});
        assert_eq!((status, &problem["errors"][0]), (422, &rule));
    }

    async fn what_an_entry_says_must_be_right_in_the_section_to_which_it_goes(engine) {
        let world = world(engine).await;
        let colour = json!({"new": true, "name": "Colour", "field_type": "choicebox", "options": ["Blue"]});
        world.v2(Method::POST, "/resources", json!({"name": "Strict", "type": "section", "fields": [colour]})).await;
        world.section("Free").await;
        let body = json!({"name": "E", "type": "entry", "section": "free", "attrs": {"colour": "Red"}});
        let (_, entry) = world.v2(Method::POST, "/resources", body).await;
        let path = format!("/resources/{}", entry["id"].as_str().unwrap());
        let (status, problem) = world.v2(Method::PATCH, &path, json!({"section": "strict"})).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("attrs.colour")));
        let body = json!({"section": "strict", "attrs": {"colour": "Blue"}});
        assert_eq!(world.v2(Method::PATCH, &path, body).await.1["attrs"]["colour"], "Blue");
    }

    async fn only_sections_are_made_of_fields_and_only_entries_belong_to_sections(engine) {
        let world = world(engine).await;
        let section = world.section("S").await;
        let refused = world.v1_json("action=add&meta[type]=thing&meta[name]=X&gadgets[0][uuid]=u&gadgets[0][code]=_ipam").await;
        assert_eq!(refused["message"], "gadgets: only a section is made of fields and gadgets");
        let new = NewResource { kind: "thing".to_owned(), ..entry("X", &section) };
        let refused = world.add(new).await.unwrap_err().to_string();
        assert_eq!(refused, "section: only entries belong to a section, not a thing");
    }

    async fn what_others_refer_to_is_not_deleted_before_them(engine) {
        let world = world(engine).await;
        let section = world.section("S").await;
        let category = world.v1_json("action=add&meta[type]=category&meta[name]=C").await["data"]["id"].clone();
        let field = field(&world, "F").await;
        let id = section.id;
        world.v1(&format!("action=update&meta[id]={id}&meta[type]=section&fields[0][id]={field}")).await;
        let form = format!("action=add&meta[type]=entry&meta[name]=E&meta[section_id]={id}&meta[category_id]={category}");
        let entry = world.v1_json(&form).await["data"]["id"].clone();
        let delete = async |id: String| world.v1_json(&format!("action=delete&id={id}")).await["message"].clone();
        assert_eq!(delete(id.to_string()).await, format!("Resource \"S\" ({id}) was not deleted: it has entries."));
        assert_eq!(
            delete(category.to_string()).await,
            format!("Resource \"C\" ({category}) was not deleted: resources are filed under it.")
        );
        assert_eq!(
            delete(field.to_string()).await,
            format!("Resource \"F\" ({field}) was not deleted: it is a field of a section.")
        );
        for id in [entry.to_string(), id.to_string(), category.to_string(), field.to_string()] {
            assert_eq!(delete(id).await, "Resource deleted.");
        }
    }
}
