//! One box over everything, through the door; and what it finds after a backup was restored.

use reqwest::Method;
use serde_json::{Value, json};

use crate::platbook::{PASSWORD, Place, Server, answer};

async fn hits(server: &Server, text: &str) -> Vec<(String, String, String)> {
    let request = server.request(Method::GET, "/api/v2/search").query(&[("q", text)]);
    let (status, body) = answer(request.basic_auth("admin", Some(PASSWORD))).await;
    assert_eq!(status, 200, "{body}");
    let hits: Vec<Value> = serde_json::from_str(&body).unwrap();
    let text = |hit: &Value, key: &str| hit[key].as_str().unwrap().to_owned();
    hits.iter().map(|hit| (text(hit, "type"), text(hit, "name"), text(hit, "detail"))).collect()
}

fn hit(kind: &str, name: &str, detail: &str) -> (String, String, String) {
    (kind.to_owned(), name.to_owned(), detail.to_owned())
}

#[tokio::test]
async fn blocks_and_resources_are_found_together_also_after_a_restore() {
    let place = Place::new();
    let mut server = place.serve("").await;
    let acme = server.v2(Method::POST, "/resources", json!({ "name": "Acme North", "type": "customer" })).await;
    let acme = acme["id"].as_str().unwrap().to_owned();
    let block = json!({ "cidr": "192.0.2.0/24", "rir": "ARIN", "notes": "North campus", "resource_id": acme });
    server.v2(Method::POST, "/ipam/netblocks", block).await;
    let both = [hit("block", "192.0.2.0/24", "assigned to Acme North"), hit("resource", "Acme North", "customer")];
    assert_eq!(hits(&server, "north").await, both);
    assert_eq!(hits(&server, "192.0.2.77").await, both[..1]);
    let found = server.v2(Method::GET, "/search?q=acme", Value::Null).await;
    let href = found[0]["href"].as_str().unwrap().to_owned();
    assert_eq!(href, format!("/api/v2/resources/{acme}"));

    let file = place.path("backup.gz");
    place.run(&format!("backup {}", file.display())).said();
    server.stop().await;
    let other = Place::new();
    other.run(&format!("restore {}", file.display())).said();
    std::fs::copy(place.data().join("master.key"), other.data().join("master.key")).unwrap();
    let restored = other.serve("").await;
    assert_eq!(other.run("check").said(), "Everything fits together.\n");
    assert_eq!(hits(&restored, "north").await, both);
}

#[tokio::test]
async fn a_search_for_nothing_is_refused_in_words() {
    let place = Place::new();
    let server = place.serve("").await;
    for (query, why) in [
        ("q=", "q: must have 1 to 255 printable characters"),
        ("q=%20", "q: must have 1 to 255 printable characters"),
        ("q=a%00b", "q: must have 1 to 255 printable characters"),
        ("q=x&limit=0", "limit: must be 1 to 100"),
        ("q=x&limit=101", "limit: must be 1 to 100"),
    ] {
        let request = server.request(Method::GET, &format!("/api/v2/search?{query}"));
        let (status, body) = answer(request.basic_auth("admin", Some(PASSWORD))).await;
        assert_eq!(status, 422, "{query} {body}");
        assert!(body.contains(why), "{body}");
    }
}
