//! Administration on the machine itself.

use std::{io::Write as _, process::Stdio};

use reqwest::Method;
use serde_json::{Value, json};
use testkit::Engine;

use crate::platbook::{PASSWORD, Place, Ran, Server, answer};

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// What API v1 answers to a request that is signed with this key.
async fn signed(server: &Server, key: &Value) -> Value {
    let (id, secret) = (key["apiKey"].as_str().unwrap(), key["secret"].as_str().unwrap());
    let query = format!("target=resource&action=get&id=1&apiKey={id}");
    let query = format!("{query}&hash={}", api_v1::sign(&query, secret));
    serde_json::from_str(&server.get(&format!("/api/v1/api.php?{query}")).await.1).unwrap()
}

fn api_key(place: &Place) -> Value {
    serde_json::from_str(&place.run("admin api-key --user admin --json").said()).unwrap()
}

#[tokio::test]
async fn an_api_key_is_made_whether_the_server_runs_or_not() {
    let place = Place::new();
    let mut server = place.serve("").await;
    let first = api_key(&place);
    assert_eq!(signed(&server, &first).await["success"], 1);
    assert_eq!(server.stop().await, Some(0));

    let second = api_key(&place);
    let server = place.serve("").await;
    assert_eq!(signed(&server, &second).await["success"], 1);
    let refused = json!({ "success": 0, "message": "The API key or the hash is wrong." });
    assert_eq!(signed(&server, &first).await, refused, "the second one has replaced it");
}

#[tokio::test]
async fn on_postgresql_it_is_made_beside_the_server() {
    let (place, database) = (Place::new(), Engine::Postgres.place().await);
    let store::Location::Postgres(url) = &database.location else { panic!("{:?}", database.location) };
    let with = |mut command: std::process::Command| {
        command.env("PLATBOOK_DATABASE", url).env("PLATBOOK_MASTER_KEY", KEY);
        command
    };
    let mut server = Server::start(with(place.platbook("serve --listen 127.0.0.1:0"))).await;
    let made = with(place.platbook("admin api-key --user admin --json")).output().unwrap();
    let key = serde_json::from_str(&Ran::of(&made).said()).unwrap();
    assert_eq!(signed(&server, &key).await["success"], 1);
    assert_eq!(server.stop().await, Some(0));
}

#[tokio::test]
async fn a_key_from_elsewhere_is_taken_over_with_its_secret() {
    let place = Place::new();
    let server = place.serve("").await;
    let mut command = place.platbook("admin api-key --user admin --take-over 32-5DAYTJQY2TZHOFOB --json");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"48b278ec873bda4738923dbc467f8669\n").unwrap();
    let key: Value = serde_json::from_str(&Ran::of(&child.wait_with_output().unwrap()).said()).unwrap();
    assert_eq!(key["apiKey"], "32-5DAYTJQY2TZHOFOB");
    assert_eq!(signed(&server, &key).await["success"], 1);
}

#[tokio::test]
async fn a_lost_password_is_replaced() {
    let place = Place::new();
    let server = place.serve("").await;
    let said = place.run("admin password --user admin").said();
    let password = said.lines().next().unwrap().strip_prefix("The new password of \"admin\" is: ").unwrap();
    let with = |password| server.request(Method::GET, "/api/v2/tokens").basic_auth("admin", Some(password));
    assert_eq!(answer(with(password)).await.0, 200);
    assert_eq!(answer(with(PASSWORD)).await.0, 401);
}

#[tokio::test]
async fn users_are_listed() {
    let place = Place::new();
    let server = place.serve("").await;
    let new = json!({ "username": "ann", "password": "a password for tests", "enabled": false });
    server.v2(Method::POST, "/users", new).await;
    assert_eq!(place.run("admin user list").said(), "admin: Global Admins\nann (disabled): \n");
    let list: Value = serde_json::from_str(&place.run("admin user list --json").said()).unwrap();
    assert_eq!(list[1]["username"], "ann");
}

#[tokio::test]
async fn what_can_t_be_done_is_said_with_exit_code_1() {
    let place = Place::new();
    let ran = place.run("admin api-key --user admin");
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.err, format!("platbook: there is no database in {}\n", place.data().display()));
    assert!(!place.data().exists(), "and none is made by mistake");
    let _server = place.serve("").await;
    let ran = place.run("admin api-key --user nobody");
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), "platbook: There is no user \"nobody\".\n"));
    assert_eq!(place.run("admin api-key").code, Some(2));
}
