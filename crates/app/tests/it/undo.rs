//! Taking changes back through API v2.

use reqwest::Method;
use serde_json::{Value, json};

use crate::platbook::{Place, answer};

#[tokio::test]
async fn a_change_is_shown_undone_and_redone() {
    let place = Place::new();
    let server = place.serve("").await;
    let added = server.v2(Method::POST, "/resources", json!({"name": "A", "type": "thing", "attrs": {"a": "1"}})).await;
    let path = format!("/resources/{}", added["id"].as_str().unwrap());
    server.v2(Method::PATCH, &path, json!({"name": "B", "attrs": {"a": null}})).await;
    let history = server.v2(Method::GET, &format!("{path}/history"), Value::Null).await;
    let text = &history[0]["id"];
    let id: i64 = text.as_str().unwrap().parse().unwrap();
    let shown = server.v2(Method::POST, "/log/undo?dry_run=true", json!({"change": text})).await["answer"].clone();
    assert_eq!(shown["undone"], json!([id]));
    assert_eq!(server.v2(Method::GET, &path, Value::Null).await["name"], "B", "only shown");
    let done = server.v2(Method::POST, "/log/undo", json!({"change": id})).await;
    let without_times = |answer: &Value| {
        let mut changes = answer["changes"].clone();
        for side in changes.as_array_mut().unwrap().iter_mut().flat_map(|change| change.as_array_mut().unwrap()) {
            side.as_object_mut().map(|columns| columns.remove("modified_at"));
        }
        changes
    };
    assert_eq!(done["changes"].as_array().unwrap().len(), 2, "{done}");
    assert_eq!(without_times(&done), without_times(&shown));
    let now = server.v2(Method::GET, &path, Value::Null).await;
    assert_eq!((&now["name"], &now["attrs"]), (&json!("A"), &json!({"a": "1"})));
    let log = server.v2(Method::GET, "/log?operation=log.undo", Value::Null).await;
    assert_eq!(log[0]["changes"], done["changes"], "an undo stands in the log");
    server.v2(Method::POST, "/log/undo", json!({"request": log[0]["request"]})).await;
    assert_eq!(server.v2(Method::GET, &path, Value::Null).await["name"], "B");
}

#[tokio::test]
async fn what_can_t_be_undone_is_refused_with_the_reason() {
    let place = Place::new();
    let server = place.serve("").await;
    server.v2(Method::POST, "/users", json!({"username": "ann", "password": "a password for tests"})).await;
    let user = server.v2(Method::GET, "/log?operation=user.add", Value::Null).await[0]["id"].clone();
    let admin = |body: Value| {
        server
            .request(Method::POST, "/api/v2/log/undo")
            .basic_auth("admin", Some(crate::platbook::PASSWORD))
            .json(&body)
    };
    let (status, text) = answer(admin(json!({"change": user}))).await;
    assert!(status == 409 && text.contains("can't be undone"), "{status} {text}");
    let (status, text) = answer(admin(json!({}))).await;
    assert!(status == 422 && text.contains("name either a change or a request"), "{status} {text}");
    server.v2(Method::POST, "/resources", json!({"name": "A", "type": "thing"})).await;
    let added = server.v2(Method::GET, "/log?operation=resource.add", Value::Null).await[0]["id"].clone();
    let ann = server.request(Method::POST, "/api/v2/log/undo").basic_auth("ann", Some("a password for tests"));
    let (status, text) = answer(ann.json(&json!({"change": added}))).await;
    assert!(status == 404 && text.contains(&format!("There is no change {added}")), "{status} {text}");
}

