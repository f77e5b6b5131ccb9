//! The change log in API v2.

use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::platbook::{PASSWORD, Place, Server, answer};

async fn with_a_user() -> (Place, Server) {
    let place = Place::new();
    let server = place.serve("").await;
    server.v2(Method::POST, "/ipam/netblocks", json!({ "cidr": "10.0.0.0/8", "rir": "1918" })).await;
    server.v2(Method::POST, "/users", json!({ "username": "ann", "password": "a password for tests" })).await;
    (place, server)
}

#[tokio::test]
async fn an_administrator_reads_who_did_what() {
    let (_place, server) = with_a_user().await;
    let entry = server.v2(Method::GET, "/log?limit=1", Value::Null).await[0].take();
    assert_eq!((&entry["actor"], &entry["operation"]), (&json!("admin"), &json!("user.add")));
    assert_eq!(entry["changes"][0][3]["name"], "ann", "{entry}");
    let by_admin = server.v2(Method::GET, "/log?actor=admin&operation=user&search=ANN", Value::Null).await;
    assert_eq!(by_admin, json!([entry]));
    let none = server.v2(Method::GET, "/log?before=2020-01-01T00:00:00Z", Value::Null).await;
    assert_eq!(none, json!([]));
}

#[tokio::test]
async fn others_may_not() {
    let (_place, server) = with_a_user().await;
    let request = server.request(Method::GET, "/api/v2/log").basic_auth("ann", Some("a password for tests"));
    let (status, text) = answer(request).await;
    assert!(status == 403 && text.contains("Only administrators"), "{status} {text}");
    assert_eq!(server.get("/api/v2/log").await.0, 401);
}

#[tokio::test]
async fn a_part_links_to_the_next_one_until_the_end() {
    let (_place, server) = with_a_user().await;
    let all = server.v2(Method::GET, "/log?limit=1000", Value::Null).await;
    let (mut path, mut read) = ("/api/v2/log?limit=2".to_owned(), Vec::new());
    loop {
        let response = server.request(Method::GET, &path).basic_auth("admin", Some(PASSWORD)).send().await.unwrap();
        let link = response.headers().get(header::LINK).map(|link| link.to_str().unwrap().to_owned());
        read.extend(response.json::<Vec<Value>>().await.unwrap());
        let Some(link) = link else { break };
        path = link.strip_prefix('<').unwrap().split_once('>').unwrap().0.to_owned();
    }
    assert_eq!(Value::Array(read), all);
}

#[tokio::test]
async fn the_log_comes_as_csv_to_those_who_want_it() {
    let (_place, server) = with_a_user().await;
    let log = |path: &str| server.request(Method::GET, path).basic_auth("admin", Some(PASSWORD));
    let (_, by_format) = answer(log("/api/v2/log?format=csv&limit=1")).await;
    let (_, by_header) = answer(log("/api/v2/log?limit=1").header(header::ACCEPT, "text/csv")).await;
    assert_eq!(by_format, by_header);
    assert_eq!(by_format.lines().next(), Some("id,at,actor,request,operation,changes"));
    assert!(by_format.contains(",admin,") && by_format.contains(",user.add,"), "{by_format}");
}

#[tokio::test]
async fn each_parameter_that_is_wrong_is_named() {
    let (_place, server) = with_a_user().await;
    let path = "/api/v2/log?after=yesterday&before=2026-01-01&limit=0&format=pdf";
    let (status, text) = answer(server.request(Method::GET, path).basic_auth("admin", Some(PASSWORD))).await;
    assert_eq!(status, 422, "{text}");
    for field in ["after", "before", "limit", "format"] {
        assert!(text.contains(&format!("\"field\":\"{field}\"")), "{field}: {text}");
    }
}
