//! A new password by mail.

use std::time::Duration;

use access::Peer;
use axum::{
    Extension,
    body::Body,
    http::{Request, header::CONTENT_TYPE},
};
use serde_json::{Value, json};
use store::job::{self, Status};
use testkit::{Engine, on_both};

use crate::{
    door::{Door, PASSWORD, Said, admin, basic, credentials, request, system},
    mail::Office,
};

const NEW: &str = "another password for tests";

/// An office that sends mail, where Ann has an address.
async fn office(engine: Engine) -> (Office, i64) {
    let office = Office::on(engine).await;
    office.set_up().await;
    let id = office.door.user("ann").await;
    office.door.administer("PATCH", &format!("/users/{id}"), json!({"email": "Ann@Example.net"})).await;
    (office, id)
}

/// What is said to somebody who does not sign in.
async fn anonymous(door: &Door, method: &str, body: Value) -> Said {
    let request = Request::builder().method(method).uri("/api/v2/password_resets");
    door.send(request.header(CONTENT_TYPE, "application/json").body(Body::from(body.to_string())).unwrap()).await
}

async fn ask(door: &Door, body: Value) -> String {
    let said = anonymous(door, "POST", body).await;
    assert_eq!(said.status, 202, "{}", said.text);
    said.text
}

async fn set(door: &Door, token: &str, password: &str) -> Said {
    anonymous(door, "PUT", json!({"token": token, "new_password": password})).await
}

fn token_in(mail: &str) -> String {
    let from = mail.find("pbr_").unwrap();
    mail[from..].split_whitespace().next().unwrap().to_owned()
}

/// The token that was mailed last, when there are so many mails.
async fn mailed(office: &Office, count: usize) -> String {
    token_in(&office.carried(count).await[count - 1].body)
}

