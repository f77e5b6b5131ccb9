//! What a user may do, and why.

use serde_json::{Value, json};
use testkit::on_both;

use crate::door::{Door, PASSWORD, admin, basic};

fn about<'a>(explained: &'a Value, permission: &str) -> &'a Value {
    explained["rights"].as_array().unwrap().iter().find(|reason| reason["permission"] == permission).unwrap()
}

on_both! {
    async fn each_right_names_the_group_and_the_resource_that_decide(engine) {
        let door = Door::on(engine).await;
        let ann = door.user("ann").await;
        let entries = [(1, &["permissionIPAMRead", "permissionIPAMUpdate"][..]), (7, &["permissionIPAMRead"])];
        let noc = door.group("noc", &entries, &[ann]).await;
        let boss = door.group("boss", &[(70, &["permissionAdmin"])], &[ann]).await;
        let off = door.group("off", &[(1, &["permissionAdmin"])], &[ann]).await;
        door.administer("PATCH", &format!("/usergroups/{off}"), json!({"enabled": false})).await;
        let on = async |id: i64| {
            door.administer("GET", &format!("/users/{ann}/permissions?resource_id={id}"), Value::Null).await
        };
        let seven = on(7).await;
        assert_eq!(seven["permissions"], json!(["permissionIPAMRead"]));
        let group = json!({"id": noc, "name": "noc"});
        assert_eq!(
            about(&seven, "permissionIPAMRead"),
            &json!({"permission": "permissionIPAMRead", "allowed": true, "taken_away_by": [],
                "given_by": [{"group": group, "resource_id": 7, "as": "permissionIPAMRead"}]})
        );
        assert_eq!(
            about(&seven, "permissionIPAMUpdate"),
            &json!({"permission": "permissionIPAMUpdate", "allowed": false, "given_by": [],
                "taken_away_by": [{"group": group, "resource_id": 7, "from": 1}]})
        );
        assert_eq!(seven["disabled_groups"], json!([{"id": off, "name": "off"}]));
        let seventy = on(70).await;
        assert_eq!(
            about(&seventy, "permissionDCIMDelete")["given_by"],
            json!([{"group": {"id": boss, "name": "boss"}, "resource_id": 70, "as": "permissionAdmin"}])
        );
        assert_eq!(seventy["permissions"].as_array().unwrap().len(), 30);
        let top = door.administer("GET", &format!("/users/{ann}/permissions"), Value::Null).await;
        assert_eq!(top["permissions"], json!(["permissionIPAMRead", "permissionIPAMUpdate"]));
    }

    async fn one_asks_about_others_with_a_right_and_about_oneself_without(engine) {
        let door = Door::on(engine).await;
        let (ann, bob) = (door.user("ann").await, door.user("bob").await);
        let noc = door.group("noc", &[(7, &["permissionIPAMRead"])], &[ann]).await;
        let who = basic("ann", PASSWORD);
        let path = |id: i64, on: i64| format!("/users/{id}/permissions?resource_id={on}");
        assert_eq!(door.get(&who, &path(bob, 7)).await.status, 403);
        assert_eq!(door.get(&who, &path(ann, 7)).await.json()["permissions"], json!(["permissionIPAMRead"]));
        let unseen = door.get(&who, &path(ann, 8)).await.refusal(404);
        assert_eq!(unseen.replace('8', "9"), door.get(&who, &path(ann, 9)).await.refusal(404), "there or not");
        assert_eq!(door.get(&admin(), &path(bob, 8)).await.json()["permissions"], json!([]));
        assert_eq!(door.get(&admin(), &path(99, 8)).await.status, 404);
        assert_eq!(door.get(&admin(), &path(bob, 9)).await.status, 404);

        let groups = json!([{"id": noc, "name": "noc"}]);
        assert_eq!(door.get(&who, &format!("/users/{ann}/groups")).await.json(), groups);
        assert_eq!(door.get(&admin(), &format!("/users/{ann}/groups")).await.json(), groups);
        assert_eq!(door.get(&who, &format!("/users/{bob}/groups")).await.status, 403);
    }
}
