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
    assert_eq!(by_format.lines().next(), Some("id,at,level,category,actor,request,operation,text,changes"));
    assert!(by_format.contains(",Info,User,admin,") && by_format.contains(",user.add,"), "{by_format}");
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

#[tokio::test]
async fn who_was_refused_is_in_the_log_and_so_is_the_kind_of_every_entry() {
    let (_place, server) = with_a_user().await;
    let as_user =
        |name: &str, password: &str| server.request(Method::GET, "/api/v2/log").basic_auth(name, Some(password));
    assert_eq!(answer(as_user("ann", "a password for tests")).await.0, 403);
    assert_eq!(answer(as_user("eve", "a guess")).await.0, 401);
    let refused = server.until_v2("/log?level=warning", |log| log.as_array().is_some_and(|log| log.len() == 2)).await;
    let (eve, ann) = (&refused[0], &refused[1]);
    assert_eq!(eve["text"], "\"eve\" from 127.0.0.1 was not let in: GET /api/v2/log", "{refused}");
    assert_eq!((&eve["category"], &eve["actor"], &eve["changes"]), (&json!("User"), &json!("unknown"), &json!([])));
    assert_eq!(ann["text"], "\"ann\" from 127.0.0.1 was refused for lack of rights: GET /api/v2/log", "{refused}");
    assert_eq!((&ann["category"], &ann["actor"]), (&json!("API"), &json!("ann")));
    let ipam = server.v2(Method::GET, "/log?category=IPAM,VLAN&level=Info", Value::Null).await;
    assert!(ipam.as_array().unwrap().iter().any(|entry| entry["operation"] == "block.add"), "{ipam}");
    assert!(ipam.as_array().unwrap().iter().all(|entry| entry["category"] == "IPAM"), "{ipam}");
}

#[tokio::test]
async fn an_address_finds_what_was_done_with_its_block() {
    let (_place, server) = with_a_user().await;
    server.v2(Method::PATCH, "/ipam/netblocks/10.0.0.0/8", json!({ "meta1": "x" })).await;
    let found = server.v2(Method::GET, "/log?search=10.0.0.0/8", Value::Null).await;
    let operations: Vec<_> = found.as_array().unwrap().iter().map(|entry| entry["operation"].clone()).collect();
    assert_eq!(operations, ["block.update", "block.add"]);
    assert_eq!(server.v2(Method::GET, "/log?search=192.0.2.1", Value::Null).await, json!([]));
}

#[tokio::test]
async fn an_administrator_says_how_long_the_log_is_kept() {
    let (_place, server) = with_a_user().await;
    let for_ever = json!({ "days": null, "begins_after": null });
    assert_eq!(server.v2(Method::GET, "/log/retention", Value::Null).await, for_ever);
    let set = server.v2(Method::PUT, "/log/retention", json!({ "days": 365 })).await;
    assert_eq!(set, json!({ "days": 365, "begins_after": null }));
    let entry = server.v2(Method::GET, "/log?limit=1&category=System", Value::Null).await[0].take();
    assert_eq!((&entry["operation"], &entry["changes"][0][3]["days"]), (&json!("log.set_retention"), &json!(365)));
    let put = server.request(Method::PUT, "/api/v2/log/retention").json(&json!({ "days": 1 }));
    assert_eq!(answer(put.basic_auth("ann", Some("a password for tests"))).await.0, 403);
    let wrong = server.request(Method::PUT, "/api/v2/log/retention").json(&json!({ "days": 0 }));
    assert_eq!(answer(wrong.basic_auth("admin", Some(PASSWORD))).await.0, 422);
}
