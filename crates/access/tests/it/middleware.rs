//! The layer that finds out who calls.

use access::{Secure, TransportPolicy};
use axum::{
    Extension, Router,
    body::Body,
    http::{Request, header::AUTHORIZATION},
    routing::get,
};
use kernel::{Actor, RequestId};
use testkit::{Engine, on_both};

use crate::door::{Door, PASSWORD, admin, basic, router};

/// Answers with the caller's name and the id of the request.
async fn who(actor: Option<Extension<Actor>>) -> String {
    actor.map_or_else(|| "nobody".to_owned(), |Extension(actor)| format!("{} {}", actor.name, actor.request))
}

async fn open_door(policy: TransportPolicy, secure: Option<Secure>) -> Door {
    let door = Door::on(Engine::Sqlite).await;
    let doors = router(&door.access, policy)
        .merge(Router::new().route("/who", get(who)).layer(access::recognise(&door.access, policy)));
    let doors = match secure {
        Some(secure) => doors.layer(Extension(secure)),
        None => doors,
    };
    door.through(doors)
}

async fn safe() -> Door {
    open_door(TransportPolicy::default(), Some(Secure(true))).await
}

fn to(path: &str) -> axum::http::request::Builder {
    Request::get(path)
}

async fn send(door: &Door, request: axum::http::request::Builder) -> (u16, String) {
    let said = door.send(request.body(Body::empty()).unwrap()).await;
    (said.status, said.text)
}

#[tokio::test]
async fn without_credentials_a_request_goes_on_to_its_door() {
    let door = safe().await;
    assert_eq!(send(&door, to("/who")).await, (200, "nobody".to_owned()));
    let (status, text) = send(&door, to("/api/v2/users/me")).await;
    assert!(status == 401 && text.contains("Sign in with HTTP Basic"), "{text}");
    let (status, text) = send(&door, to("/api/v1/api.php?target=ipam&action=get")).await;
    assert!(status == 401 && text.starts_with(r#"{"success":0,"message":"Sign in"#), "{text}");
}

#[tokio::test]
async fn wrong_credentials_are_answered_in_the_form_of_the_door() {
    let door = safe().await;
    let wrong = basic("admin", "wrong");
    let (status, text) = send(&door, to("/api/v1/api.php?target=ipam&action=get").header(AUTHORIZATION, &wrong)).await;
    assert_eq!((status, &*text), (401, r#"{"success":0,"message":"The user name or the password is wrong."}"#));
    let (status, text) = send(&door, to("/api/v2/users").header(AUTHORIZATION, &wrong)).await;
    assert!(
        status == 401 && text.starts_with(r#"{"type":"about:blank","title":"Unauthorized","status":401"#),
        "{text}"
    );
    assert_eq!(send(&door, to("/who").header(AUTHORIZATION, wrong)).await.0, 401, "also where nobody needs them");
    assert_eq!(send(&door, to("/api/v2/users").header(AUTHORIZATION, "Digest x")).await.0, 401);
}

#[tokio::test]
async fn the_caller_carries_the_id_of_the_request() {
    let door = safe().await;
    let signed_in = to("/who").header(AUTHORIZATION, admin());
    let mut request = signed_in.body(Body::empty()).unwrap();
    request.extensions_mut().insert(RequestId("r-17".into()));
    assert_eq!(door.send(request).await.text, "admin r-17");
    let fresh = async || send(&door, to("/who").header(AUTHORIZATION, admin())).await.1;
    let (one, two) = (fresh().await, fresh().await);
    assert!(one != two && one.len() == "admin ".len() + 16, "{one} {two}");
}

#[tokio::test]
async fn credentials_on_an_unsafe_way_are_refused_and_said_to_be_exposed() {
    for secure in [None, Some(Secure(false))] {
        let door = open_door(TransportPolicy::default(), secure).await;
        for who in [admin(), basic("admin", "wrong")] {
            let (status, text) = send(&door, to("/api/v2/users").header(AUTHORIZATION, who)).await;
            assert!(status == 403 && text.contains("it has been exposed and must be changed"), "{status} {text}");
        }
        let (status, text) = send(&door, to("/api/v2/users").header(AUTHORIZATION, "Bearer pb_x")).await;
        assert!(status == 403 && text.contains("Revoke it"), "{text}");
        let url = "/api/v1/api.php?target=ipam&apiKey=1-K&hash=yneSFMyxPPe+3W4IOkVp50K3VStatBcRRak+2ygDUWQ=";
        let (_, text) = send(&door, to(url)).await;
        assert!(text.starts_with(r#"{"success":0,"message":"Signed requests are taken over HTTPS only"#), "{text}");
        assert_eq!(send(&door, to("/who")).await.0, 200, "without credentials nothing is exposed");
    }
}

#[tokio::test]
async fn a_laboratory_may_allow_unsafe_ways() {
    let door = open_door(TransportPolicy { allow_plain: true }, None).await;
    assert_eq!(send(&door, to("/api/v2/users").header(AUTHORIZATION, admin())).await.0, 200);
}

#[tokio::test]
async fn a_signature_that_can_not_be_read_is_refused() {
    let door = safe().await;
    let (status, text) = send(&door, to("/api/v1/api.php?target=ipam&hash=x")).await;
    assert!(status == 401 && text.contains("apiKey: a request with a hash needs an apiKey"), "{text}");
    assert_eq!(send(&door, to("/who?hash=x")).await.0, 200, "elsewhere the parameter means nothing");
}

on_both! {
    async fn api_v1_takes_passwords_and_tokens_as_well(engine) {
        let door = Door::on(engine).await;
        door.user("ann").await;
        let said = door.ask(&basic("ann", PASSWORD), "POST", "/tokens", serde_json::json!({"name": "t"})).await.json();
        let bearer = format!("Bearer {}", said["token"].as_str().unwrap());
        for who in [basic("ann", PASSWORD), bearer] {
            let request = to("/api/v1/api.php?target=ipam&action=get").header(AUTHORIZATION, who);
            assert_eq!(send(&door, request).await, (200, r#"{"success":1,"message":"Done.","by":"ann"}"#.to_owned()));
        }
    }
}
