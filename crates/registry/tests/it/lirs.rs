//! LIRs, and the blocks that are linked to them.

use axum::http::Method;
use kernel::{Action, Area, ResourceId, Rights};
use serde_json::{Value, json};
use testkit::{Arin, actor, on_both};

use crate::world::world;

on_both! {
    async fn an_lir_is_a_resource_with_an_account(engine) {
        let world = world(engine).await;
        let new = json!({
            "name": "Example at RIPE", "rir": "ripe", "asn": 64496, "admin_poc": "aa1-ripe", "abuse_poc": "AR1-RIPE",
            "maintainer": "example-mnt", "password": "tulip",
        });
        let added = world.post("/ipam/lirs", new).await;
        assert_eq!(added.status, 201, "{added:?}");
        let id = added.body["id"].as_i64().unwrap();
        let expected = json!({
            "id": id, "parent_id": 1, "name": "Example at RIPE", "rir": "RIPE", "asn": 64496, "org_ids": [],
            "admin_poc": "AA1-RIPE", "tech_poc": null, "abuse_poc": "AR1-RIPE", "net_name_prefix": null,
            "maintainer": "EXAMPLE-MNT", "has_api_key": false, "has_password": true,
        });
        assert_eq!(added.body, expected);
        assert_eq!(world.get(&format!("/ipam/lirs/{id}")).await, expected);
        assert_eq!(world.get(&format!("/resources/{id}")).await["type"], "lir");
        assert_eq!(world.get("/ipam/lirs?rir=RIPE").await, json!([expected]));
        assert_eq!(world.get("/ipam/lirs").await.as_array().unwrap().len(), 2);
        let patch = json!({"name": "RIPE", "asn": null, "password": null, "api_key": "K", "org_ids": ["org-1", "ORG-2"]});
        let changed = world.patch(&format!("/ipam/lirs/{id}"), patch).await.body;
        assert_eq!(
            [&changed["name"], &changed["asn"], &changed["has_password"], &changed["has_api_key"], &changed["org_ids"]],
            [&json!("RIPE"), &Value::Null, &json!(false), &json!(true), &json!(["ORG-1", "ORG-2"])]
        );
        assert_eq!(world.delete(&format!("/resources/{id}")).await.status, 409, "an LIR is deleted as an LIR");
        assert_eq!(world.delete(&format!("/ipam/lirs/{id}")).await.status, 204);
        assert_eq!(world.v2_as(&world.root, Method::GET, &format!("/resources/{id}"), Value::Null).await.status, 404);
    }

    async fn keys_and_passwords_never_come_back_and_are_not_in_the_change_log(engine) {
        let world = world(engine).await;
        let shown = world.get(&format!("/ipam/lirs/{}", world.lir)).await.to_string();
        assert!(!shown.contains(Arin::KEY), "{shown}");
        let mut tx = world.test.db.read(&world.root).await.unwrap();
        let history = format!("{:?}", tx.history("lir", world.lir, 10).await.unwrap());
        assert!(!history.contains(Arin::KEY) && history.contains("(secret)"), "{history}");
    }

    async fn everything_that_is_wrong_with_an_lir_is_said_at_once(engine) {
        let world = world(engine).await;
        let bad = json!({
            "name": "X", "rir": "SWIP", "asn": 0, "org_ids": ["a b"], "tech_poc": "", "net_name_prefix": "a_b",
            "api_key": "with blanks",
        });
        let reply = world.post("/ipam/lirs", bad).await;
        assert_eq!(reply.status, 422, "{reply:?}");
        let errors = reply.body["errors"].as_array().unwrap();
        let fields: Vec<&str> = errors.iter().map(|error| error["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["rir", "asn", "org_ids", "tech_poc", "net_name_prefix", "api_key"]);
        assert!(!reply.body.to_string().contains("with blanks"), "a key is not repeated");
    }

    async fn an_lir_is_seen_and_changed_by_the_rights_on_its_resource(engine) {
        let world = world(engine).await;
        let path = format!("/ipam/lirs/{}", world.lir);
        let ipam = |action| Rights::of(Area::Ipam, action);
        let ann = actor("ann").nobody();
        assert_eq!(world.v2_as(&ann, Method::GET, &path, Value::Null).await.status, 404);
        assert_eq!(world.v2_as(&ann, Method::GET, "/ipam/lirs", Value::Null).await.body, json!([]));
        let bob = actor("bob").with(ipam(Action::Read), ResourceId(world.lir)).build();
        assert_eq!(world.v2_as(&bob, Method::GET, &path, Value::Null).await.status, 200);
        assert_eq!(world.v2_as(&bob, Method::PATCH, &path, json!({"asn": 64497})).await.status, 403);
        assert_eq!(world.v2_as(&bob, Method::DELETE, &path, Value::Null).await.status, 403);
        let new = json!({"name": "Y", "rir": "ARIN"});
        assert_eq!(world.v2_as(&bob, Method::POST, "/ipam/lirs", new).await.status, 422, "the parent is not seen");
    }

    async fn a_block_is_linked_to_an_lir_of_its_own_registry_only(engine) {
        let world = world(engine).await;
        let ripe = world.post("/ipam/lirs", json!({"name": "RIPE", "rir": "RIPE"})).await.body["id"].clone();
        for (lir, why) in [
            (json!(999_999), "lir_id: there is no LIR 999999".to_owned()),
            (json!(1), "lir_id: there is no LIR 1".to_owned()),
            (ripe.clone(), format!("lir_id: LIR {ripe} is an account at RIPE, and the block is of ARIN")),
        ] {
            let reply = world.patch("/ipam/netblocks/67.221.240.0/20", json!({"lir_id": lir})).await;
            assert_eq!(reply.refusal(), (422, why.as_str()));
        }
        let answer = world.v1("action=update&block=67.221.240.0/20&lirId=999999").await;
        assert!(answer.contains("lirId: there is no LIR 999999"), "{answer}");
        let block = world.get("/ipam/netblocks/67.221.240.0/20").await;
        assert_eq!(block["lir_id"], world.lir);
        assert_eq!(world.patch("/ipam/netblocks/67.221.240.0/20", json!({"lir_id": null})).await.status, 200);
    }
}
