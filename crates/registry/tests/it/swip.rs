//! Registering blocks through API v2.

use axum::http::Method;
use kernel::{Action, Area, ResourceId, Rights};
use serde_json::{Value, json};
use testkit::{Arin, actor, on_both};

use crate::world::world;

const BLOCK: &str = "67.221.244.0/28";
const PATH: &str = "/ipam/netblocks/67.221.244.0/28/swip";

on_both! {
    async fn a_simple_reassignment_makes_the_customer_and_then_the_net(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        let id = world.assign(BLOCK, acme).await;
        world.reassign(BLOCK).await;
        let state = world.end(BLOCK).await;
        assert_eq!(state["request"]["state"], "done", "{state}");
        let [net] = <[_; 1]>::try_from(world.arin.given()).unwrap();
        assert_eq!((net.cidr.as_str(), net.name.as_str()), (BLOCK, "NET-ACME-67-221-244-0-28"));
        assert_eq!(world.arin.customers(), [(net.customer.clone().unwrap(), "Acme".to_owned())]);
        let block = world.get(&format!("/ipam/netblocks/{id}")).await;
        assert_eq!(
            [&block["swipped"], &block["net_handle"], &block["customer_handle"], &block["org_id"], &block["swip_time"]],
            [&json!(true), &json!(net.handle), &json!(net.customer), &json!("EXAMPLE-1"), &json!("2026-01-01 00:00:00")]
        );
        let calls: Vec<String> = world.arin.calls();
        let parent = state["request"]["net_handle"].as_str().unwrap();
        assert!(!parent.is_empty());
        let methods: Vec<&str> = calls.iter().map(|call| call.split(' ').next().unwrap()).collect();
        assert_eq!(methods, ["GET", "POST", "GET", "PUT"], "a look before each write: {calls:?}");
    }

    async fn what_is_registered_can_be_listed_and_is_shown_by_both_doors(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        world.assign(BLOCK, acme).await;
        world.reassign(BLOCK).await;
        world.end(BLOCK).await;
        let cidrs = |answer: &str| -> Vec<String> {
            let answer: Value = serde_json::from_str(answer).unwrap();
            answer["data"].as_array().unwrap().iter().map(|b| b["cidr"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(cidrs(&world.v1("action=get&isSwipped=true").await), [BLOCK]);
        assert!(!cidrs(&world.v1("action=get&isSwipped=false").await).contains(&BLOCK.to_owned()));
        let shown: Value = serde_json::from_str(&world.v1(&format!("action=get&block={BLOCK}")).await).unwrap();
        let shown = &shown["data"][0];
        let net = &world.arin.given()[0];
        assert_eq!(
            [&shown["is_swipped"], &shown["arin_net_id"], &shown["arin_cust_id"], &shown["org_id"], &shown["arin_swip_time"]],
            [&json!(1), &json!(net.handle), &json!(net.customer), &json!("EXAMPLE-1"), &json!("2026-01-01 00:00:00")]
        );
    }

    async fn a_deassignment_takes_the_net_and_then_the_customer_away(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        world.assign(BLOCK, acme).await;
        world.reassign(BLOCK).await;
        world.end(BLOCK).await;
        let reply = world.delete(PATH).await;
        assert_eq!((reply.status, &reply.body["request"]["action"]), (202, &json!("deassign")), "{reply:?}");
        let state = world.end(BLOCK).await;
        assert_eq!((&state["request"]["state"], &state["swipped"]), (&json!("done"), &json!(false)), "{state}");
        assert_eq!(world.at_arin(), (vec![], 0));
        assert_eq!(world.get(&format!("/ipam/netblocks/{BLOCK}")).await["net_handle"], Value::Null);
    }

    async fn a_dry_run_shows_the_payload_word_for_word_and_sends_nothing(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        world.assign(BLOCK, acme).await;
        let reply = world.put(PATH, json!({"action": "simple_reassign", "dry_run": true})).await;
        assert_eq!((reply.status, &reply.body["request"]), (200, &Value::Null), "{reply:?}");
        let preview = reply.body["preview"].as_array().unwrap();
        let parent = preview[0]["path"].as_str().unwrap().split('/').nth(2).unwrap();
        assert_eq!(preview[0]["method"], "POST");
        assert_eq!(
            preview[0]["body"].as_str().unwrap(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <customer xmlns=\"http://www.arin.net/regrws/core/v1\">\n  \
               <customerName>Acme</customerName>\n  \
               <iso3166-1>\n    <code2>US</code2>\n  </iso3166-1>\n  \
               <streetAddress>\n    <line number=\"1\">1 Main St</line>\n    <line number=\"2\">Suite 2</line>\n  \
               </streetAddress>\n  \
               <city>Ashburn</city>\n  <iso3166-2>VA</iso3166-2>\n  <postalCode>20147</postalCode>\n  \
               <privateCustomer>false</privateCustomer>\n\
             </customer>\n"
        );
        assert_eq!([&preview[1]["method"], &preview[1]["path"]], [&json!("PUT"), &json!(format!("rest/net/{parent}/reassign"))]);
        let net = preview[1]["body"].as_str().unwrap();
        assert!(net.contains("<netName>NET-ACME-67-221-244-0-28</netName>"), "{net}");
        assert!(net.contains("<startAddress>67.221.244.0</startAddress>\n      <cidrLength>28</cidrLength>"), "{net}");
        assert_eq!(world.at_arin(), (vec![], 0));
        assert!(world.arin.calls().iter().all(|call| call.starts_with("GET")));
    }

    async fn organisations_get_blocks_by_detailed_reassignment_and_reallocation(engine) {
        let world = world(engine).await;
        world.arin.org("BETA-7");
        let beta = world.customer("Beta").await;
        for (cidr, action, kind) in [
            ("67.221.245.0/24", "detailed_reassign", "reassign"),
            ("2001:db8:1::/48", "reallocate", "reallocate"),
        ] {
            world.assign(cidr, beta).await;
            let path = format!("/ipam/netblocks/{cidr}/swip");
            let reply = world.put(&path, json!({"action": action})).await;
            assert_eq!(reply.refusal(), (422, "recipient: is required: the organisation at ARIN that gets the block"));
            let reply = world.put(&path, json!({"action": action, "recipient": "beta-7"})).await;
            assert_eq!(reply.status, 202, "{reply:?}");
            let state = world.end(cidr).await;
            assert_eq!((&state["request"]["state"], &state["registration"]["org_id"]), (&json!("done"), &json!("BETA-7")));
            assert!(world.arin.calls().last().unwrap().ends_with(kind));
        }
        assert_eq!(world.arin.customers(), []);
        world.assign("67.221.246.0/24", beta).await;
        let gamma = json!({"action": "reallocate", "recipient": "GAMMA-1"});
        world.put("/ipam/netblocks/67.221.246.0/24/swip", gamma).await;
        let state = world.end("67.221.246.0/24").await;
        assert_eq!(state["request"]["message"], "recipient: ARIN knows no organisation GAMMA-1.");
    }

    async fn what_is_wrong_is_said_before_anything_is_sent(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        let lir = world.lir;
        let refused = async |path: &str, body: Value| {
            let reply = world.put(path, body).await;
            (reply.refusal().0, reply.refusal().1.to_owned())
        };
        let simple = json!({"action": "simple_reassign"});
        let free = refused("/ipam/netblocks/67.221.240.0/20/swip", simple.clone()).await;
        assert_eq!(free, (409, "block: 67.221.240.0/20 is held by no customer; assign it first".to_owned()));
        world.assign(BLOCK, acme).await;
        for (body, status, why) in [
            (json!({"action": "simple_reassign", "entity_handle": "OTHER-1"}), 422,
                format!("entity_handle: is no organisation of LIR {lir}; it has EXAMPLE-1")),
            (json!({"action": "simple_reassign", "lir_id": 4711}), 422, "lir_id: there is no LIR 4711".to_owned()),
            (json!({"action": "simple_reassign", "resource_id": 1}), 409,
                format!("resource_id: {BLOCK} is held by \"Acme\" ({acme}), not by 1")),
            (json!({"action": "simple_reassign", "net_name": "a_b"}), 422,
                "net_name: must have 1 to 50 letters, digits and hyphens".to_owned()),
            (json!({"action": "simple_reassign", "recipient": "X-1"}), 422,
                "recipient: is taken for a detailed reassignment and a reallocation only".to_owned()),
        ] {
            assert_eq!(refused(PATH, body).await, (status, why));
        }
        let customer = json!({"name": "Söhne", "street_address": [], "city": "", "country": "us"});
        let (status, why) = refused(PATH, json!({"action": "simple_reassign", "customer": customer})).await;
        assert_eq!(status, 422);
        for field in ["customer.name", "customer.street_address", "customer.city", "customer.country"] {
            assert!(why.contains(&format!("{field}: ")), "{why}");
        }
        world.assign("2001:db8:2::/80", acme).await;
        let (status, why) = refused("/ipam/netblocks/2001:db8:2::/80/swip", simple).await;
        assert_eq!((status, why.contains("ARIN registers no smaller IPv6 networks")), (422, true), "{why}");
        assert_eq!(world.arin.calls(), [""; 0]);
    }

    async fn the_address_of_a_customer_is_asked_for_by_the_names_of_its_attributes(engine) {
        let world = world(engine).await;
        let plain = world.post("/resources", json!({"name": "Plain", "type": "customer"})).await;
        assert_eq!(plain.status, 201, "{plain:?}");
        let id: i64 = plain.body["id"].as_str().map_or_else(|| plain.body["id"].as_i64().unwrap(), |id| id.parse().unwrap());
        world.assign(BLOCK, ResourceId(id)).await;
        let reply = world.put(PATH, json!({"action": "simple_reassign"})).await;
        let expected = format!("customer.city: is required: give it here, or resource \"Plain\" ({id}) the attribute city");
        assert!(reply.refusal().1.contains(&expected), "{reply:?}");
    }

    async fn only_who_has_the_right_swip_registers(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        world.assign(BLOCK, acme).await;
        let body = || json!({"action": "simple_reassign"});
        let ann = actor("ann").nobody();
        assert_eq!(world.v2_as(&ann, Method::PUT, PATH, body()).await.status, 404);
        let read = Rights::of(Area::Ipam, Action::Read) | Rights::of(Area::Resource, Action::Read);
        let bob = actor("bob").with(read, ResourceId::TOP).build();
        let reply = world.v2_as(&bob, Method::PUT, PATH, body()).await;
        let why = format!("You need permissionSWIP on resource \"Acme\" ({acme}) to do this.");
        assert_eq!(reply.refusal(), (403, why.as_str()));
        assert_eq!(world.v2_as(&bob, Method::GET, PATH, Value::Null).await.status, 200);
        let exchanges = format!("{PATH}/exchanges");
        assert_eq!(world.v2_as(&bob, Method::GET, &exchanges, Value::Null).await.status, 403);
        let eve = actor("eve").with(read | Rights::SWIP, ResourceId::TOP).build();
        assert_eq!(world.v2_as(&eve, Method::PUT, PATH, body()).await.status, 202);
        assert_eq!(world.end(BLOCK).await["request"]["state"], "done");
    }

    async fn what_was_said_is_kept_word_for_word_without_the_key(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        world.assign(BLOCK, acme).await;
        world.reassign(BLOCK).await;
        world.end(BLOCK).await;
        let said = world.get(&format!("{PATH}/exchanges")).await;
        let last = &said[0];
        assert_eq!([&last["method"], &last["status"]], [&json!("PUT"), &json!(200)]);
        assert!(last["request"].as_str().unwrap().contains("<netName>NET-ACME-67-221-244-0-28</netName>"));
        assert!(last["response"].as_str().unwrap().contains("067.221.244.000"), "padded, as it came: {last}");
        assert_eq!(said.as_array().unwrap().len(), 4);
        assert!(!said.to_string().contains(Arin::KEY));
    }

    async fn an_lir_through_which_something_is_registered_stays(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        world.assign(BLOCK, acme).await;
        world.reassign(BLOCK).await;
        world.end(BLOCK).await;
        let reply = world.delete(&format!("/ipam/lirs/{}", world.lir)).await;
        assert_eq!(reply.status, 409);
        assert!(reply.refusal().1.contains("1 blocks are registered through it"), "{reply:?}");
    }
}