/// Waits until the jobs have nothing more to do.
async fn quiet(office: &Office) {
    for _ in 0..1000 {
        let mut tx = office.door.test.db.read(&system()).await.unwrap();
        let counts = job::counts(&mut tx).await.unwrap();
        if counts.iter().all(|(status, n)| !matches!(status, Status::Queued | Status::Running) || *n == 0) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the jobs do not end");
}

on_both! {
    async fn whoever_gets_the_mail_sets_a_new_password_once(engine) {
        let (office, id) = office(engine).await;
        ask(&office.door, json!({"username": "ANN"})).await;
        let mail = office.carried(1).await.remove(0);
        assert_eq!((mail.to.as_str(), mail.subject.as_str()), ("Ann@Example.net", "A new password for Platbook"));
        assert!(mail.body.contains("the user \"ann\" of Platbook at https://platbook.example.net."), "{}", mail.body);
        let token = token_in(&mail.body);
        let signed_in = async |password| {
            office.door.access.authenticate(&credentials("ann", password), request(), None).await.is_ok()
        };
        assert!(signed_in(PASSWORD).await);
        let weak = set(&office.door, &token, "short").await;
        assert_eq!((weak.status, &weak.json()["errors"][0]["field"]), (422, &json!("new_password")));
        assert_eq!(set(&office.door, &token, NEW).await.status, 204);
        assert!(signed_in(NEW).await && !signed_in(PASSWORD).await);
        let again = set(&office.door, &token, NEW).await;
        assert!(again.refusal(422).starts_with("token: is not known: it has been used"));
        let mut tx = office.door.test.db.read(&system()).await.unwrap();
        let change = tx.history("user_account", id, 10).await.unwrap().remove(0);
        assert_eq!((change.actor.as_str(), change.operation.as_str()), ("ann", "password_reset.complete"));
    }

    async fn a_token_is_good_for_an_hour(engine) {
        let (office, _) = office(engine).await;
        ask(&office.door, json!({"email": "ann@example.NET"})).await;
        let token = mailed(&office, 1).await;
        office.door.later(3599);
        assert!(set(&office.door, &token, "short").await.text.contains("new_password"));
        office.door.later(1);
        assert_eq!(set(&office.door, &token, NEW).await.status, 422);
    }

    async fn the_answer_does_not_tell_who_has_an_account(engine) {
        let (office, _) = office(engine).await;
        let known = ask(&office.door, json!({"username": "ann"})).await;
        // A clock that leaps while the mail goes out ends the lease of its job, which is then done again.
        quiet(&office).await;
        office.door.later(60);
        for who in [json!({"username": "nobody"}), json!({"email": "nobody@example.net"}), json!({"username": "admin"})] {
            assert_eq!(ask(&office.door, who).await, known);
        }
        quiet(&office).await;
        assert_eq!(office.carried(1).await.len(), 1, "the administrator has no address");
    }

    async fn a_disabled_user_gets_no_mail_and_what_they_have_is_void(engine) {
        let (office, id) = office(engine).await;
        ask(&office.door, json!({"username": "ann"})).await;
        let token = mailed(&office, 1).await;
        office.door.administer("PATCH", &format!("/users/{id}"), json!({"enabled": false})).await;
        assert_eq!(set(&office.door, &token, NEW).await.status, 422);
        ask(&office.door, json!({"username": "ann"})).await;
        quiet(&office).await;
        office.door.administer("PATCH", &format!("/users/{id}"), json!({"enabled": true})).await;
        assert_eq!(set(&office.door, &token, NEW).await.status, 422);
        assert_eq!(office.carried(1).await.len(), 1);
    }

    async fn a_token_ends_with_the_password_or_the_address_for_which_it_was_sent(engine) {
        let (office, id) = office(engine).await;
        for (n, change) in [json!({"email": "other@example.net"}), json!({"password": NEW})].into_iter().enumerate() {
            ask(&office.door, json!({"username": "ann"})).await;
            let token = mailed(&office, n + 1).await;
            office.door.administer("PATCH", &format!("/users/{id}"), change.clone()).await;
            assert_eq!(set(&office.door, &token, PASSWORD).await.status, 422, "{change}");
        }
        ask(&office.door, json!({"username": "ann"})).await;
        let token = mailed(&office, 3).await;
        let own = json!({"current_password": NEW, "new_password": PASSWORD});
        assert_eq!(office.door.ask(&basic("ann", NEW), "PUT", "/users/me/password", own).await.status, 204);
        assert_eq!(set(&office.door, &token, NEW).await.status, 422);
        office.door.administer("DELETE", &format!("/users/{id}"), Value::Null).await;
    }

    async fn nobody_is_flooded_with_mail(engine) {
        let (office, _) = office(engine).await;
        for _ in 0..5 {
            ask(&office.door, json!({"username": "ann"})).await;
            quiet(&office).await;
            office.door.later(60);
        }
        assert_eq!(office.carried(3).await.len(), 3);
        office.door.later(3600);
        ask(&office.door, json!({"username": "ann"})).await;
        office.carried(4).await;
    }

    async fn one_place_asks_a_few_times_a_minute(engine) {
        let (office, _) = office(engine).await;
        let access = office.door.access.clone();
        let from = Extension(Peer { address: [192, 0, 2, 1].into(), tls: true });
        let routes = api_v2::assemble("1.0.0", access::v2(&access)).unwrap().0.layer(from);
        let Office { door, .. } = office;
        let door = door.through(routes);
        for _ in 0..5 {
            ask(&door, json!({"username": "nobody"})).await;
        }
        assert_eq!(anonymous(&door, "POST", json!({"username": "nobody"})).await.status, 503);
    }

    async fn what_can_not_be_meant_is_refused(engine) {
        let office = Office::on(engine).await;
        let without = anonymous(&office.door, "POST", json!({"username": "ann"})).await;
        assert!(without.refusal(404).starts_with("Mail is not set up."));
        office.set_up().await;
        for wrong in [json!({}), json!({"username": "ann", "email": "ann@example.net"}), json!({"username": "x".repeat(255)}), json!({"username": "a\u{0}b"})] {
            assert_eq!(anonymous(&office.door, "POST", wrong).await.status, 422);
        }
        for token in ["", "pbr_", &format!("pbr_{}", "x".repeat(40)), "pb_x"] {
            assert!(set(&office.door, token, NEW).await.refusal(422).starts_with("token: "));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_disk_holds_neither_the_token_nor_what_was_typed() {
    let (office, _) = office(Engine::Sqlite).await;
    ask(&office.door, json!({"username": "my-secret-typed-here"})).await;
    ask(&office.door, json!({"username": "ann"})).await;
    let token = mailed(&office, 1).await;
    quiet(&office).await;
    let folder = office.door.test.db.file().unwrap().parent().unwrap().to_owned();
    let mut written = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        written.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let on_disk = |text: &str| written.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(on_disk("password_reset.mail") && !on_disk(&token[4..]) && !on_disk("my-secret-typed-here"));
    assert_eq!(office.door.get(&admin(), "/users/me").await.status, 200);
}
