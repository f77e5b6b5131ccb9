//! `/users`.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use testkit::on_both;

use crate::door::{Door, PASSWORD, admin, basic, system};

on_both! {
    async fn a_user_is_added_shown_changed_and_deleted(engine) {
        let door = Door::on(engine).await;
        let new = json!({"username": "ann", "password": PASSWORD, "email": "ann@example.com"});
        let said = door.ask(&admin(), "POST", "/users", new).await;
        assert_eq!(said.status, 201);
        let ann = said.json();
        assert_eq!(
            ann,
            json!({
                "id": ann["id"], "username": "ann", "email": "ann@example.com", "enabled": true, "groups": [],
                "created_at": "2026-01-01T00:00:00Z",
            })
        );
        let path = format!("/users/{}", ann["id"]);
        assert_eq!(door.administer("GET", &path, Value::Null).await, ann);
        let patch = json!({"username": "Anna", "email": null, "enabled": false});
        let anna = door.administer("PATCH", &path, patch).await;
        assert_eq!((&anna["username"], &anna["email"], &anna["enabled"]), (&json!("Anna"), &json!(null), &json!(false)));
        assert_eq!(door.administer("PATCH", &path, json!({})).await, anna, "what is left out stays");
        door.administer("DELETE", &path, Value::Null).await;
        assert_eq!(
            door.get(&admin(), &path).await.refusal(404),
            format!("There is no user with id {}.", ann["id"])
        );
    }

    async fn a_lost_password_is_replaced_by_a_random_one(engine) {
        let door = Door::on(engine).await;
        door.user("ann").await;
        let new = door.access.reset_password(&system(), "ANN").await.unwrap();
        assert_eq!(door.get(&basic("ann", &new.0), "/users/me").await.status, 200);
        assert_eq!(door.get(&basic("ann", PASSWORD), "/users/me").await.status, 401);
        let nobody = door.access.reset_password(&system(), "ben").await.unwrap_err();
        assert_eq!(nobody.to_string(), "There is no user \"ben\".");
    }

    async fn a_name_belongs_to_one_user_in_any_case(engine) {
        let door = Door::on(engine).await;
        let ann = door.user("ann").await;
        let again = json!({"username": "ANN", "password": PASSWORD});
        let refused = "username: there is a user \"ANN\" already.";
        assert_eq!(door.ask(&admin(), "POST", "/users", again).await.refusal(409), refused);
        let ben = door.user("ben").await;
        let rename = json!({"username": "ANN"});
        assert_eq!(door.ask(&admin(), "PATCH", &format!("/users/{ben}"), rename.clone()).await.refusal(409), refused);
        assert_eq!(door.ask(&admin(), "PATCH", &format!("/users/{ann}"), rename).await.status, 200);
    }

    async fn all_that_is_wrong_with_a_new_user_is_said_at_once(engine) {
        let door = Door::on(engine).await;
        let wrong = json!({"username": "a:b", "password": "elevenchars", "email": "nowhere"});
        let said = door.ask(&admin(), "POST", "/users", wrong).await;
        let fields: Vec<_> = said.json()["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
        assert_eq!((said.status, fields), (422, vec![json!("username"), json!("password"), json!("email")]));
        let said = door.ask(&admin(), "PATCH", "/users/1", json!({"password": "short"})).await;
        assert_eq!(said.refusal(422), "password: must have at least 12 characters");
    }

    async fn users_are_listed_by_name_in_pages(engine) {
        let door = Door::on(engine).await;
        for name in ["zoe", "Ben", "ann_x", "annyx"] {
            door.user(name).await;
        }
        let names = |said: &crate::door::Said| -> Vec<String> {
            said.json().as_array().unwrap().iter().map(|u| u["username"].as_str().unwrap().to_owned()).collect()
        };
        let said = door.get(&admin(), "/users?limit=3").await;
        assert_eq!(names(&said), ["admin", "ann_x", "annyx"]);
        assert!(said.headers["link"].to_str().unwrap().contains("offset=3"));
        let said = door.get(&admin(), "/users?limit=3&offset=3").await;
        assert_eq!(names(&said), ["Ben", "zoe"]);
        assert!(!said.headers.contains_key("link"));
        assert_eq!(names(&door.get(&admin(), "/users?q=N_").await), ["ann_x"], "the underscore is no wildcard");
        assert_eq!(door.get(&admin(), "/users?name=x").await.status, 422);
    }

    async fn a_repeated_request_adds_one_user(engine) {
        let door = Door::on(engine).await;
        let add = async |password: &str| {
            let body = json!({"username": "ann", "password": password}).to_string();
            let request = Request::post("/api/v2/users").header("authorization", admin());
            let request = request.header("idempotency-key", "k1").header("content-type", "application/json");
            door.send(request.body(Body::from(body)).unwrap()).await
        };
        let (first, again) = (add(PASSWORD).await, add("another, which does not count").await);
        assert_eq!((first.status, again.status, &first.text), (201, 201, &again.text));
        assert_eq!(door.get(&basic("ann", PASSWORD), "/users/me").await.status, 200);
    }

    async fn everyone_sees_themselves_and_changes_their_own_password_with_the_one_they_have(engine) {
        let door = Door::on(engine).await;
        let (id, ann) = (door.user("ann").await, basic("ann", PASSWORD));
        assert_eq!(door.get(&ann, &format!("/users/{id}")).await.json()["username"], "ann");
        assert_eq!(door.get(&ann, "/users/1").await.status, 403);
        let change = async |current: &str, new: &str| {
            let body = json!({"current_password": current, "new_password": new});
            door.ask(&ann, "PUT", "/users/me/password", body).await
        };
        assert_eq!(change("wrong", "quite another one").await.refusal(422), "current_password: is wrong");
        assert_eq!(
            change(PASSWORD, "short").await.refusal(422),
            "new_password: must have at least 12 characters"
        );
        assert_eq!(change(PASSWORD, "quite another one").await.status, 204);
        assert_eq!(door.get(&ann, "/users/me").await.status, 401);
        assert_eq!(door.get(&basic("ann", "quite another one"), "/users/me").await.status, 200);
    }

    async fn a_user_who_goes_takes_tokens_and_key_along(engine) {
        let door = Door::on(engine).await;
        let (id, ann) = (door.user("ann").await, basic("ann", PASSWORD));
        door.group("some", &[(1, &["permissionIPAMRead"])], &[id]).await;
        let token = door.ask(&ann, "POST", "/tokens", json!({"name": "t"})).await.json();
        let bearer = format!("Bearer {}", token["token"].as_str().unwrap());
        assert_eq!(door.get(&bearer, "/users/me").await.status, 200);
        door.access.make_api_key(&crate::door::system(), "ann").await.unwrap();
        door.administer("DELETE", &format!("/users/{id}"), Value::Null).await;
        assert_eq!(door.get(&bearer, "/users/me").await.status, 401);
    }
}
