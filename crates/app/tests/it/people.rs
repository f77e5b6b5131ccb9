//! People and their rights through the whole program: mail over SMTP, tokens that do less, quotas.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::Mailhost;

use crate::platbook::{PASSWORD, Place, Server, answer};

const NEW: &str = "another password for tests";

/// The answer to somebody who shows this, or nothing.
async fn ask(server: &Server, who: Option<(&str, &str)>, method: Method, path: &str, body: Value) -> (u16, Value) {
    let request = server.request(method, &format!("/api/v2{path}"));
    let request = if body.is_null() { request } else { request.json(&body) };
    let request = match who {
        Some(("", token)) => request.bearer_auth(token),
        Some((name, password)) => request.basic_auth(name, Some(password)),
        None => request,
    };
    let (status, text) = answer(request).await;
    (status, serde_json::from_str(&text).unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_password_is_replaced_by_a_mail_that_goes_over_smtp() {
    let (place, host) = (Place::new(), Mailhost::open());
    let server = place.serve("").await;
    let settings = json!({"host": "127.0.0.1", "port": host.port(), "security": "none", "from": "noc@example.net"});
    server.v2(Method::PUT, "/settings/mail", settings).await;
    server.v2(Method::POST, "/settings/mail/test", json!({"to": "root@example.net"})).await;
    assert_eq!(host.wait(1).await[0].header("Subject"), Some("Mail from Platbook"));

    let ann = json!({"username": "ann", "password": PASSWORD, "email": "ann@example.net"});
    server.v2(Method::POST, "/users", ann).await;
    let (status, _) = ask(&server, None, Method::POST, "/password_resets", json!({"username": "ann"})).await;
    assert_eq!(status, 202);
    let mail = host.wait(2).await.remove(1);
    assert_eq!(mail.to, ["ann@example.net"]);
    let text = mail.text.replace("=\r\n", "");
    let token = text[text.find("pbr_").unwrap()..].split_whitespace().next().unwrap().to_owned();
    let new = json!({"token": token, "new_password": NEW});
    assert_eq!(ask(&server, None, Method::PUT, "/password_resets", new).await.0, 204);
    assert_eq!(ask(&server, Some(("ann", NEW)), Method::GET, "/users/me", Value::Null).await.0, 200);
    assert_eq!(ask(&server, Some(("ann", PASSWORD)), Method::GET, "/users/me", Value::Null).await.0, 401);
    let log = server.out() + &server.err();
    assert!(!log.contains(&token) && !log.contains(NEW), "the log holds a secret");
}

#[tokio::test]
async fn a_token_is_bound_to_networks_and_rights() {
    let place = Place::new();
    let server = place.serve("").await;
    let make = async |network: &str| {
        let new = json!({"name": "t", "scopes": ["read"], "allowed_networks": [network]});
        server.v2(Method::POST, "/tokens", new).await["token"].as_str().unwrap().to_owned()
    };
    let (here, elsewhere) = (make("127.0.0.0/8").await, make("192.0.2.0/24").await);
    assert_eq!(ask(&server, Some(("", &here)), Method::GET, "/ipam/netblocks", Value::Null).await.0, 200);
    let (status, refusal) = ask(&server, Some(("", &elsewhere)), Method::GET, "/ipam/netblocks", Value::Null).await;
    assert_eq!((status, &refusal["detail"]), (403, &json!("This API token may not be used from 127.0.0.1.")));
    let group = ask(&server, Some(("", &here)), Method::POST, "/usergroups", json!({"name": "x"})).await;
    assert_eq!(group.0, 403);
}

#[tokio::test]
async fn a_group_is_held_to_its_quota() {
    let place = Place::new();
    let server = place.serve("").await;
    let section = json!({"name": "Customer", "type": "section", "slug": "customer"});
    server.v2(Method::POST, "/resources", section).await;
    let acme = json!({"name": "Acme", "type": "entry", "section": "customer"});
    let acme: i64 = server.v2(Method::POST, "/resources", acme).await["id"].as_str().unwrap().parse().unwrap();
    server.v2(Method::POST, "/ipam/netblocks", json!({"cidr": "10.0.0.0/24", "rir": "1918"})).await;
    let ann = server.v2(Method::POST, "/users", json!({"username": "ann", "password": PASSWORD})).await["id"].take();
    let group = server.v2(Method::POST, "/usergroups", json!({"name": "noc"})).await["id"].take();
    let (path, ipam) = (format!("/usergroups/{group}"), ["permissionIPAMRead", "permissionIPAMUpdate"]);
    server.v2(Method::PUT, &format!("{path}/users"), json!({"users": [ann]})).await;
    let rights = json!([{"resource_id": 1, "permissions": ipam}]);
    server.v2(Method::PUT, &format!("{path}/permissions"), rights).await;
    let quota = json!({"resource_id": acme, "type": "ipv4", "mask": 29, "limit": 1});
    server.v2(Method::POST, &format!("{path}/quotas"), quota).await;
    let wanted = json!({"type": "ipv4", "mask": 29, "resource_id": acme});
    let assign = async || {
        ask(&server, Some(("ann", PASSWORD)), Method::PUT, "/ipam/netblocks/smart_assign", wanted.clone()).await
    };
    assert_eq!(assign().await.0, 200);
    let (status, refusal) = assign().await;
    assert!(status == 409 && refusal["detail"].as_str().unwrap().starts_with("Your quota of 1 IPv4 blocks of /29"));
    assert_eq!(server.v2(Method::GET, &format!("{path}/quotas"), Value::Null).await[0]["used"], 1);
}
