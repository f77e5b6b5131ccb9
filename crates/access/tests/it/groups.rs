//! `/usergroups`, with members and permissions.

use access::{ADMINISTRATORS, READERS};
use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use testkit::on_both;

use crate::door::{Door, PASSWORD, admin, basic, permissions_json};

on_both! {
    async fn a_group_is_added_shown_changed_and_deleted(engine) {
        let door = Door::on(engine).await;
        let said = door.ask(&admin(), "POST", "/usergroups", json!({"name": " Noc "})).await;
        assert_eq!(said.status, 201);
        let group = said.json();
        assert_eq!(group, json!({"id": group["id"], "name": "Noc", "enabled": true}));
        let path = format!("/usergroups/{}", group["id"]);
        assert_eq!(door.administer("GET", &path, Value::Null).await, group);
        let changed = door.administer("PATCH", &path, json!({"name": "NOC", "enabled": false})).await;
        assert_eq!(changed, json!({"id": group["id"], "name": "NOC", "enabled": false}));
        door.administer("DELETE", &path, Value::Null).await;
        assert_eq!(door.get(&admin(), &path).await.status, 404);
    }

    async fn a_group_name_is_there_once_in_any_case(engine) {
        let door = Door::on(engine).await;
        let again = json!({"name": "global ADMINS"});
        let refused = "name: there is a group \"global ADMINS\" already.";
        assert_eq!(door.ask(&admin(), "POST", "/usergroups", again.clone()).await.refusal(409), refused);
        let readers = door.group_id(READERS).await;
        assert_eq!(door.ask(&admin(), "PATCH", &format!("/usergroups/{readers}"), again).await.refusal(409), refused);
        assert_eq!(
            door.ask(&admin(), "POST", "/usergroups", json!({"name": " "})).await.refusal(422),
            "name: must have 1 to 100 characters"
        );
    }

    async fn a_repeated_request_adds_one_group(engine) {
        let door = Door::on(engine).await;
        let add = async |name: &str| {
            let request = Request::post("/api/v2/usergroups").header("authorization", admin());
            let request = request.header("idempotency-key", "k1").header("content-type", "application/json");
            door.send(request.body(Body::from(json!({"name": name}).to_string())).unwrap()).await
        };
        let (first, again) = (add("noc").await, add("noc").await);
        assert_eq!((first.status, again.status, &first.text), (201, 201, &again.text));
        assert!(add("other").await.refusal(422).contains("Idempotency-Key"));
    }

    async fn the_users_of_a_group_are_set_as_a_whole(engine) {
        let door = Door::on(engine).await;
        let (ann, ben) = (door.user("ann").await, door.user("ben").await);
        let path = format!("/usergroups/{}/users", door.group("noc", &[], &[ben, ben]).await);
        let (ann_shown, ben_shown) = (json!({"id": ann, "username": "ann"}), json!({"id": ben, "username": "ben"}));
        assert_eq!(door.administer("GET", &path, Value::Null).await, json!([ben_shown]));
        let both = door.administer("PUT", &path, json!({"users": [ben, ann]})).await;
        assert_eq!(both, json!([ann_shown, ben_shown]));
        assert_eq!(door.administer("PUT", &path, json!({"users": [ann]})).await, json!([ann_shown]));
        let shown = door.administer("GET", &format!("/users/{ann}"), Value::Null).await;
        assert_eq!(shown["groups"][0]["name"], "noc");
        let said = door.ask(&admin(), "PUT", &path, json!({"users": [ann, 999_999]})).await;
        assert_eq!(said.refusal(422), "users[1]: there is no user with id 999999");
    }

    async fn the_permissions_of_a_group_are_set_as_a_whole(engine) {
        let door = Door::on(engine).await;
        let first: &[(i64, &[&str])] = &[(1, &["permissionIPAMRead", "permissionIPAMUpdate"]), (70, &[])];
        let path = format!("/usergroups/{}/permissions", door.group("noc", first, &[]).await);
        assert_eq!(door.administer("GET", &path, Value::Null).await, permissions_json(first));
        let second: &[(i64, &[&str])] = &[(1, &["permissionIPAMRead"]), (8, &["permissionSWIP"])];
        assert_eq!(door.administer("PUT", &path, permissions_json(second)).await, permissions_json(second));
        assert_eq!(door.administer("GET", &path, Value::Null).await, permissions_json(second));
    }

    async fn permissions_name_known_rights_on_known_resources(engine) {
        let door = Door::on(engine).await;
        let path = format!("/usergroups/{}/permissions", door.group("noc", &[], &[]).await);
        let said = door.ask(&admin(), "PUT", &path, permissions_json(&[(1, &["permissionRoot"])])).await;
        assert!(said.refusal(422).starts_with("[0].permissions[0]: is not known; known are: permissionIPAMRead"));
        let said = door.ask(&admin(), "PUT", &path, permissions_json(&[(1, &[]), (99, &[])])).await;
        assert_eq!(said.refusal(422), "[1].resource_id: there is no resource 99");
        let said = door.ask(&admin(), "PUT", &path, permissions_json(&[(7, &[]), (7, &[])])).await;
        assert!(said.refusal(422).contains("give each resource once"));
    }

    async fn what_is_not_there_can_not_be_looked_at_or_changed(engine) {
        let door = Door::on(engine).await;
        for (method, path, body) in [
            ("GET", "/usergroups/999", Value::Null),
            ("PATCH", "/usergroups/999", json!({"name": "x"})),
            ("DELETE", "/usergroups/999", Value::Null),
            ("GET", "/usergroups/999/users", Value::Null),
            ("PUT", "/usergroups/999/users", json!({"users": []})),
            ("GET", "/usergroups/999/permissions", Value::Null),
            ("PUT", "/usergroups/999/permissions", json!([])),
        ] {
            let said = door.ask(&admin(), method, path, body).await;
            assert_eq!(said.refusal(404), "There is no group with id 999.", "{method} {path}");
        }
    }

    async fn the_last_administrator_stays(engine) {
        let door = Door::on(engine).await;
        let group = format!("/usergroups/{}", door.group_id(ADMINISTRATORS).await);
        let me = door.get(&admin(), "/users/me").await.json();
        let user = format!("/users/{}", me["id"]);
        let ways = [
            ("PATCH", user.clone(), json!({"enabled": false})),
            ("DELETE", user.clone(), Value::Null),
            ("PATCH", group.clone(), json!({"enabled": false})),
            ("DELETE", group.clone(), Value::Null),
            ("PUT", format!("{group}/users"), json!({"users": []})),
            ("PUT", format!("{group}/permissions"), json!([])),
            ("PUT", format!("{group}/permissions"), permissions_json(&[(1, &["permissionUserUpdate"])])),
        ];
        for (method, path, body) in &ways {
            let said = door.ask(&admin(), method, path, body.clone()).await;
            let why = said.refusal(409);
            assert!(why.starts_with("After this, no enabled user would be an administrator."), "{method} {path}: {why}");
        }
        assert_eq!(door.get(&admin(), "/users/me").await.json(), me, "nothing has been changed");
        let second = door.user("second").await;
        door.administer("PUT", &format!("{group}/users"), json!({"users": [me["id"], second]})).await;
        door.administer("PATCH", &user, json!({"enabled": false})).await;
        let said = door.ask(&basic("second", PASSWORD), "DELETE", &format!("/users/{second}"), Value::Null).await;
        assert!(said.refusal(409).starts_with("After this, no enabled user"), "a disabled administrator does not count");
    }

    async fn two_administrators_can_not_remove_each_other_at_once(engine) {
        let door = Door::on(engine).await;
        let group = format!("/usergroups/{}/users", door.group_id(ADMINISTRATORS).await);
        let me = door.get(&admin(), "/users/me").await.json()["id"].as_i64().unwrap();
        let second = door.user("second").await;
        door.administer("PUT", &group, json!({"users": [me, second]})).await;
        let (first, other) = (format!("/users/{me}"), format!("/users/{second}"));
        let (one, two, second) = (admin(), basic("second", PASSWORD), json!({"enabled": false}));
        assert_eq!(door.get(&two, "/users/me").await.status, 200);
        let (a, b) = tokio::join!(
            door.ask(&one, "PATCH", &other, second.clone()),
            door.ask(&two, "PATCH", &first, second.clone())
        );
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert!(statuses[0] == 200 && statuses[1] >= 400, "{statuses:?}");
    }
}
