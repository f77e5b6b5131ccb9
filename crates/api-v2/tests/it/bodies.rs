//! JSON bodies.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use crate::example::{call, send};

const PARCELS: &str = "/api/v2/parcels";

/// The status, and the field and the rule of the only error.
async fn refusal(body: &str) -> (u16, Value, Value) {
    let answer = call("POST", PARCELS, body.to_owned()).await;
    let error = answer.json()["errors"][0].clone();
    assert!(answer.json()["errors"][1].is_null());
    (answer.status, error["field"].clone(), error["detail"].clone())
}

#[tokio::test]
async fn a_wrong_field_is_named_with_its_rule() {
    for (body, field, detail) in [
        (r"{}", "name", "is required"),
        ("", "name", "is required"),
        (r#"{"name": 5}"#, "name", "must be a string, not the number 5"),
        (r#"{"name": null}"#, "name", "must be a string, not null"),
        (r#"{"name": "a", "mask": "b"}"#, "mask", r#"must be a whole number from 0 to 255, not the text "b""#),
        (r#"{"name": "a", "mask": 256}"#, "mask", "must be a whole number from 0 to 255, not the number 256"),
        (r#"{"name": "a", "mask": -1}"#, "mask", "must be a whole number from 0 to 255, not the number -1"),
        (r#"{"name": "a", "mask": 1.5}"#, "mask", "must be a whole number from 0 to 255, not the number 1.5"),
        (r#"{"name": "a", "big": "yes"}"#, "big", r#"must be true or false, not the text "yes""#),
        (r#"{"name": "a", "corners": {}}"#, "corners", "must be a list, not an object"),
        (r#"{"name": "a", "corners": [{"x": 1}, {}]}"#, "corners[1].x", "is required"),
        (r#"{"name": "a", "corners": [{"x": true}]}"#, "corners[0].x", "must be a whole number, not true"),
        (r#"{"name": "a", "corners": [7]}"#, "corners[0]", "must be an object, not the number 7"),
        (r#"{"name": "a", "colour": 1}"#, "colour", "is not known here; known are: name, mask, big, corners"),
        (r#"{"name": "a", "name": "b"}"#, "name", "is given more than once"),
        (r#""text""#, "body", r#"must be an object, not the text "text""#),
    ] {
        assert_eq!(refusal(body).await, (422, json!(field), json!(detail)), "{body}");
    }
}

#[tokio::test]
async fn a_wrong_field_is_a_whole_problem() {
    assert_eq!(
        call("POST", PARCELS, r#"{"name": "a", "mask": "b"}"#).await.json(),
        json!({
            "type": "about:blank", "title": "Unprocessable Entity", "status": 422, "instance": "r-1",
            "detail": "mask: must be a whole number from 0 to 255, not the text \"b\"",
            "errors": [{"field": "mask", "detail": "must be a whole number from 0 to 255, not the text \"b\""}]
        })
    );
}

#[tokio::test]
async fn an_answer_does_not_repeat_a_megabyte() {
    let body = json!({"name": "a", "mask": "9".repeat(1_000_000)}).to_string();
    let (status, _, detail) = refusal(&body).await;
    assert_eq!(status, 422);
    assert!(detail.as_str().unwrap().len() < 200);
    let (_, field, _) = refusal(&json!({"name": "a", "9".repeat(1_000_000): 1}).to_string()).await;
    assert!(field.as_str().unwrap().len() < 200);
}

#[tokio::test]
async fn what_is_not_json_is_shown_with_line_and_column() {
    let answer = call("POST", PARCELS, "{\n  \"name\": \"a\",\n  oops\n}").await;
    assert_eq!(
        answer.json(),
        json!({
            "type": "about:blank", "title": "Bad Request", "status": 400, "instance": "r-1",
            "detail": "The body is not valid JSON: key must be a string at line 3 column 3."
        })
    );
    assert_eq!(answer.status, 400);
    for body in ["{", "{\"name\": \"a\"} x", "\u{feff}{}", "{\"name\": \"\\ud800\"}"] {
        let answer = call("POST", PARCELS, body.to_owned()).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text);
        assert!(answer.text.contains(" at line 1 column "), "{}", answer.text);
    }
    assert_eq!(call("POST", PARCELS, vec![b'"', 0xff, b'"']).await.status, 400);
}

#[tokio::test]
async fn a_body_that_does_not_say_it_is_json_is_refused() {
    let post = |kind: &str| {
        let request = Request::post(PARCELS).header("authorization", "Basic x").header("content-type", kind);
        send(request.body(Body::from(r#"{"name": "a"}"#)).unwrap())
    };
    for kind in ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"] {
        assert_eq!(post(kind).await.status, 201, "{kind}");
    }
    for kind in ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"] {
        assert_eq!(post(kind).await.status, 415, "{kind}");
    }
    assert_eq!(
        post("text/plain").await.json(),
        json!({
            "type": "about:blank", "title": "Unsupported Media Type", "status": 415, "instance": "r-1",
            "detail": "The body must be JSON. Send it with \"Content-Type: application/json\"."
        })
    );
}

#[tokio::test]
async fn an_empty_body_counts_as_an_empty_object_of_any_type() {
    let request = Request::patch("/api/v2/parcels/1").body(Body::empty()).unwrap();
    assert_eq!(send(request).await.json(), "Keep");
    assert_eq!(call("PATCH", "/api/v2/parcels/1", " \r\n").await.json(), "Keep");
}

#[tokio::test]
async fn a_change_tells_absent_null_and_value_apart() {
    for (body, change) in [("{}", "Keep"), (r#"{"mask": null}"#, "Clear"), (r#"{"mask": 24}"#, "Set(24)")] {
        assert_eq!(call("PATCH", "/api/v2/parcels/1", body).await.json(), change);
    }
    let answer = call("PATCH", "/api/v2/parcels/1", r#"{"mask": "x"}"#).await;
    assert_eq!(answer.json()["errors"][0]["field"], "mask");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let answer = call("POST", PARCELS, vec![b' '; 3 * 1024 * 1024]).await;
    assert_eq!(
        answer.json(),
        json!({
            "type": "about:blank", "title": "Payload Too Large", "status": 413, "instance": "r-1",
            "detail": "The body is larger than this server takes."
        })
    );
    assert_eq!(answer.status, 413);
}