#[tokio::test]
async fn a_deletion_is_undone_and_the_change_of_a_secret_is_not() {
    let place = Place::new();
    let server = place.serve("").await;
    let latest = async |operation: &str| {
        server.v2(Method::GET, &format!("/log?operation={operation}"), Value::Null).await[0]["id"].clone()
    };
    let added = server.v2(Method::POST, "/resources", json!({"name": "A", "type": "thing", "attrs": {"a": "1"}})).await;
    let path = format!("/resources/{}", added["id"].as_str().unwrap());
    server.v2(Method::DELETE, &path, Value::Null).await;
    server.v2(Method::POST, "/log/undo", json!({"change": latest("resource.delete").await})).await;
    assert_eq!(server.v2(Method::GET, &path, Value::Null).await["attrs"], json!({"a": "1"}));

    let field = json!({"name": "Secret", "type": "field", "field_type": "encrypted"});
    let field = server.v2(Method::POST, "/resources", field).await["id"].clone();
    let section = json!({"name": "S", "type": "section", "fields": [{"id": field}]});
    let section = server.v2(Method::POST, "/resources", section).await["id"].clone();
    let entry = json!({"name": "E", "type": "entry", "section_id": section, "attrs": {"secret": "tulip"}});
    let entry = server.v2(Method::POST, "/resources", entry).await["id"].clone();
    let path = format!("/resources/{}", entry.as_str().unwrap());
    server.v2(Method::PATCH, &path, json!({"attrs": {"secret": "rose"}})).await;
    let refused = server
        .request(Method::POST, "/api/v2/log/undo")
        .basic_auth("admin", Some(crate::platbook::PASSWORD))
        .json(&json!({"change": latest("resource.update").await}));
    let (status, text) = answer(refused).await;
    assert!(status == 409 && text.contains("holds a secret, which has no past"), "{status} {text}");
    server.v2(Method::DELETE, &path, Value::Null).await;
    let copies = server.v2(Method::GET, &format!("{path}/backup"), Value::Null).await;
    let restore = format!("{path}/backup/{}/restore", copies[0]["id"].as_str().unwrap());
    let back = server.v2(Method::POST, &restore, json!({})).await;
    assert_eq!((&back["name"], &back["attrs"]["secret"]), (&json!("E"), &Value::Null), "a copy holds no secret");
}

#[tokio::test]
async fn only_the_last_of_several_deletions_is_undone_and_each_keeps_a_copy() {
    let place = Place::new();
    let server = place.serve("").await;
    let log = async |operation: &str| server.v2(Method::GET, &format!("/log?operation={operation}"), Value::Null).await;
    let undo = async |change: &Value| {
        let asked = server.request(Method::POST, "/api/v2/log/undo");
        answer(asked.basic_auth("admin", Some(crate::platbook::PASSWORD)).json(&json!({ "change": change }))).await
    };
    let added = server.v2(Method::POST, "/resources", json!({"name": "A", "type": "thing", "attrs": {"a": "1"}})).await;
    let path = format!("/resources/{}", added["id"].as_str().unwrap());
    server.v2(Method::DELETE, &path, Value::Null).await;
    let first = log("resource.delete").await[0]["id"].clone();
    assert_eq!(undo(&first).await.0, 200);
    server.v2(Method::PATCH, &path, json!({"attrs": {"a": "2"}})).await;
    server.v2(Method::DELETE, &path, Value::Null).await;
    let second = log("resource.delete").await[0]["id"].clone();
    let (status, text) = undo(&first).await;
    assert!(status == 409 && text.contains("has been changed since"), "{status} {text}");
    assert_eq!(undo(&second).await.0, 200);
    assert_eq!(server.v2(Method::GET, &path, Value::Null).await["attrs"], json!({"a": "2"}));

    // Gone by an undo of the undo, it has a copy all the same, and what comes back goes on behind its last version.
    assert_eq!(undo(&log("log.undo").await[0]["id"]).await.0, 200);
    let copies = server.v2(Method::GET, &format!("{path}/backup"), Value::Null).await;
    assert_eq!(copies.as_array().unwrap().len(), 3, "{copies}");
    let restore = format!("{path}/backup/{}/restore", copies[0]["id"].as_str().unwrap());
    assert_eq!(server.v2(Method::POST, &restore, json!({})).await["attrs"], json!({"a": "2"}));
    let history = server.v2(Method::GET, &format!("{path}/history?limit=1000"), Value::Null).await;
    assert_eq!(history[0]["operation"], "resource.restore", "{history}");
}

#[tokio::test]
async fn what_fields_need_of_each_other_is_not_undone() {
    let server = Place::new().serve("").await;
    let add = async |body: Value| server.v2(Method::POST, "/resources", body).await["id"].clone();
    let country =
        json!({"name": "Country", "type": "field", "field_type": "choicebox", "options": ["France", "Japan"]});
    let country = add(country).await;
    let change = server.v2(Method::GET, "/log?operation=resource.add", Value::Null).await[0]["id"].clone();
    let options = json!({"France": ["Paris"], "Japan": ["Osaka"]});
    let city =
        json!({"name": "City", "type": "field", "field_type": "choicebox", "depends_on": country, "options": options});
    assert!(add(city).await.is_string());
    let asked = server.request(Method::POST, "/api/v2/log/undo");
    let asked = asked.basic_auth("admin", Some(crate::platbook::PASSWORD)).json(&json!({ "change": change }));
    let (status, text) = answer(asked).await;
    assert!(status == 409 && text.contains("depends on the field"), "{status} {text}");
}
