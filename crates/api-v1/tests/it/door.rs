//! Calls through the router.

use api_v1::{Actions, Answer, PATH, Request, refuse, router};
use axum::{
    Extension, Router,
    body::Body,
    http::{self, HeaderMap, StatusCode},
};
use http_body_util::BodyExt;
use kernel::{Actor, Error, Result};
use serde_json::json;
use tower::ServiceExt;

async fn echo(kind: &'static str, request: Request) -> Result<Answer> {
    let actor = request.actor.name.to_string();
    Ok(Answer::ok(kind).with("actor", actor).data(request.params.to_json()))
}

async fn fail(_: &'static str, request: Request) -> Result<Answer> {
    Err(match request.params.required("kind")? {
        "forbidden" => Error::forbidden("You may not."),
        "busy" => Error::Busy("Later.".into()),
        "stale" => Error::Stale("Changed.".into()),
        "internal" => Error::internal("the disk is on fire"),
        _ => Error::conflict("No."),
    })
}

fn door() -> Router {
    router(Actions::new("echo").on("test", "echo", echo).on("test", "fail", fail))
}

struct Told {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

async fn ask(router: Router, request: http::Request<Body>) -> Told {
    let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Told { status: parts.status, headers: parts.headers, body: String::from_utf8(bytes.to_vec()).unwrap() }
}

fn signed_in() -> Router {
    door().layer(Extension(Actor::system("test")))
}

fn request(method: &str, query: &str) -> http::request::Builder {
    http::Request::builder().method(method).uri(format!("{PATH}?{query}"))
}

async fn get(query: &str) -> Told {
    ask(signed_in(), request("GET", query).body(Body::empty()).unwrap()).await
}

async fn post(query: &str, content_type: &str, body: impl Into<Body>) -> Told {
    let request = request("POST", query).header("content-type", content_type);
    ask(signed_in(), request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn a_get_call_is_answered_in_the_bytes_of_php() {
    let told = get("target=test&action=echo&block=10.0.0.0/8&tags%5B%5D=%C3%A9").await;
    assert_eq!(told.status, StatusCode::OK);
    assert_eq!(told.headers["content-type"], "application/json");
    assert_eq!(told.headers["cache-control"], "no-store");
    assert_eq!(
        told.body,
        r#"{"success":1,"message":"echo","actor":"system","data":{"target":"test","action":"echo","block":"10.0.0.0\/8","tags":["\u00e9"]}}"#
    );
}

#[tokio::test]
async fn a_form_and_a_json_body_are_merged_over_the_query() {
    let expected = r#""data":{"target":"test","action":"echo","id":"2","mask":"24"}}"#;
    let query = "target=test&action=echo&id=1";
    let form = post(query, "application/x-www-form-urlencoded; charset=UTF-8", "id=2&mask=24").await;
    assert!(form.body.ends_with(expected), "{}", form.body);
    let json = post(query, "Application/JSON", json!({"id": 2, "mask": 24}).to_string()).await;
    assert!(json.body.ends_with(expected), "{}", json.body);
}

#[tokio::test]
async fn a_body_may_add_to_a_signed_url_but_not_replace_anything_in_it() {
    let query = "target=test&action=echo&apiKey=1-K&hash=h";
    let form = "application/x-www-form-urlencoded";
    let added = post(query, form, "mask=24").await;
    assert!(added.body.contains(r#""mask":"24""#), "{}", added.body);
    let replaced = post(query, form, "action=fail").await;
    assert_eq!(
        replaced.body,
        r#"{"success":0,"message":"action: is in the signed URL already, and the body may not replace what is signed"}"#
    );
}

#[tokio::test]
async fn target_and_action_may_stand_in_the_body() {
    let told = post("", "application/x-www-form-urlencoded", "target=test&action=echo").await;
    assert!(told.body.starts_with(r#"{"success":1"#), "{}", told.body);
}

#[tokio::test]
async fn a_body_of_another_kind_is_refused() {
    let told = post("target=test&action=echo", "text/xml", "<a/>").await;
    assert_eq!(told.status, StatusCode::OK);
    assert_eq!(
        told.body,
        r#"{"success":0,"message":"Content-Type: the body must be sent as application\/x-www-form-urlencoded, multipart\/form-data or application\/json"}"#
    );
}

#[tokio::test]
async fn a_body_over_4_mib_is_refused_in_the_envelope() {
    let told = post("target=test&action=echo", "application/x-www-form-urlencoded", vec![b'&'; (4 << 20) + 1]).await;
    assert_eq!(told.status, StatusCode::OK);
    assert!(told.body.starts_with(r#"{"success":0,"message":"The body is too large"#), "{}", told.body);
}

#[tokio::test]
async fn without_an_actor_the_door_says_how_to_sign_in() {
    let told = ask(door(), request("GET", "target=test&action=echo").body(Body::empty()).unwrap()).await;
    assert_eq!(told.status, StatusCode::UNAUTHORIZED);
    assert!(told.headers["www-authenticate"].to_str().unwrap().starts_with("Basic realm="));
    for way in [r#"{"success":0,"message":"Sign in"#, "HTTP Basic", "bearer token", "apiKey and hash"] {
        assert!(told.body.contains(way), "{}", told.body);
    }
}

#[tokio::test]
async fn refusals_are_200_and_failures_of_the_server_are_not() {
    for (kind, status, message) in [
        ("conflict", StatusCode::OK, "No."),
        ("forbidden", StatusCode::OK, "You may not."),
        ("busy", StatusCode::SERVICE_UNAVAILABLE, "Later."),
        ("stale", StatusCode::SERVICE_UNAVAILABLE, "Changed."),
        ("internal", StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on the server. It has been logged."),
        ("", StatusCode::OK, "kind: is required"),
    ] {
        let told = get(&format!("target=test&action=fail&kind={kind}")).await;
        assert_eq!(told.status, status, "{kind}");
        assert_eq!(told.body, format!(r#"{{"success":0,"message":"{message}"}}"#), "{kind}");
        assert_eq!(told.headers["content-type"], "application/json");
    }
}

#[tokio::test]
async fn an_unknown_action_is_refused_with_those_that_exist() {
    let told = get("target=test&action=nothing").await;
    assert_eq!(told.status, StatusCode::OK);
    assert_eq!(
        told.body,
        r#"{"success":0,"message":"action: there is no \"nothing\" for target test; there are: echo, fail"}"#
    );
}

#[tokio::test]
async fn only_get_and_post_are_served() {
    for method in ["HEAD", "PUT", "DELETE", "OPTIONS"] {
        let told = ask(signed_in(), request(method, "target=test&action=echo").body(Body::empty()).unwrap()).await;
        assert_eq!(told.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(told.headers["allow"], "GET, POST");
    }
}

#[tokio::test]
async fn a_middleware_can_turn_a_caller_away_in_the_same_form() {
    let response = refuse(&Error::Unauthenticated("The hash does not match.".into()));
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(&bytes[..], br#"{"success":0,"message":"The hash does not match."}"#);
}
