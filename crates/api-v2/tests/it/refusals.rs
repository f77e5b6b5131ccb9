//! What is refused, and in which form.

use serde_json::json;

use crate::example::{call, get};

#[tokio::test]
async fn every_error_has_its_status_and_sentence() {
    for (how, status, title) in [
        ("unauthenticated", 401, "Unauthorized"),
        ("forbidden", 403, "Forbidden"),
        ("not_found", 404, "Not Found"),
        ("conflict", 409, "Conflict"),
        ("too_large", 413, "Payload Too Large"),
        ("stale", 503, "Service Unavailable"),
        ("busy", 503, "Service Unavailable"),
    ] {
        let answer = get(&format!("/api/v2/fail/{how}")).await;
        assert_eq!(answer.status, status, "{how}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let expected = json!({
            "type": "about:blank", "title": title, "status": status, "detail": format!("This is {how}."), "instance": "r-1"
        });
        assert_eq!(answer.json(), expected);
    }
}

#[tokio::test]
async fn invalid_input_names_its_fields() {
    let answer = get("/api/v2/fail/invalid").await;
    assert_eq!(answer.status, 422);
    assert_eq!(
        answer.json(),
        json!({
            "type": "about:blank", "title": "Unprocessable Entity", "status": 422, "detail": "how: This is invalid.",
            "instance": "r-1", "errors": [{"field": "how", "detail": "This is invalid."}]
        })
    );
}

#[tokio::test]
async fn our_own_faults_are_not_told() {
    let answer = get("/api/v2/fail/internal").await;
    assert_eq!(answer.status, 500);
    assert_eq!(
        answer.json(),
        json!({
            "type": "about:blank", "title": "Internal Server Error", "status": 500,
            "detail": "Something went wrong on the server. It has been logged.", "instance": "r-1"
        })
    );
}

#[tokio::test]
async fn a_refusal_says_what_to_do_in_its_headers() {
    let answer = get("/api/v2/fail/unauthenticated").await;
    assert_eq!(answer.header("www-authenticate"), "Basic realm=\"Platbook\", Bearer");
    assert_eq!(get("/api/v2/fail/busy").await.header("retry-after"), "1");
    assert_eq!(get("/api/v2/fail/conflict").await.header("retry-after"), "");
}

#[tokio::test]
async fn whoever_did_not_sign_in_is_told_how() {
    let answer =
        crate::example::send(axum::http::Request::post("/api/v2/parcels").body(axum::body::Body::from("{}")).unwrap())
            .await;
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.json(),
        json!({
            "type": "about:blank", "title": "Unauthorized", "status": 401,
            "detail": "Sign in with HTTP Basic (user name and password) or with \"Authorization: Bearer TOKEN\".",
            "instance": "r-1"
        })
    );
    let answer = call("POST", "/api/v2/parcels", r#"{"name": "a"}"#).await;
    assert_eq!((answer.status, &answer.json()["by"]), (201, &json!("system")));
}

#[tokio::test]
async fn an_unknown_endpoint_is_a_problem_as_well() {
    for uri in ["/api/v2/nothing", "/api/v2/parcels/1/2/3/4", "/api/v2/", "/api/v2"] {
        let answer = get(uri).await;
        assert_eq!(answer.status, 404, "{uri}");
        assert_eq!(answer.json()["detail"], "There is no such endpoint.", "{uri}");
        assert_eq!(answer.json()["instance"], "r-1", "{uri}");
    }
    assert_eq!(get("/elsewhere").await.text, "");
}

#[tokio::test]
async fn a_method_that_is_not_there_is_a_problem_that_lists_those_that_are() {
    let answer = call("PUT", "/api/v2/parcels", "").await;
    assert_eq!(answer.status, 405);
    assert_eq!(answer.header("allow"), "GET,HEAD,POST");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.header("content-length"), answer.text.len().to_string());
    assert_eq!(
        answer.json(),
        json!({
            "type": "about:blank", "title": "Method Not Allowed", "status": 405, "instance": "r-1",
            "detail": "This method is not allowed here. The methods that are: see the Allow header."
        })
    );
}
