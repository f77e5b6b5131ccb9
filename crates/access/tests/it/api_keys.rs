//! Signed requests of API v1.

use std::time::Duration;

use access::{ApiKey, Hidden, Settings};
use axum::{body::Body, http::Request};
use serde_json::Value;
use testkit::on_both;

use crate::door::{Door, PASSWORD, admin, basic, settings, system};

/// Published with the rule by which requests are signed.
const PUBLISHED_KEY: &str = "32-5DAYTJQY2TZHOFOB";
const PUBLISHED_SECRET: &str = "48b278ec873bda4738923dbc467f8669";
const PUBLISHED_URL: &str = "target=ipam&action=get&type=IP&mask=24&apiKey=32-5DAYTJQY2TZHOFOB\
                             &hash=yneSFMyxPPe+3W4IOkVp50K3VStatBcRRak+2ygDUWQ=";
/// 2026-01-01 00:00:00 in UTC, when the clock of the tests begins.
const NOW: i64 = 1_767_225_600;
const DONE: &str = r#"{"success":1,"message":"Done.","by":"ann"}"#;

async fn get(door: &Door, query: &str) -> (u16, String) {
    let said = door.send(Request::get(format!("/api/v1/api.php?{query}")).body(Body::empty()).unwrap()).await;
    (said.status, said.text)
}

fn signed(key: &ApiKey, query: &str) -> String {
    let query = format!("target=ipam&{query}&apiKey={}", key.api_key);
    format!("{query}&hash={}", api_v1::sign(&query, &key.secret.0))
}

/// A door with the user ann, who has a key.
async fn with_key(engine: testkit::Engine, settings: Settings) -> (Door, ApiKey) {
    let door = Door::with(engine, settings).await;
    door.user("ann").await;
    let key = door.access.make_api_key(&system(), "Ann").await.unwrap();
    (door, key)
}

