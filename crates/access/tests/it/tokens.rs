//! `/tokens`, and signing in with one.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Engine, on_both};

use crate::door::{Door, PASSWORD, admin, basic};

async fn make(door: &Door, who: &str, new: Value) -> (i64, String) {
    let said = door.ask(who, "POST", "/tokens", new).await;
    assert_eq!(said.status, 201, "{}", said.text);
    let made = said.json();
    (made["id"].as_i64().unwrap(), format!("Bearer {}", made["token"].as_str().unwrap()))
}

on_both! {
    async fn a_token_is_shown_once_and_signs_its_user_in(engine) {
        let door = Door::on(engine).await;
        let said = door.ask(&admin(), "POST", "/tokens", json!({"name": " backup job "})).await;
        let made = said.json();
        let token = made["token"].as_str().unwrap();
        assert_eq!(said.status, 201);
        assert_eq!(made, json!({"id": made["id"], "name": "backup job", "token": token, "expires_at": null}));
        assert!(token.starts_with("pb_") && token.len() == 43 && token[3..].bytes().all(|b| b.is_ascii_alphanumeric()));
        let me = door.get(&format!("Bearer {token}"), "/users/me").await.json();
        assert_eq!(me["name"], "admin");
        let listed = door.get(&admin(), "/tokens").await;
        assert!(!listed.text.contains(&token[8..]));
        assert_eq!(listed.json()[0]["prefix"], token[..8]);
        assert_eq!(listed.json()[0]["created_at"], "2026-01-01T00:00:00Z");
    }

    async fn a_token_that_nobody_has_is_refused(engine) {
        let door = Door::on(engine).await;
        let made_up = format!("pb_{}", "x".repeat(40));
        for token in [made_up.as_str(), "pb_", "", "x", &made_up[..42], &"x".repeat(10_000)] {
            let said = door.get(&format!("Bearer {token}"), "/users/me").await;
            assert!(said.refusal(401).starts_with("The API token is not known."), "{token}");
        }
    }

    async fn a_revoked_token_is_refused_at_once(engine) {
        let door = Door::on(engine).await;
        let (id, bearer) = make(&door, &admin(), json!({"name": "t"})).await;
        assert_eq!(door.get(&bearer, "/users/me").await.status, 200);
        assert_eq!(door.ask(&admin(), "DELETE", &format!("/tokens/{id}"), Value::Null).await.status, 204);
        assert_eq!(door.get(&bearer, "/users/me").await.status, 401);
        assert_eq!(door.get(&admin(), "/tokens").await.json(), json!([]));
    }

    async fn a_token_ends_on_its_day_even_while_it_is_in_use(engine) {
        let door = Door::on(engine).await;
        let (_, bearer) = make(&door, &admin(), json!({"name": "t", "expires_in_days": 1})).await;
        assert_eq!(door.get(&admin(), "/tokens").await.json()[0]["expires_at"], "2026-01-02T00:00:00Z");
        door.later(24 * 3600 - 5);
        assert_eq!(door.get(&bearer, "/users/me").await.status, 200);
        door.later(5);
        assert!(door.get(&bearer, "/users/me").await.refusal(401).contains("\"t\" has expired"));
    }

    async fn the_token_of_a_disabled_user_is_refused_at_once(engine) {
        let door = Door::on(engine).await;
        let id = door.user("ann").await;
        let (_, bearer) = make(&door, &basic("ann", PASSWORD), json!({"name": "t"})).await;
        assert_eq!(door.get(&bearer, "/users/me").await.status, 200);
        door.administer("PATCH", &format!("/users/{id}"), json!({"enabled": false})).await;
        assert!(door.get(&bearer, "/users/me").await.refusal(401).contains("disabled"));
    }

    async fn everyone_has_tokens_of_their_own(engine) {
        let door = Door::on(engine).await;
        door.user("ann").await;
        let ann = basic("ann", PASSWORD);
        let (id, _) = make(&door, &ann, json!({"name": "t"})).await;
        assert_eq!(door.get(&admin(), "/tokens").await.json(), json!([]));
        let said = door.ask(&admin(), "DELETE", &format!("/tokens/{id}"), Value::Null).await;
        assert_eq!(said.refusal(404), format!("You have no token with id {id}."));
        assert_eq!(door.get(&ann, "/tokens").await.json().as_array().unwrap().len(), 1);
    }

    async fn a_token_has_a_name_and_a_life_within_reason(engine) {
        let door = Door::on(engine).await;
        let said = door.ask(&admin(), "POST", "/tokens", json!({"name": " ", "expires_in_days": 0})).await;
        let fields: Vec<_> = said.json()["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
        assert_eq!((said.status, fields), (422, vec![json!("name"), json!("expires_in_days")]));
    }

    async fn the_last_use_is_noted_to_within_some_minutes(engine) {
        let door = Door::on(engine).await;
        let (_, bearer) = make(&door, &admin(), json!({"name": "t"})).await;
        let last_use = async || door.get(&admin(), "/tokens").await.json()[0]["last_used_at"].clone();
        assert_eq!(last_use().await, json!(null));
        let used_at = async |expected: &str| {
            assert_eq!(door.get(&bearer, "/users/me").await.status, 200);
            // It is noted in the background.
            for _ in 0..200 {
                if last_use().await == expected {
                    return true;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            false
        };
        door.later(61);
        assert!(used_at("2026-01-01T00:01:01Z").await);
        door.later(599);
        assert_eq!(door.get(&bearer, "/users/me").await.status, 200);
        assert_eq!(last_use().await, "2026-01-01T00:01:01Z", "so soon it is not noted again");
        door.later(60);
        assert!(used_at("2026-01-01T00:12:00Z").await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_changes_the_other_nodes_hear_of() {
    let door = Door::on(Engine::Postgres).await;
    let (id, bearer) = make(&door, &admin(), json!({"name": "t"})).await;
    let other = door.test.second_node().await;
    let settings = crate::door::settings();
    let other = access::Access::open(other, crate::door::master_key(), settings).await.unwrap();
    let credentials = access::Credentials::from_header(bearer.as_bytes()).unwrap();
    other.authenticate(&credentials, crate::door::request(), None).await.unwrap();
    door.administer("DELETE", &format!("/tokens/{id}"), Value::Null).await;
    for _ in 0..200 {
        if other.authenticate(&credentials, crate::door::request(), None).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the other node still takes a token that has been revoked");
}
