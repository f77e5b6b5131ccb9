//! API v1, byte by byte as its documentation shows it; only ids differ, which are those of the database at hand, and
//! times.

use kernel::ResourceId;
use resources::{NewResource, Resource};
use serde_json::json;
use testkit::on_both;

use crate::world::{World, attributes, entry, may, world};

/// 2026-01-01 00:00:00 in UTC, at which the clock of these tests stands.
const NOW: i64 = 1_767_225_600;

async fn kind(world: &World, kind: &str, name: &str, slug: &str) -> Resource {
    let (kind, name, slug) = (kind.to_owned(), name.to_owned(), Some(slug.to_owned()));
    world.add(NewResource { name, kind, slug, ..NewResource::default() }).await.unwrap()
}

on_both! {
    async fn a_field_is_read(engine) {
        let world = world(engine).await;
        let added = world
            .v1_json("action=add&meta[type]=field&meta[field_type]=text&meta[name]=2nd Email&meta[slug]=6c-contact-email2")
            .await;
        let id = added["data"]["id"].as_i64().unwrap();
        assert_eq!(
            world.v1(&format!("action=get&id={id}")).await,
            format!(
                r#"{{"success":1,"message":"Search successful","data":[{{"id":"{id}","name":"2nd Email","#,
            ) + &format!(
                r#""slug":"6c-contact-email2","type":"field","parent_id":"1","category_id":null,"date":{NOW},"modified":{NOW},"attr":[]}}],"#
            ) + r#""result_count":1,"found_count":1}"#
        );
    }

    async fn an_entry_is_found_with_its_section(engine) {
        let world = world(engine).await;
        let section = kind(&world, "section", "aQA Section", "aqa-section").await;
        let parent = world.thing("Parent", ResourceId::TOP).await;
        let new = NewResource { parent_id: Some(parent.id), ..entry("a6connectchildentry", &section) };
        let child = world.add(new).await.unwrap();
        let (id, section, parent) = (child.id, section.id, parent.id);
        assert_eq!(
            world.v1("action=get&search=6connect").await,
            format!(
                r#"{{"success":1,"message":"Search successful","data":[{{"id":"{id}","name":"a6connectchildentry","slug":"a6connectchildentry","type":"entry","parent_id":"{parent}","category_id":null,"date":{NOW},"modified":{NOW},"attr":{{"_section":"{section}"}},"section":{{"id":"{section}","name":"aQA Section","slug":"aqa-section","type":"section","parent_id":"1","category_id":null,"date":{NOW},"modified":{NOW},"attr":[]}},"gadgets":[]}}],"result_count":1,"found_count":1}}"#
            )
        );
    }

    async fn an_entry_is_added(engine) {
        let world = world(engine).await;
        let section = kind(&world, "section", "Firewall", "firewall").await.id;
        let form = "action=add&meta[name]=apitest&meta[type]=entry&meta[section]=firewall\
                    &fields[network-fqdn][]=www.example.com";
        let id = section.0 + 1;
        assert_eq!(
            world.v1(form).await,
            format!(
                r#"{{"success":1,"message":"Resource added","data":{{"id":{id},"name":"apitest","slug":"apitest","type":"entry","parent_id":1,"category_id":"NULL","attr":{{"_section":"{section}","network-fqdn":"www.example.com"}},"section":{{"id":"{section}","name":"Firewall","slug":"firewall","type":"section","parent_id":"1","category_id":null,"attr":{{}}}}}}}}"#
            )
        );
    }

    async fn an_entry_without_a_section_is_refused(engine) {
        let world = world(engine).await;
        assert_eq!(
            world.v1("action=add&meta[name]=apitest&meta[type]=entry&fields[network-fqdn][]=www.example.com").await,
            r#"{"success":0,"message":"Entries must be assigned to a section"}"#
        );
    }

    async fn an_entry_is_changed(engine) {
        let world = world(engine).await;
        let section = kind(&world, "section", "Firewall", "firewall").await;
        let category = kind(&world, "category", "Edge", "edge").await.id;
        let parent = world.thing("87", ResourceId::TOP).await.id;
        let new = NewResource { parent_id: Some(parent), ..entry("old name", &section) };
        let id = world.add(NewResource { slug: Some("87-child-1".to_owned()), ..new }).await.unwrap().id;
        let section = section.id;
        let form = format!("action=update&meta[id]={id}&meta[type]=entry&meta[name]=87-child-1&meta[category_id]={category}");
        assert_eq!(
            world.v1(&form).await,
            format!(
                r#"{{"success":1,"message":"Resource Updated","data":{{"id":"{id}","name":"87-child-1","slug":"87-child-1","type":"entry","parent_id":"{parent}","category_id":"{category}","attr":{{"_section":"{section}"}},"section":{{"id":"{section}","name":"Firewall","slug":"firewall","type":"section","parent_id":"1","category_id":null,"attr":{{}}}}}}}}"#
            )
        );
    }

    async fn what_is_not_there_is_neither_changed_nor_deleted_nor_found(engine) {
        let world = world(engine).await;
        assert_eq!(
            world.v1("action=update&meta[id]=1079&meta[type]=entry").await,
            r#"{"success":0,"message":"No resource found with ID: 1079"}"#
        );
        assert_eq!(
            world.v1("action=delete&id=57").await,
            r#"{"success":0,"message":"No resource found with ID: 57"}"#
        );
        assert_eq!(world.v1("action=get&id=57").await, r#"{"success":0,"message":"Search failed"}"#);
        assert_eq!(
            world.v1("action=get&slug=nothing").await,
            r#"{"success":1,"message":"Search successful","data":[],"result_count":0,"found_count":0}"#
        );
    }

    async fn a_resource_is_deleted(engine) {
        let world = world(engine).await;
        let id = world.thing("Gone", ResourceId::TOP).await.id;
        assert_eq!(
            world.v1(&format!("action=delete&id={id}")).await,
            r#"{"success":1,"message":"Resource deleted."}"#
        );
        assert_eq!(
            world.v1(&format!("action=delete&id={id}")).await,
            format!(r#"{{"success":0,"message":"No resource found with ID: {id}"}}"#)
        );
    }

    async fn a_field_with_several_values_is_shown_as_a_list_and_keeps_what_a_change_does_not_name(engine) {
        let world = world(engine).await;
        let section = world.section("Firewall").await;
        let new = NewResource {
            attributes: attributes(&[("network-fqdn", &["example.com", "test.com"]), ("note", &["a, b"])]),
            ..entry("fw", &section)
        };
        let id = world.add(new).await.unwrap().id;
        let attr = async || world.v1_json(&format!("action=get&id={id}")).await["data"][0]["attr"].clone();
        let section = section.id.to_string();
        assert_eq!(
            attr().await,
            json!({"_section": section, "network-fqdn": ["example.com", "test.com"], "note": "a, b"})
        );
        world.v1(&format!("action=update&meta[id]={id}&meta[type]=entry&fields[network-fqdn][]=new.com")).await;
        assert_eq!(attr().await, json!({"_section": section, "network-fqdn": "new.com", "note": "a, b"}));
        world.v1(&format!("action=update&meta[id]={id}&meta[type]=entry&fields[note]=&fields[extra][]=1")).await;
        assert_eq!(attr().await, json!({"_section": section, "network-fqdn": "new.com", "extra": "1"}));
        let read = world.v1_json(&format!("action=get&id={id}&attr_load=0")).await;
        assert_eq!(read["data"][0]["attr"], json!([]));
    }

    async fn the_type_of_a_resource_is_named_in_a_change_and_can_not_be_changed(engine) {
        let world = world(engine).await;
        let id = world.thing("A", ResourceId::TOP).await.id;
        assert_eq!(
            world.v1_json(&format!("action=update&meta[id]={id}")).await["message"],
            "meta[type]: is required"
        );
        assert_eq!(
            world.v1_json(&format!("action=update&meta[id]={id}&meta[type]=section")).await["message"],
            format!("meta[type]: resource {id} is a thing and can't become a section")
        );
    }

    async fn a_part_of_a_list_tells_how_many_there_are_in_all(engine) {
        let world = world(engine).await;
        for n in 0..5 {
            world.thing(&format!("Thing {n}"), ResourceId::TOP).await;
        }
        let page = world.v1_json("action=get&type=thing&resources_per_page=2&paged=2").await;
        assert_eq!((&page["result_count"], &page["found_count"]), (&json!(2), &json!(5)));
        assert_eq!(page["data"][0]["name"], "Thing 2");
        assert_eq!(page, world.v1_json("action=get&type=thing&resources_per_page=2&offset=2").await);
        let behind = world.v1_json("action=get&type=thing&resources_per_page=2&offset=20").await;
        assert_eq!((&behind["result_count"], &behind["found_count"]), (&json!(0), &json!(5)));
    }

    async fn conditions_and_orders_come_in_the_brackets_of_forms(engine) {
        let world = world(engine).await;
        let section = world.section("S").await;
        let mut ids = Vec::new();
        for (name, state, size) in [("B", "CA", "9"), ("A", "CA", "10"), ("C", "NY", "11")] {
            world.clock.advance(std::time::Duration::from_secs(1));
            let attributes = attributes(&[("address-mail-state", &[state]), ("size", &[size])]);
            ids.push(world.add(NewResource { attributes, ..entry(name, &section) }).await.unwrap().id);
        }
        let found = async |form: String| {
            let answer = world.v1_json(&format!("action=get&type=entry&{form}")).await;
            let names = answer["data"].as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap().to_owned());
            names.collect::<Vec<_>>()
        };
        let of_section = format!("attributes[0][attr_key]=_section&attributes[0][attr_value]={}", section.id);
        let state = "attributes[1][attr_key]=address-mail-state&attributes[1][attr_value]=CA";
        assert_eq!(found(format!("{of_section}&{state}&resources_per_page=10")).await, ["A", "B"]);
        let between = "attr_key=size&attr_compare=BETWEEN&attr_value[]=10&attr_value[]=11";
        assert_eq!(found(between.to_owned()).await, ["A", "C"]);
        assert_eq!(found("attr_key=size&attr_compare=NOT IN&attr_value=9,10".to_owned()).await, ["C"]);
        assert_eq!(found("orderby=date".to_owned()).await, ["B", "A", "C"]);
        assert_eq!(found("orderby=date&order=DESC".to_owned()).await, ["C", "A", "B"]);
        let given = format!("resource__in[]={}&resource__in[]={}&orderby=resource__in", ids[2], ids[0]);
        assert_eq!(found(given).await, ["C", "B"]);
        assert_eq!(found(format!("resource__not_in[]={}", ids[0])).await, ["A", "C"]);
    }

    async fn every_bad_parameter_is_named(engine) {
        let world = world(engine).await;
        for (form, message) in [
            ("action=get&id=1&resource__in[]=2", "id, custom_id, resource__in, resource__not_in: only one of these may be given, but there are id and resource__in"),
            ("action=get&id=x", "id: \"x\" is not a number, or not one that is possible here"),
            ("action=get&orderby=size", "orderby: must be one of none, id, name, slug, type, parent_id, date, modified, resource__in"),
            ("action=get&order=up", "order: must be ASC or DESC"),
            ("action=get&paged=2", "paged: needs resources_per_page, the number of resources on a page"),
            ("action=get&paged=0&resources_per_page=5", "paged: must be 1 or more, and begin before resource 4294967296"),
            ("action=get&resources_per_page=10001", "resources_per_page: must be 1 to 10000"),
            ("action=get&attr_key=a&attr_value=1&attr_compare=~", "attr_compare: must be one of =, !=, >=, <=, LIKE, NOT LIKE, IN, NOT IN, BETWEEN, NOT BETWEEN"),
            ("action=get&attr_key=a&attr_value=1&attr_compare=BETWEEN", "attr_compare: BETWEEN takes two values, the first and the last one"),
            ("action=get&getFromBackup=1&id=5", "orig_id: is required with getFromBackup: the id of the resource"),
            ("action=get&orig_id=5", "orig_id: archived copies are read with action=get, getFromBackup=1 and orig_id, not here"),
            ("action=get&resource_link_type=contact&resource_link_column=3", "resource_link_column: must be 1 or 2"),
            ("action=get&permissions__true=permissionFly", "permissions__true: there is no right permissionFly"),
            ("action=add&meta[type]=thing", "meta[name]: is required"),
            ("action=add&meta[name]=x&meta[type]=no thing", "meta[type]: must have 1 to 64 characters, each a small letter, a digit or _"),
            ("action=add&meta[name]=x&meta[type]=thing&meta[parent_id]=999", "meta[parent_id]: No resource found with ID: 999"),
            ("action=add&meta[name]=x&meta[type]=thing&meta[category_id]=1", "meta[category_id]: there is no category 1"),
            ("action=add&meta[name]=x&meta[type]=entry&meta[section]=none", "meta[section]: there is no section \"none\""),
            ("action=add&meta[name]=x&meta[type]=field", "meta[field_type]: is required"),
            ("action=add&meta[name]=x&meta[type]=field&meta[field_type]=colour", "meta[field_type]: must be one of text, textarea, radios, checkboxes, choicebox, encrypted"),
            ("action=add&meta[name]=x&meta[type]=field&meta[field_type]=text&meta[options][]=a", "meta[options]: are for fields of the types radios, checkboxes, choicebox, not text"),
            ("action=add&meta[name]=x&meta[type]=thing&fields[a][3]=x", "fields[a]: the values of a field are counted from 0 without a gap; send all of them"),
            ("action=delete", "id: is required"),
        ] {
            let answer = world.v1_json(form).await;
            assert_eq!((&answer["success"], &answer["message"]), (&json!(0), &json!(message)), "{form}");
        }
    }

    async fn archived_copies_are_only_refused_when_they_are_asked_for(engine) {
        let world = world(engine).await;
        assert_eq!(world.v1_json("action=get&id=1&getFromBackup=0").await["success"], 1);
    }

    async fn who_may_not_read_a_resource_hears_that_it_is_not_there(engine) {
        let world = world(engine).await;
        let (mine, other) = (world.thing("Mine", ResourceId::TOP).await, world.thing("Other", ResourceId::TOP).await);
        let ann = testkit::actor("ann").with(may(&[kernel::Action::Read]), mine.id).build();
        let answer = async |form: String| world.v1_as(&ann, &form).await;
        assert_eq!(
            answer(format!("action=get&id={}", other.id)).await,
            r#"{"success":0,"message":"Search failed"}"#
        );
        for form in [format!("action=delete&id={}", other.id), format!("action=update&meta[type]=thing&meta[id]={}", other.id)] {
            assert_eq!(
                answer(form).await,
                format!(r#"{{"success":0,"message":"No resource found with ID: {}"}}"#, other.id)
            );
        }
        assert_eq!(
            answer(format!("action=delete&id={}", mine.id)).await,
            format!(r#"{{"success":0,"message":"You need permissionResourceDelete on resource \"Mine\" ({}) to do this."}}"#, mine.id)
        );
    }
}
