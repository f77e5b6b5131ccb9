//! Links between resources, and finding resources by them.

use axum::http::Method;
use kernel::{Action, ResourceId, Result};
use resources::{Link, NewLink};
use serde_json::{Value, json};
use store::{Tx, Work};
use testkit::on_both;

use crate::world::{World, may, refusal, world};

struct AddLink(NewLink);

impl Work for AddLink {
    type Out = Link;
    const NAME: &'static str = "test.link";

    async fn run(&self, tx: &mut Tx) -> Result<Link> {
        resources::add_link(tx, &self.0).await
    }
}

fn new(resource_id1: ResourceId, relation: &str, resource_id2: ResourceId) -> NewLink {
    NewLink { resource_id1, resource_id2, relation: relation.to_owned(), data: None }
}

async fn link(world: &World, one: ResourceId, relation: &str, two: ResourceId) -> i64 {
    world.test.db.write(&world.root, AddLink(new(one, relation, two))).await.unwrap().id
}

on_both! {
    async fn links_are_shown_as_they_always_were(engine) {
        let world = world(engine).await;
        let thing = async |name: &str| world.thing(name, ResourceId::TOP).await.id;
        let (module, pool, other) = (thing("Module").await, thing("Pool").await, thing("Other").await);
        let first = link(&world, module, "dhcpPoolLink", pool).await;
        let second = link(&world, module, "dhcpPoolLink", other).await;
        link(&world, pool, "contact", other).await;
        assert_eq!(
            world.v1("action=getLink&relation=dhcpPoolLink").await,
            format!(
                r#"{{"success":1,"message":"Search successful","data":{{"meta":{{"totalRecords":"2","retrieved":2}},"0":{{"id":"{first}","resource_id1":"{module}","resource_id2":"{pool}","relation":"dhcpPoolLink"}},"1":{{"id":"{second}","resource_id1":"{module}","resource_id2":"{other}","relation":"dhcpPoolLink"}}}}}}"#
            )
        );
        assert_eq!(
            world.v1("action=getLink&relation=dnsViewACL").await,
            r#"{"success":1,"message":"Search successful","data":{}}"#
        );
        let page = world.v1_json("action=getLink&resultsPerPage=2&page=2").await;
        assert_eq!(page["data"]["meta"], json!({"totalRecords": "3", "retrieved": 1}));
        assert_eq!(page["data"]["0"]["relation"], "contact");
        let both = world.v1_json(&format!("action=getLink&resource_id2={other}")).await;
        assert_eq!(both["data"]["meta"]["totalRecords"], "2");
        assert_eq!(
            world.v1_json("action=getLink&page=2").await["message"],
            "page: needs resultsPerPage, the number of links on a page"
        );
    }

    async fn a_resource_is_found_by_what_it_is_linked_to(engine) {
        let world = world(engine).await;
        let thing = async |name: &str| world.thing(name, ResourceId::TOP).await.id;
        let (zone, group, server) = (thing("Zone").await, thing("Group").await, thing("Server").await);
        link(&world, zone, "dnsZoneView", group).await;
        link(&world, zone, "dnsZoneServer", server).await;
        link(&world, group, "dnsViewServer", server).await;
        let found = async |form: String| {
            let answer = world.v1_json(&format!("action=get&{form}")).await;
            let names = answer["data"].as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap().to_owned());
            names.collect::<Vec<_>>()
        };
        let by = |relation: &str, column: u8, value: ResourceId| {
            format!("resource_link_type={relation}&resource_link_column={column}&resource_link_value={value}")
        };
        assert_eq!(found(by("dnsZoneView", 1, zone)).await, ["Group"]);
        assert_eq!(found(by("dnsZoneView", 2, zone)).await, [""; 0]);
        assert_eq!(found(by("dnsZoneServer", 2, server)).await, ["Zone"]);
        assert_eq!(found(format!("resource_link_value={server}")).await, ["Group", "Zone"]);
        assert_eq!(found("resource_link_type=dnsZoneView".to_owned()).await, ["Group", "Zone"]);
        let queried = async |links: Value| {
            let (_, list) = world.v2(Method::POST, "/resources/query", json!({ "links": links })).await;
            list.as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(queried(json!([{"relation": "dnsZoneServer", "resource_id": server}])).await, ["Zone"]);
        assert_eq!(queried(json!([{"resource_id": server.to_string()}])).await, ["Group", "Zone"]);
        assert_eq!(queried(json!([{"resource_id": server}, {"resource_id": group}])).await, ["Zone"], "all must hold");
        let ann = testkit::actor("ann").with(may(&[Action::Read]), zone).build();
        let asked = json!({"links": [{"resource_id": server}]});
        let (_, list) = world.v2_as(&ann, Method::POST, "/resources/query", asked).await;
        assert_eq!(list, json!([]), "nobody hears what is linked to something that they may not read");
    }

    async fn a_link_is_made_once_and_only_by_who_may_update_both_sides(engine) {
        let world = world(engine).await;
        let thing = async |name: &str| world.thing(name, ResourceId::TOP).await.id;
        let (a, b, c) = (thing("A").await, thing("B").await, thing("C").await);
        assert_eq!(link(&world, a, "contact", b).await, link(&world, a, "contact", b).await);
        let ann = testkit::actor("ann")
            .with(may(&[Action::Read, Action::Update]), a)
            .with(may(&[Action::Read]), b)
            .build();
        let add = async |new: NewLink| world.test.db.write(&ann, AddLink(new)).await;
        assert!(refusal(add(new(a, "contact", b)).await).starts_with("You need permissionResourceUpdate on resource \"B\""));
        assert_eq!(refusal(add(new(a, "contact", c)).await), format!("resource_id2: No resource found with ID: {c}"));
        assert_eq!(refusal(add(new(a, "contact", a)).await), "resource_id2: a resource can't be linked to itself");
        assert!(refusal(add(new(a, "no such", b)).await).starts_with("relation: must have 1 to 64 characters"));
    }

    async fn a_link_to_what_may_not_be_read_is_hidden(engine) {
        let world = world(engine).await;
        let thing = async |name: &str| world.thing(name, ResourceId::TOP).await.id;
        let (a, b, c) = (thing("A").await, thing("B").await, thing("C").await);
        link(&world, a, "contact", b).await;
        link(&world, c, "contact", a).await;
        let ann = testkit::actor("ann").with(may(&[Action::Read]), a).with(may(&[Action::Read]), b).build();
        let answer = world.v1_as(&ann, "action=getLink").await;
        assert!(answer.contains(r#""totalRecords":"1""#) && answer.contains(&format!(r#""resource_id2":"{b}""#)), "{answer}");
        let (_, shown) = world.v2_as(&ann, axum::http::Method::GET, &format!("/resources/{a}"), serde_json::Value::Null).await;
        assert_eq!(shown["linkages"].as_array().unwrap().len(), 1);
    }
}
