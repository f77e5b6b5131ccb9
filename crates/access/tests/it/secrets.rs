//! Secrets stay where they are.

use std::fs;

use serde_json::{Value, json};
use testkit::{Engine, on_both};

use crate::door::{Door, PASSWORD, admin, basic, system};

on_both! {
    async fn the_change_log_tells_that_a_secret_changed_but_not_the_secret(engine) {
        let door = Door::on(engine).await;
        let id = door.user("ann").await;
        door.administer("PATCH", &format!("/users/{id}"), json!({"password": "quite another one"})).await;
        let token = door.ask(&admin(), "POST", "/tokens", json!({"name": "t"})).await.json();
        let key = door.access.make_api_key(&system(), "ann").await.unwrap();
        door.access.make_api_key(&system(), "ann").await.unwrap();
        let mut tx = door.test.db.read(&system()).await.unwrap();
        let mut told = String::new();
        for (table, id) in [("user_account", id), ("token", token["id"].as_i64().unwrap())] {
            for change in tx.history(table, id, 10).await.unwrap() {
                told.push_str(&change.items.to_string());
                assert_eq!(change.actor, "admin");
            }
        }
        let key_id = tx.scalar::<i64>("SELECT id FROM api_key", &[]).await.unwrap().unwrap();
        for change in tx.history("api_key", key_id, 10).await.unwrap() {
            told.push_str(&change.items.to_string());
        }
        let check = tx.scalar::<i64>("SELECT id FROM master_key_check", &[]).await.unwrap().unwrap();
        told.push_str(&tx.history("master_key_check", check, 10).await.unwrap()[0].items.to_string());
        for column in ["password_hash", "hash", "secret", "sealed"] {
            assert!(told.contains(&format!(r#""{column}":"(secret)""#)), "{column}: {told}");
        }
        let token = token["token"].as_str().unwrap();
        for secret in [PASSWORD, "quite another one", "argon2", &token[8..], &key.secret.0] {
            assert!(!told.contains(secret), "{secret} in {told}");
        }
    }

    async fn no_answer_shows_a_password_or_a_hash(engine) {
        let door = Door::on(engine).await;
        let id = door.user("ann").await;
        let user = format!("/users/{id}");
        for (method, path, body) in [
            ("GET", user.as_str(), Value::Null),
            ("GET", "/users", Value::Null),
            ("PATCH", &user, json!({"password": PASSWORD, "enabled": 7})),
            ("POST", "/users", json!({"username": "x y", "password": PASSWORD})),
            ("POST", "/users", json!({"username": "ann", "password": PASSWORD})),
            ("POST", "/users", json!({"username": "ann", "password": [PASSWORD]})),
            ("PUT", "/users/me/password", json!({"current_password": "wrong", "new_password": PASSWORD})),
        ] {
            let said = door.ask(&admin(), method, path, body).await;
            for secret in [PASSWORD, "argon2", "password_hash"] {
                assert!(!said.text.contains(secret), "{method} {path}: {}", said.text);
            }
        }
    }
}

#[tokio::test]
async fn nothing_on_the_disk_shows_a_secret() {
    let door = Door::on(Engine::Sqlite).await;
    door.user("ann").await;
    let made = door.ask(&basic("ann", PASSWORD), "POST", "/tokens", json!({"name": "t"})).await.json();
    let token = made["token"].as_str().unwrap().to_owned();
    assert_eq!(door.get(&format!("Bearer {token}"), "/users/me").await.status, 200);
    let key = door.access.make_api_key(&system(), "ann").await.unwrap();
    let folder = door.test.db.file().unwrap().parent().unwrap().to_owned();
    let mut written = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        written.extend(fs::read(file.unwrap().path()).unwrap());
    }
    let on_disk = |text: &str| written.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(on_disk("ann") && on_disk(&key.api_key) && on_disk(&token[..8]));
    assert!(!on_disk(PASSWORD) && !on_disk(&token[8..]) && !on_disk(&key.secret.0));
}
