//! Secrets that were planted everywhere, and looked for everywhere.

use reqwest::Method;
use serde_json::{Value, json};

use crate::platbook::{PASSWORD, Place, answer};

/// Text that stands nowhere else.
const PLANTED: [&str; 4] = ["planted-password-1", "planted-password-2", "planted-attribute-3", "planted-nonsense-4"];

#[tokio::test]
async fn no_secret_is_in_a_log_an_export_a_backup_or_an_error() {
    let place = Place::new();
    let server = place.serve("").await;
    let [first, second, attribute, nonsense] = PLANTED;
    let mut said = String::new();

    let ann = server.v2(Method::POST, "/users", json!({ "username": "ann", "password": first })).await;
    let user = format!("/users/{}", ann["id"]);
    server.v2(Method::PATCH, &user, json!({ "password": second })).await;
    let token = server.v2(Method::POST, "/tokens", json!({ "name": "planted" })).await;
    let token = token["token"].as_str().unwrap().to_owned();
    let key = place.run("admin api-key --user ann --json").said();
    let key: Value = serde_json::from_str(&key).unwrap();
    let secret = key["secret"].as_str().unwrap().to_owned();

    let field = json!({ "name": "Console password", "slug": "console", "type": "field", "field_type": "encrypted" });
    server.v2(Method::POST, "/resources", field).await;
    let section = json!({ "name": "Router", "type": "section", "slug": "router", "fields": [{ "slug": "console" }] });
    server.v2(Method::POST, "/resources", section).await;
    let router = json!({ "name": "R1", "type": "entry", "section": "router", "attrs": { "console": attribute } });
    let router = server.v2(Method::POST, "/resources", router).await["id"].as_str().unwrap().to_owned();

    // What is refused says why, and doesn't repeat what it was given.
    let wrong = [
        server.request(Method::GET, "/api/v2/users/me").basic_auth("ann", Some(nonsense)),
        server.request(Method::GET, "/api/v2/users/me").bearer_auth(nonsense),
        server.request(Method::GET, "/api/v2/users/me").header("authorization", format!("Basic {nonsense}")),
        server
            .request(Method::GET, &format!("/api/v1/api.php?target=ipam&action=get&apiKey={nonsense}&hash={nonsense}")),
    ];
    let odd = [
        json!({ "username": "b", "password": [nonsense] }),
        json!({ "username": "ann", "password": nonsense }),
        json!({ "username": "c", "pasword": nonsense }),
    ];
    let odd =
        odd.map(|body| server.request(Method::POST, "/api/v2/users").basic_auth("admin", Some(PASSWORD)).json(&body));
    for request in wrong.into_iter().chain(odd) {
        let (status, text) = answer(request).await;
        assert!((400..500).contains(&status), "{status} {text}");
        said.push_str(&text);
    }

    // What can be read says nothing either.
    let paths = [
        "/users".to_owned(),
        "/tokens".to_owned(),
        "/log?limit=100".to_owned(),
        format!("/resources/{router}"),
        format!("/resources/{router}/attrs"),
        format!("/resources/{router}/history"),
        format!("/search?q={attribute}"),
        "/resources?type=entry&format=csv".to_owned(),
        "/openapi.json".to_owned(),
    ];
    for path in paths {
        let request = server.request(Method::GET, &format!("/api/v2{path}"));
        said.push_str(&answer(request.basic_auth("admin", Some(PASSWORD))).await.1);
    }
    let csv = server.request(Method::GET, "/api/v2/log?limit=100").header("accept", "text/csv");
    said.push_str(&answer(csv.basic_auth("admin", Some(PASSWORD))).await.1);
    said.push_str(&answer(server.request(Method::GET, "/metrics")).await.1);

    // The words of the program, its files and a backup of them.
    said.push_str(&server.out());
    said.push_str(&server.err());
    let backup = place.path("backup");
    place.run(&format!("backup {}", backup.display())).said();
    let mut written = std::fs::read(backup).unwrap();
    for file in place.files() {
        written.extend(std::fs::read(place.data().join(file)).unwrap_or_default());
    }
    let is_written = |text: &str| written.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(is_written("ann") && said.contains("Console password"), "what is not secret is there");
    for planted in PLANTED.into_iter().chain([&token[8..], &*secret, PASSWORD]) {
        assert!(!said.contains(planted), "{planted} was said: {said}");
        assert!(!is_written(planted), "{planted} is on the disk");
    }
}