fn refusal(message: &str) -> (u16, String) {
    (401, format!(r#"{{"success":0,"message":"{message}"}}"#))
}

on_both! {
    async fn the_published_example_is_let_in(engine) {
        let door = Door::on(engine).await;
        door.user("ann").await;
        let key = ApiKey { api_key: PUBLISHED_KEY.to_owned(), secret: Hidden(PUBLISHED_SECRET.to_owned()) };
        door.access.take_over_api_key(&system(), "ann", key).await.unwrap();
        for url in [PUBLISHED_URL.to_owned(), PUBLISHED_URL.replace('+', "%2B").replace("Q=", "Q%3D")] {
            assert_eq!(get(&door, &url).await, (200, DONE.to_owned()), "{url}");
            assert_eq!(get(&door, &url).await, (200, DONE.to_owned()), "again, from memory");
        }
        assert_eq!(get(&door, &PUBLISHED_URL.replace("24", "25")).await, refusal("The API key or the hash is wrong."));
    }

    async fn a_key_has_the_form_of_the_original(engine) {
        let (door, key) = with_key(engine, settings()).await;
        let (user, letters) = key.api_key.split_once('-').unwrap();
        let found = door.administer("GET", "/users?q=ann", serde_json::Value::Null).await;
        assert_eq!(user, found[0]["id"].to_string());
        assert!(letters.len() == 16 && letters.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()));
        assert!(key.secret.0.len() == 32 && !format!("{key:?}").contains(&key.secret.0));
        assert_eq!(get(&door, &signed(&key, "action=get")).await, (200, DONE.to_owned()));
    }

    async fn an_unknown_key_and_a_wrong_hash_are_refused_in_the_same_words(engine) {
        let (door, key) = with_key(engine, settings()).await;
        let other = ApiKey { api_key: "99-ABCDEFGHIJKLMNOP".to_owned(), ..key.clone() };
        let forged = ApiKey { secret: Hidden("0".repeat(32)), ..key.clone() };
        for _ in 0..2 {
            for wrong in [&other, &forged] {
                let said = get(&door, &signed(wrong, "action=get")).await;
                assert_eq!(said, refusal("The API key or the hash is wrong."));
            }
            assert_eq!(get(&door, &signed(&key, "action=get")).await.0, 200);
        }
    }

    async fn a_new_key_replaces_the_old_one_at_once(engine) {
        let (door, old) = with_key(engine, settings()).await;
        assert_eq!(get(&door, &signed(&old, "action=get")).await.0, 200);
        let new = door.access.make_api_key(&system(), "ann").await.unwrap();
        assert_eq!(get(&door, &signed(&old, "action=get")).await.0, 401);
        assert_eq!(get(&door, &signed(&new, "action=get")).await.0, 200);
    }

    async fn the_key_of_a_disabled_user_is_refused_at_once(engine) {
        let (door, key) = with_key(engine, settings()).await;
        assert_eq!(get(&door, &signed(&key, "action=get")).await.0, 200);
        let (id, _) = key.api_key.split_once('-').unwrap();
        door.administer("PATCH", &format!("/users/{id}"), serde_json::json!({"enabled": false})).await;
        let said = get(&door, &signed(&key, "action=get")).await;
        assert_eq!(said, refusal(r#"The user \"ann\" is disabled. Ask an administrator."#));
    }

    async fn a_time_may_be_five_minutes_off(engine) {
        let (door, key) = with_key(engine, settings()).await;
        for off in [-300, 300] {
            let said = get(&door, &signed(&key, &format!("action=get&time={}", NOW + off))).await;
            assert_eq!(said.0, 200, "{off}");
        }
        for time in [NOW - 301, NOW + 301, i64::MIN, i64::MAX] {
            let said = get(&door, &signed(&key, &format!("action=get&time={time}"))).await;
            assert!(said.0 == 401 && said.1.contains("They may differ by 300 seconds"), "{time}: {said:?}");
        }
    }

    async fn a_write_with_a_time_is_done_once(engine) {
        let (door, key) = with_key(engine, settings()).await;
        let url = signed(&key, &format!("action=delete&id=7&time={}", NOW + 300));
        assert_eq!(get(&door, &url).await.0, 200);
        for later in [0, 299, 300] {
            door.later(later);
            let said = get(&door, &url).await;
            assert!(said.0 == 401 && said.1.contains("has been done already"), "{later}: {said:?}");
        }
        door.later(60);
        assert!(get(&door, &url).await.1.contains("They may differ"), "from then on its time is over");
        let url = signed(&key, &format!("action=delete&id=7&time={}", NOW + 659));
        assert_eq!(get(&door, &url).await.0, 200, "signed again it is done again");
    }

    async fn a_read_with_a_time_may_be_repeated(engine) {
        let (door, key) = with_key(engine, settings()).await;
        for action in ["get", "GETOPTIONS", "getOptions", "%67et"] {
            let url = signed(&key, &format!("action={action}&time={NOW}"));
            assert_eq!([get(&door, &url).await.0, get(&door, &url).await.0], [200, 200], "{action}");
        }
    }

    async fn an_action_that_is_not_signed_may_be_a_write(engine) {
        let (door, key) = with_key(engine, settings()).await;
        let url = signed(&key, &format!("time={NOW}"));
        let post = async || {
            let request = Request::post(format!("/api/v1/api.php?{url}"));
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            door.send(request.body(Body::from("action=delete&id=7")).unwrap()).await
        };
        assert_eq!([post().await.status, post().await.status], [200, 401]);
        let twice = signed(&key, &format!("action=get&action=delete&time={NOW}"));
        assert_eq!([get(&door, &twice).await.0, get(&door, &twice).await.0], [200, 401]);
    }

    async fn without_a_time_a_request_may_be_repeated_as_in_the_original(engine) {
        let (door, key) = with_key(engine, settings()).await;
        let url = signed(&key, "action=delete&id=7");
        door.later(1_000_000);
        assert_eq!([get(&door, &url).await.0, get(&door, &url).await.0], [200, 200]);
    }

    async fn a_setting_demands_a_time_from_everyone(engine) {
        let strict = Settings { replay_window: Some(Duration::from_secs(30)), ..settings() };
        let (door, key) = with_key(engine, strict).await;
        let said = get(&door, &signed(&key, "action=get")).await;
        assert!(said.0 == 401 && said.1.contains("time: this server takes signed requests only with a time"), "{said:?}");
        assert_eq!(get(&door, &signed(&key, &format!("action=get&time={}", NOW - 30))).await.0, 200);
        assert_eq!(get(&door, &signed(&key, &format!("action=get&time={}", NOW - 31))).await.0, 401);
    }

    async fn a_key_that_is_taken_over_is_one_that_works_and_is_nobody_elses(engine) {
        let (door, key) = with_key(engine, settings()).await;
        door.user("ben").await;
        let take_over = async |api_key: &str, secret: &str| {
            let key = ApiKey { api_key: api_key.to_owned(), secret: Hidden(secret.to_owned()) };
            door.access.take_over_api_key(&system(), "ben", key).await.unwrap_err().to_string()
        };
        assert!(take_over(&key.api_key, PUBLISHED_SECRET).await.contains("another user has the key"));
        let both = take_over("a&b", "short").await;
        assert!(both.contains("apiKey: must be 8 to 64") && both.contains("secret: must be 16 to 128"), "{both}");
        assert!(door.access.make_api_key(&system(), "carl").await.unwrap_err().to_string().contains("no user \"carl\""));
    }

    async fn only_the_door_of_api_v1_takes_signed_requests(engine) {
        let (door, key) = with_key(engine, settings()).await;
        let uri = format!("/api/v2/users/me?{}", signed(&key, "action=get"));
        assert_eq!(door.send(Request::get(uri).body(Body::empty()).unwrap()).await.status, 401);
    }
}

on_both! {
    async fn a_key_is_made_rotated_and_taken_away_through_the_door(engine) {
        let door = Door::on(engine).await;
        let (ann, bob) = (door.user("ann").await, door.user("bob").await);
        let (path, who) = (format!("/users/{ann}/api_key"), basic("ann", PASSWORD));
        let make = async || {
            let said = door.ask(&who, "POST", &path, Value::Null).await;
            assert_eq!(said.status, 201, "{}", said.text);
            let made = said.json();
            let text = |name: &str| made[name].as_str().unwrap().to_owned();
            ApiKey { api_key: text("api_key"), secret: Hidden(text("secret")) }
        };
        let first = make().await;
        assert_eq!(get(&door, &signed(&first, "action=get")).await, (200, DONE.to_owned()));
        let second = make().await;
        assert_eq!(get(&door, &signed(&first, "action=get")).await.0, 401, "one key at a time");
        assert_eq!(get(&door, &signed(&second, "action=get")).await, (200, DONE.to_owned()));
        assert_eq!(door.ask(&who, "DELETE", &path, Value::Null).await.status, 204);
        assert_eq!(get(&door, &signed(&second, "action=get")).await.0, 401, "at once");
        assert_eq!(door.ask(&who, "DELETE", &path, Value::Null).await.status, 404);

        let others = format!("/users/{bob}/api_key");
        assert_eq!(door.ask(&who, "POST", &others, Value::Null).await.status, 403);
        door.administer("POST", &others, Value::Null).await;
        assert_eq!(door.ask(&who, "DELETE", &others, Value::Null).await.status, 403);
        assert_eq!(door.ask(&admin(), "POST", "/users/99/api_key", Value::Null).await.status, 404);
    }
}
