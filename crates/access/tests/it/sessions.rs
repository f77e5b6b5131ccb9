//! `/sessions`, and being signed in by the cookie of one.

use std::time::Duration;

use access::{Access, Peer, Secure, TransportPolicy, Visit};
use axum::Extension;
use kernel::UserId;
use serde_json::{Value, json};
use testkit::{Engine, on_both};

use crate::{
    browser::{Browser, post, sign_in},
    door::{Door, PASSWORD, admin, basic, master_key, request, router, settings},
};

const WRONG: &str = "The user name or the password is wrong.";

fn visit() -> Visit {
    Visit { address: None, tls: true, agent: None, request: request() }
}

on_both! {
    async fn a_password_opens_a_session_whose_cookie_signs_in(engine) {
        let door = Door::on(engine).await;
        let said = sign_in(&door, json!({"username": "ADMIN", "password": PASSWORD})).await;
        let cookie = said.headers["set-cookie"].to_str().unwrap();
        assert!(cookie.starts_with("platbook=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
        assert_eq!(said.headers["cache-control"], "no-store");
        let browser = Browser::opened(&door, &said);
        let secret = browser.cookie.split_once('=').unwrap().1;
        assert!(!said.text.contains(secret), "a script of the page can't read the secret");
        assert_eq!(said.json()["session"], json!({
            "id": browser.id, "method": "local", "address": null, "agent": "Mozilla/5.0 (test)", "current": true,
            "created_at": "2026-01-01T00:00:00Z", "last_used_at": "2026-01-01T00:00:00Z",
            "ends_at": "2026-01-01T12:00:00Z",
        }));
        assert_eq!(browser.get("/users/me").await.json()["name"], "admin");
        assert_eq!(browser.get("/sessions/current").await.json(), said.json());
        assert_eq!(post(&door, "/tokens", json!({})).await.status, 401, "nobody else is signed in");
    }

    async fn a_wrong_password_and_an_unknown_name_open_nothing_and_are_refused_in_the_same_words(engine) {
        let door = Door::on(engine).await;
        for (name, password) in [("admin", "wrong"), ("admin", ""), ("nobody", PASSWORD), ("", "")] {
            let said = sign_in(&door, json!({"username": name, "password": password})).await;
            assert_eq!(said.refusal(401), WRONG);
            assert!(!said.headers.contains_key("set-cookie"));
            let challenge = said.headers["www-authenticate"].to_str().unwrap();
            assert!(challenge.starts_with("Session"), "or a browser asks for a password by itself: {challenge}");
        }
    }

    async fn what_changes_something_by_the_cookie_alone_needs_the_csrf_token(engine) {
        let door = Door::on(engine).await;
        let browser = Browser::of(&door, "admin").await;
        let other = Browser::of(&door, "admin").await;
        let new = || json!({"name": "t"});
        for token in [None, Some(""), Some("x"), Some(other.csrf_token.as_str())] {
            let said = browser.send("POST", "/api/v2/tokens", token, new()).await;
            assert!(said.refusal(403).contains("X-CSRF-Token"), "{token:?}");
        }
        assert_eq!(browser.send("DELETE", "/api/v2/sessions/current", None, Value::Null).await.status, 403);
        assert_eq!(browser.get("/tokens").await.json(), json!([]));
        assert_eq!(browser.ask("POST", "/tokens", new()).await.status, 201);
        assert_eq!(door.ask(&admin(), "POST", "/tokens", new()).await.status, 201, "a password is not sent by itself");
    }

    async fn api_v1_takes_the_cookie_and_demands_the_token_of_what_is_not_asked_only(engine) {
        let door = Door::on(engine).await;
        let browser = Browser::of(&door, "admin").await;
        let ask = async |method: &str, action: &str, token: Option<&str>| {
            let uri = format!("/api/v1/api.php?target=ipam&action={action}");
            browser.send(method, &uri, token, Value::Null).await.json()
        };
        assert_eq!(ask("GET", "getOptions", None).await["by"], "admin");
        let refused = ask("GET", "delete", None).await;
        assert!(refused["message"].as_str().unwrap().contains("X-CSRF-Token"), "{refused}");
        assert_eq!(ask("POST", "get", None).await["success"], 0, "a body may name another action");
        assert_eq!(ask("GET", "delete", Some(&browser.csrf_token)).await["success"], 1);
        assert_eq!(ask("POST", "get", Some(&browser.csrf_token)).await["success"], 1);
    }

    async fn who_signs_out_is_out_at_once(engine) {
        let door = Door::on(engine).await;
        let (browser, other) = (Browser::of(&door, "admin").await, Browser::of(&door, "admin").await);
        assert_eq!(browser.get("/users/me").await.status, 200);
        let said = browser.ask("DELETE", "/sessions/current", Value::Null).await;
        assert_eq!((said.status, said.headers["set-cookie"].to_str().unwrap()), (204,
            "platbook=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"));
        let said = browser.get("/users/me").await;
        assert!(said.status == 401 && said.headers["www-authenticate"].to_str().unwrap().starts_with("Session"));
        assert_eq!(other.get("/users/me").await.status, 200, "another session goes on");
    }

    async fn what_is_left_of_an_earlier_session_does_not_hold_up_a_sign_in(engine) {
        let door = Door::on(engine).await;
        let browser = Browser::of(&door, "admin").await;
        let again = async || {
            let body = json!({"username": "admin", "password": PASSWORD});
            browser.send("POST", "/api/v2/sessions", None, body).await.status
        };
        assert_eq!(again().await, 201);
        assert_eq!(browser.ask("DELETE", "/sessions/current", Value::Null).await.status, 204);
        assert_eq!(again().await, 201);
    }

    async fn a_session_ends_when_it_is_not_used(engine) {
        let door = Door::on(engine).await;
        let (busy, idle) = (Browser::of(&door, "admin").await, Browser::of(&door, "admin").await);
        for _ in 0..4 {
            door.later(8 * 60);
            assert_eq!(busy.get("/users/me").await.status, 200);
            wait_for_last_use(&door, busy.id).await;
        }
        assert_eq!(idle.get("/users/me").await.status, 200, "idleness is measured to within three minutes");
        wait_for_last_use(&door, idle.id).await;
        door.later(33 * 60);
        assert_eq!(idle.get("/users/me").await.status, 401);
        assert_eq!(door.get(&admin(), "/sessions").await.json(), json!([]));
    }

    async fn a_session_ends_after_its_hours_whatever_is_done_with_it(engine) {
        let door = Door::on(engine).await;
        door.administer("PATCH", "/sign_in_policy", json!({"session_idle_minutes": null, "session_hours": 2})).await;
        let browser = Browser::of(&door, "admin").await;
        door.later(2 * 3600 - 1);
        assert_eq!(browser.get("/users/me").await.status, 200);
        door.later(1);
        assert_eq!(browser.get("/users/me").await.status, 401);
    }

    async fn a_change_of_the_policy_counts_for_open_sessions_at_once(engine) {
        let door = Door::on(engine).await;
        assert_eq!(door.administer("GET", "/sign_in_policy", Value::Null).await,
            json!({
                "session_idle_minutes": 30, "session_hours": 12, "second_factor_required": false, "second_factor_groups": []
            }));
        let browser = Browser::of(&door, "admin").await;
        door.later(3600 * 2);
        assert_eq!(browser.get("/users/me").await.status, 401);
        let never = json!({"session_idle_minutes": null});
        assert_eq!(door.administer("PATCH", "/sign_in_policy", never).await,
            json!({
                "session_idle_minutes": null, "session_hours": 12, "second_factor_required": false, "second_factor_groups": []
            }));
        assert_eq!(browser.get("/users/me").await.status, 200);
        door.administer("PATCH", "/sign_in_policy", json!({"session_hours": 1})).await;
        assert_eq!(browser.get("/users/me").await.status, 401);
    }

    async fn the_policy_is_changed_by_administrators_and_within_reason(engine) {
        let door = Door::on(engine).await;
        let id = door.user("ann").await;
        door.group("users", &[(1, &["permissionUserUpdate", "permissionUserRead"])], &[id]).await;
        let ann = basic("ann", PASSWORD);
        assert_eq!(door.get(&ann, "/sign_in_policy").await.status, 200);
        let said = door.ask(&ann, "PATCH", "/sign_in_policy", json!({"session_hours": 1})).await;
        assert!(said.refusal(403).contains("permissionAdmin"));
        let wrong = json!({"session_idle_minutes": 4, "session_hours": 721});
        let said = door.ask(&admin(), "PATCH", "/sign_in_policy", wrong).await;
        let fields: Vec<_> = said.json()["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
        assert_eq!((said.status, fields), (422, vec![json!("session_idle_minutes"), json!("session_hours")]));
    }

    async fn another_password_and_disabling_end_all_sessions_of_a_user_at_once(engine) {
        let door = Door::on(engine).await;
        let id = door.user("ann").await;
        let user = format!("/users/{id}");
        let browser = Browser::of(&door, "ann").await;
        door.administer("PATCH", &user, json!({"email": "ann@example.com"})).await;
        assert_eq!(browser.get("/users/me").await.status, 200, "another address of mail ends nothing");
        let new = json!({"current_password": PASSWORD, "new_password": "quite another one"});
        assert_eq!(browser.ask("PUT", "/users/me/password", new).await.status, 204);
        assert_eq!(browser.get("/users/me").await.status, 401);
        door.administer("PATCH", &user, json!({"password": PASSWORD})).await;
        let browser = Browser::of(&door, "ann").await;
        door.administer("PATCH", &user, json!({"password": "quite another one"})).await;
        assert_eq!(browser.get("/users/me").await.status, 401);
        door.administer("PATCH", &user, json!({"password": PASSWORD})).await;
        let browser = Browser::of(&door, "ann").await;
        door.administer("PATCH", &user, json!({"enabled": false})).await;
        assert_eq!(browser.get("/users/me").await.status, 401);
        door.administer("PATCH", &user, json!({"enabled": true})).await;
        assert_eq!(browser.get("/users/me").await.status, 401, "it does not come back");
        let browser = Browser::of(&door, "ann").await;
        door.administer("DELETE", &user, Value::Null).await;
        assert_eq!(browser.get("/users/me").await.status, 401);
    }

    async fn nobody_opens_a_session_for_a_disabled_user(engine) {
        let door = Door::on(engine).await;
        let id = door.user("ann").await;
        door.administer("PATCH", &format!("/users/{id}"), json!({"enabled": false})).await;
        let said = sign_in(&door, json!({"username": "ann", "password": PASSWORD})).await;
        assert!(said.refusal(401).contains("\"ann\" is disabled"));
        assert!(door.access.open_session(UserId(id), "test", &visit()).await.is_err());
    }

    async fn everyone_lists_and_ends_their_own_sessions(engine) {
        let door = Door::on(engine).await;
        door.user("ann").await;
        let (one, two) = (Browser::of(&door, "ann").await, Browser::of(&door, "ann").await);
        let others = Browser::of(&door, "admin").await;
        let listed = one.get("/sessions").await.json();
        let seen: Vec<_> = listed.as_array().unwrap().iter().map(|s| (s["id"].as_i64().unwrap(), s["current"] == true)).collect();
        assert_eq!(seen, [(one.id, true), (two.id, false)]);
        let end = async |id: i64| one.ask("DELETE", &format!("/sessions/{id}"), Value::Null).await;
        assert!(end(others.id).await.refusal(404).contains("There is no session"));
        assert_eq!(end(two.id).await.status, 204);
        assert_eq!(two.get("/users/me").await.status, 401);
        assert_eq!(one.ask("DELETE", "/sessions", Value::Null).await.status, 204);
        assert_eq!(one.get("/users/me").await.status, 401);
        assert_eq!(others.get("/users/me").await.status, 200);
    }

    async fn who_may_change_a_user_lists_and_ends_their_sessions(engine) {
        let door = Door::on(engine).await;
        let (ann, bob) = (door.user("ann").await, door.user("bob").await);
        door.group("desk", &[(1, &["permissionUserRead", "permissionUserUpdate"])], &[bob]).await;
        let (hers, his) = (Browser::of(&door, "ann").await, Browser::of(&door, "bob").await);
        let path = format!("/users/{ann}/sessions");
        assert_eq!(his.get(&path).await.json()[0]["id"], hers.id);
        assert_eq!(hers.get(&format!("/users/{bob}/sessions")).await.status, 403);
        assert_eq!(hers.get(&path).await.json()[0]["current"], true);
        let said = hers.ask("DELETE", &format!("/users/{bob}/sessions"), Value::Null).await;
        assert_eq!(said.status, 403);
        assert_eq!(his.ask("DELETE", &format!("{path}/{}", his.id), Value::Null).await.status, 404);
        assert_eq!(his.ask("DELETE", &format!("{path}/{}", hers.id), Value::Null).await.status, 204);
        assert_eq!(hers.get("/users/me").await.status, 401);
        let hers = Browser::of(&door, "ann").await;
        assert_eq!(his.ask("DELETE", &path, Value::Null).await.status, 204);
        assert_eq!(hers.get("/users/me").await.status, 401);
        let root = door.administer("GET", "/users/me", Value::Null).await["id"].clone();
        let said = his.ask("DELETE", &format!("/users/{root}/sessions"), Value::Null).await;
        assert!(said.refusal(403).contains("rights"), "nobody lays hands on somebody with more rights");
    }

    async fn a_user_has_a_hundred_sessions_at_most_and_the_oldest_ends(engine) {
        let door = Door::on(engine).await;
        let id = UserId(door.user("ann").await);
        let first = Browser::of(&door, "ann").await;
        for _ in 0..99 {
            door.access.open_session(id, "test", &visit()).await.unwrap();
        }
        assert_eq!(first.get("/users/me").await.status, 200);
        door.access.open_session(id, "test", &visit()).await.unwrap();
        assert_eq!(first.get("/users/me").await.status, 401);
    }

    async fn a_request_without_a_session_has_none_to_show_or_to_end(engine) {
        let door = Door::on(engine).await;
        assert!(door.get(&admin(), "/sessions/current").await.refusal(404).contains("belongs to no session"));
        let said = door.ask(&admin(), "DELETE", "/sessions/current", Value::Null).await;
        assert!(said.refusal(404).contains("belongs to no session"));
    }

    async fn using_a_session_writes_once_in_minutes(engine) {
        let door = Door::on(engine).await;
        let browser = Browser::of(&door, "admin").await;
        let last_use = async || browser.get("/sessions").await.json()[0]["last_used_at"].clone();
        door.later(119);
        assert_eq!(browser.get("/users/me").await.status, 200);
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(last_use().await, "2026-01-01T00:00:00Z", "so soon it is not noted");
        door.later(61);
        assert_eq!(browser.get("/users/me").await.status, 200);
        wait_for_last_use(&door, browser.id).await;
        assert_eq!(last_use().await, "2026-01-01T00:03:00Z");
    }
}

/// Waits until it is noted, in the background, that a session has been used now.
async fn wait_for_last_use(door: &Door, id: i64) {
    let wanted = kernel::Clock::now(&door.clock).to_string();
    for _ in 0..300 {
        let sessions = door.get(&admin(), "/sessions").await.json();
        let session = sessions.as_array().unwrap().iter().find(|session| session["id"] == id).unwrap();
        if session["last_used_at"] == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the last use of the session is not noted");
}

#[tokio::test]
async fn over_tls_the_cookie_is_for_tls_and_this_host_only() {
    let door = Door::on(Engine::Sqlite).await;
    let peer = Peer { address: [192, 0, 2, 17].into(), tls: true };
    let doors = router(&door.access, TransportPolicy::default()).layer(Extension(Secure(true))).layer(Extension(peer));
    let door = door.through(doors);
    let said = sign_in(&door, json!({"username": "admin", "password": PASSWORD})).await;
    let cookie = said.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-platbook=") && cookie.ends_with("; Secure"), "{cookie}");
    assert_eq!(said.json()["session"]["address"], "192.0.2.17");
    let mut browser = Browser::opened(&door, &said);
    assert_eq!(browser.get("/users/me").await.status, 200);
    browser.cookie = browser.cookie.replace("__Host-", "");
    assert_eq!(browser.get("/users/me").await.status, 401, "a cookie that a plain page has set does not count");
}

#[tokio::test]
async fn on_an_unsafe_way_nobody_signs_in() {
    let door = Door::on(Engine::Sqlite).await;
    let doors = router(&door.access, TransportPolicy::default());
    let door = door.through(doors);
    let said = sign_in(&door, json!({"username": "admin", "password": PASSWORD})).await;
    assert!(said.refusal(403).contains("it has been exposed and must be changed"));
    assert_eq!(post(&door, "/sessions/second_factor", json!({})).await.status, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_one_node_ends_is_refused_by_the_others() {
    let door = Door::on(Engine::Postgres).await;
    let browser = Browser::of(&door, "admin").await;
    let secret = browser.cookie.split_once('=').unwrap().1;
    let shown = access::Credentials::Session(access::Hidden(secret.to_owned()));
    let other = Access::open(door.test.second_node().await, master_key(), settings()).await.unwrap();
    other.authenticate(&shown, request(), None).await.unwrap();
    assert_eq!(browser.ask("DELETE", "/sessions/current", Value::Null).await.status, 204);
    for _ in 0..200 {
        if other.authenticate(&shown, request(), None).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the other node still takes a session that has ended");
}
