//! The idempotency key.

use axum::{body::Body, http::Request};
use serde_json::json;

use crate::example::{Answer, send};

async fn walk(keys: &[&[u8]]) -> Answer {
    let request = Request::put("/api/v2/parcels/1/walk");
    let request = keys.iter().fold(request, |request, key| request.header("idempotency-key", *key));
    send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_key_of_1_to_200_printable_characters_is_taken() {
    assert_eq!(walk(&[]).await.json()["key"], json!(null));
    for key in ["a", "order 66 ~!", &"k".repeat(200)] {
        assert_eq!(walk(&[key.as_bytes()]).await.json()["key"], key);
    }
}

#[tokio::test]
async fn any_other_key_is_refused() {
    for keys in [&[b"".as_slice()] as &[&[u8]], &[&[b'k'; 201]], &[b"a\tb"], &["\u{e9}".as_bytes()], &[b"a", b"a"]] {
        let answer = walk(keys).await;
        assert_eq!(answer.status, 422, "{keys:?}");
        let rule = "must be 1 to 200 printable ASCII characters, and be given once";
        assert_eq!(answer.json()["errors"], json!([{"field": "Idempotency-Key", "detail": rule}]));
    }
}
