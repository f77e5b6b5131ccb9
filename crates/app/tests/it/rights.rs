//! Rights hang on the tree of resources.

use reqwest::Method;
use serde_json::{Value, json};

use crate::platbook::{Place, answer};

const ANNS_PASSWORD: &str = "a password for tests";

#[tokio::test]
async fn rights_on_a_resource_hold_below_it_and_nowhere_else() {
    let place = Place::new();
    let server = place.serve("").await;
    let section = json!({ "name": "Customer", "type": "section", "slug": "customer" });
    server.v2(Method::POST, "/resources", section).await;
    let customer = json!({ "name": "North", "type": "entry", "section": "customer" });
    let north = server.v2(Method::POST, "/resources", customer.clone()).await["id"].as_str().unwrap().to_owned();
    let site = json!({ "name": "Site", "type": "entry", "section": "customer", "parent_id": north });
    let site = server.v2(Method::POST, "/resources", site).await["id"].as_str().unwrap().to_owned();
    let south = server.v2(Method::POST, "/resources", customer).await["id"].as_str().unwrap().to_owned();

    let ann = json!({ "username": "ann", "password": ANNS_PASSWORD });
    let ann = server.v2(Method::POST, "/users", ann).await["id"].take();
    let group = server.v2(Method::POST, "/usergroups", json!({ "name": "North" })).await["id"].take();
    server.v2(Method::PUT, &format!("/usergroups/{group}/users"), json!({ "users": [ann] })).await;
    let north: i64 = north.parse().unwrap();
    let rights = json!([{ "resource_id": north, "permissions": ["permissionResourceRead"] }]);
    let path = format!("/usergroups/{group}/permissions");
    assert_eq!(server.v2(Method::PUT, &path, rights.clone()).await, rights, "the resource is known to be there");

    let as_ann = async |id: &str| {
        let request = server.request(Method::GET, &format!("/api/v2/resources/{id}"));
        answer(request.basic_auth("ann", Some(ANNS_PASSWORD))).await.0
    };
    assert_eq!((as_ann(&site).await, as_ann(&south).await, as_ann("1").await), (200, 404, 404));
}

#[tokio::test]
async fn nobody_gets_rights_on_a_resource_that_does_not_exist() {
    let place = Place::new();
    let server = place.serve("").await;
    let groups = server.v2(Method::GET, "/usergroups", Value::Null).await;
    let readers = groups.as_array().unwrap().iter().find(|group| group["name"] == "Global Read-Only").unwrap();
    let rights = json!([{ "resource_id": 999, "permissions": ["permissionResourceRead"] }]);
    let request =
        server.request(Method::PUT, &format!("/api/v2/usergroups/{}/permissions", readers["id"])).json(&rights);
    let (status, text) = answer(request.basic_auth("admin", Some(crate::platbook::PASSWORD))).await;
    assert_eq!(status, 422);
    assert!(text.contains("there is no resource 999"), "{text}");
}
