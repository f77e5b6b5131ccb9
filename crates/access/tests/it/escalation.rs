//! Nobody hands on rights that they don't have, nor lays hands on someone who has more.

use access::{ADMINISTRATORS, READERS};
use serde_json::{Value, json};
use testkit::on_both;

use crate::door::{Door, PASSWORD, basic, credentials, permissions_json, request};

/// Everything about users, on the top.
const USERS: [&str; 4] = ["permissionUserRead", "permissionUserUpdate", "permissionUserCreate", "permissionUserDelete"];
const UNCOVERED: &str = "which you don't have yourself";

/// Mia manages users, and may do with IP space on 7 what `rights` says.
async fn mia(door: &Door, rights: &[(i64, &[&str])]) -> String {
    let id = door.user("mia").await;
    door.group("managers", &[(1, &USERS)], &[id]).await;
    door.group("operators", rights, &[id]).await;
    basic("mia", PASSWORD)
}

on_both! {
    async fn managing_users_takes_the_right_to_it_on_the_top(engine) {
        let door = Door::on(engine).await;
        let (id, ann) = (door.user("ann").await, basic("ann", PASSWORD));
        // The same rights further down are none over users.
        let everywhere_below: &[(i64, &[&str])] = &[(7, &["permissionAdmin"]), (8, &USERS)];
        let group = door.group("below", everywhere_below, &[id]).await;
        let user = json!({"username": "x", "password": PASSWORD});
        for (method, path, body, right) in [
            ("GET", "/users".to_owned(), Value::Null, "Read"),
            ("GET", "/users/1".to_owned(), Value::Null, "Read"),
            ("POST", "/users".to_owned(), user, "Create"),
            ("PATCH", format!("/users/{id}"), json!({"email": "a@b"}), "Update"),
            ("DELETE", format!("/users/{id}"), Value::Null, "Delete"),
            ("GET", "/usergroups".to_owned(), Value::Null, "Read"),
            ("POST", "/usergroups".to_owned(), json!({"name": "x"}), "Create"),
            ("GET", format!("/usergroups/{group}"), Value::Null, "Read"),
            ("PATCH", format!("/usergroups/{group}"), json!({"name": "x"}), "Update"),
            ("DELETE", format!("/usergroups/{group}"), Value::Null, "Delete"),
            ("GET", format!("/usergroups/{group}/users"), Value::Null, "Read"),
            ("PUT", format!("/usergroups/{group}/users"), json!({"users": []}), "Update"),
            ("GET", format!("/usergroups/{group}/permissions"), Value::Null, "Read"),
            ("PUT", format!("/usergroups/{group}/permissions"), json!([]), "Update"),
        ] {
            let why = door.ask(&ann, method, &path, body).await.refusal(403);
            assert!(why.contains(&format!("you need permissionUser{right} on")), "{method} {path}: {why}");
        }
    }

    async fn a_read_only_user_sees_everything_and_changes_nothing(engine) {
        let door = Door::on(engine).await;
        let (id, ann) = (door.user("ann").await, basic("ann", PASSWORD));
        let readers = door.group_id(READERS).await;
        door.administer("PUT", &format!("/usergroups/{readers}/users"), json!({"users": [id]})).await;
        for path in ["/users", "/users/1", "/usergroups", &format!("/usergroups/{readers}/permissions")] {
            assert_ne!(door.get(&ann, path).await.status, 403, "{path}");
        }
        let me = door.get(&ann, "/users/me").await.json();
        assert_eq!(
            me["permissions"],
            json!([
                "permissionIPAMRead",
                "permissionResourceRead",
                "permissionPeeringRead",
                "permissionUserRead",
                "permissionDNSRead",
                "permissionDHCPRead",
                "permissionDCIMRead"
            ])
        );
        let said = door.ask(&ann, "POST", "/usergroups", json!({"name": "x"})).await;
        assert!(said.refusal(403).contains("permissionUserCreate"));
    }

    async fn a_manager_hands_on_what_they_have_where_they_have_it(engine) {
        let door = Door::on(engine).await;
        let mia = mia(&door, &[(7, &["permissionIPAMRead", "permissionIPAMUpdate"])]).await;
        let path = format!("/usergroups/{}/permissions", door.group("new", &[], &[]).await);
        for allowed in [(7, &["permissionIPAMRead"][..]), (70, &["permissionIPAMUpdate"]), (1, &["permissionUserRead"])] {
            let said = door.ask(&mia, "PUT", &path, permissions_json(&[allowed])).await;
            assert_eq!(said.status, 200, "{allowed:?}: {}", said.text);
        }
        for refused in [
            (7, &["permissionIPAMDelete"][..]),
            (7, &["permissionAdmin"]),
            (8, &["permissionIPAMRead"]),
            (1, &["permissionIPAMRead"]),
            (1, &["permissionAdmin"]),
        ] {
            let said = door.ask(&mia, "PUT", &path, permissions_json(&[refused])).await;
            assert!(said.refusal(403).contains(UNCOVERED), "{refused:?}");
        }
    }

    async fn a_right_is_not_handed_on_around_a_place_where_it_was_taken_away(engine) {
        let door = Door::on(engine).await;
        let mia = mia(&door, &[(1, &["permissionIPAMRead"]), (70, &[])]).await;
        let path = format!("/usergroups/{}/permissions", door.group("new", &[], &[]).await);
        let whole = permissions_json(&[(1, &["permissionIPAMRead"])]);
        let said = door.ask(&mia, "PUT", &path, whole.clone()).await;
        assert!(said.refusal(403).contains("rights on resource 70 which you don't have"));
        let but_70 = permissions_json(&[(1, &["permissionIPAMRead"]), (70, &[])]);
        assert_eq!(door.ask(&mia, "PUT", &path, but_70).await.status, 200);
        assert_eq!(door.ask(&mia, "PUT", &path, whole).await.status, 403, "nor by taking the exception away");
    }

    async fn nobody_joins_a_group_that_has_more(engine) {
        let door = Door::on(engine).await;
        let mia = mia(&door, &[(7, &["permissionIPAMRead"])]).await;
        let me = door.get(&mia, "/users/me").await.json()["id"].clone();
        let admins = door.group_id(ADMINISTRATORS).await;
        let more = door.group("more", &[(7, &["permissionIPAMDelete"])], &[]).await;
        for group in [admins, more] {
            for (method, path, body) in [
                ("PUT", format!("/usergroups/{group}/users"), json!({"users": [me]})),
                ("PUT", format!("/usergroups/{group}/permissions"), json!([])),
                ("PATCH", format!("/usergroups/{group}"), json!({"enabled": false})),
                ("DELETE", format!("/usergroups/{group}"), Value::Null),
            ] {
                let said = door.ask(&mia, method, &path, body).await;
                assert!(said.refusal(403).contains(UNCOVERED), "{method} {path}");
            }
        }
        let same = door.group("same", &[(7, &["permissionIPAMRead"])], &[]).await;
        let said = door.ask(&mia, "PUT", &format!("/usergroups/{same}/users"), json!({"users": [me]})).await;
        assert_eq!(said.status, 200);
    }

    async fn nobody_becomes_someone_who_has_more(engine) {
        let door = Door::on(engine).await;
        let mia = mia(&door, &[(7, &["permissionIPAMRead"])]).await;
        let equal = door.user("equal").await;
        let stronger = door.user("stronger").await;
        // That the group is disabled does not help: it may be enabled again.
        let strong = door.group("strong", &[(7, &["permissionIPAMDelete"])], &[stronger]).await;
        door.administer("PATCH", &format!("/usergroups/{strong}"), json!({"enabled": false})).await;
        let admin = door.administer("GET", "/users?q=admin", Value::Null).await[0]["id"].clone();
        let password = json!({"password": "quite another one"});
        for id in [admin.as_i64().unwrap(), stronger] {
            let path = format!("/users/{id}");
            assert!(door.ask(&mia, "PATCH", &path, password.clone()).await.refusal(403).contains(UNCOVERED));
            assert!(door.ask(&mia, "DELETE", &path, Value::Null).await.refusal(403).contains(UNCOVERED));
        }
        assert_eq!(door.ask(&mia, "PATCH", &format!("/users/{equal}"), password).await.status, 200);
        let actor = door.access.authenticate(&credentials("mia", PASSWORD), request(), None).await.unwrap();
        assert!(door.access.make_api_key(&actor, "admin").await.unwrap_err().to_string().contains(UNCOVERED));
        door.access.make_api_key(&actor, "equal").await.unwrap();
        door.access.make_api_key(&actor, "mia").await.unwrap();
    }

    async fn refused_changes_leave_no_trace(engine) {
        let door = Door::on(engine).await;
        let mia = mia(&door, &[]).await;
        let admins = format!("/usergroups/{}", door.group_id(ADMINISTRATORS).await);
        let before = door.administer("GET", &format!("{admins}/permissions"), Value::Null).await;
        door.ask(&mia, "PUT", &format!("{admins}/permissions"), json!([])).await.refusal(403);
        assert_eq!(door.administer("GET", &format!("{admins}/permissions"), Value::Null).await, before);
    }
}
