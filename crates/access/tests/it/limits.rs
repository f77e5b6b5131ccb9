//! Tokens that may do less than their user, and not everywhere.

use access::Peer;
use axum::{
    Extension,
    body::Body,
    http::{
        Request,
        header::{AUTHORIZATION, ORIGIN},
    },
};
use kernel::{Action, Area, ResourceId, Rights};
use serde_json::{Value, json};
use testkit::{Engine, on_both};

use crate::door::{Door, PASSWORD, admin, basic, request, router};

async fn make(door: &Door, who: &str, new: Value) -> String {
    let said = door.ask(who, "POST", "/tokens", new).await;
    assert_eq!(said.status, 201, "{}", said.text);
    format!("Bearer {}", said.json()["token"].as_str().unwrap())
}

async fn rights(door: &Door, bearer: &str, lineage: &[i64]) -> Rights {
    let credentials = access::Credentials::from_header(bearer.as_bytes()).unwrap();
    let actor = door.access.authenticate(&credentials, request(), None).await.unwrap();
    let lineage: Vec<_> = lineage.iter().map(|id| ResourceId(*id)).collect();
    actor.rights(&lineage)
}

on_both! {
    async fn a_token_may_do_what_both_it_and_its_user_may(engine) {
        let door = Door::on(engine).await;
        let id = door.user("ann").await;
        let group = [(7, &["permissionIPAMRead", "permissionIPAMUpdate"][..]), (70, &["permissionIPAMUpdate"])];
        door.group("noc", &group, &[id]).await;
        let ann = basic("ann", PASSWORD);
        let scopes = json!(["permissionIPAMRead", "permissionDNSRead"]);
        let bearer = make(&door, &ann, json!({"name": "t", "scopes": scopes})).await;
        let read = Rights::of(Area::Ipam, Action::Read);
        assert_eq!(rights(&door, &bearer, &[7, 1]).await, read);
        assert_eq!(rights(&door, &bearer, &[70, 7, 1]).await, Rights::NONE, "a nearer entry takes away as ever");
        assert_eq!(rights(&door, &bearer, &[1]).await, Rights::NONE);
        assert_eq!(door.get(&ann, "/tokens").await.json()[0]["scopes"], scopes);
        let full = make(&door, &ann, json!({"name": "t"})).await;
        assert_eq!(rights(&door, &full, &[7, 1]).await, read | Rights::of(Area::Ipam, Action::Update));
    }

    async fn a_token_of_an_administrator_that_only_reads_changes_nothing(engine) {
        let door = Door::on(engine).await;
        let bearer = make(&door, &admin(), json!({"name": "t", "scopes": ["read"]})).await;
        assert_eq!(door.get(&bearer, "/users").await.status, 200);
        for (method, path, body) in [
            ("POST", "/usergroups", json!({"name": "x"})),
            ("POST", "/users", json!({"username": "x", "password": PASSWORD})),
            ("GET", "/settings/mail", Value::Null),
            ("POST", "/tokens", json!({"name": "more"})),
            ("POST", "/users/1/api_key", Value::Null),
        ] {
            assert_eq!(door.ask(&bearer, method, path, body).await.status, 403, "{method} {path}");
        }
        assert_eq!(rights(&door, &bearer, &[70, 7, 1]).await, Rights::read_everything());
        assert_eq!(door.get(&admin(), "/tokens").await.json()[0]["scopes"], json!(["read"]));
    }

    async fn no_limited_token_makes_one_that_is_not(engine) {
        let door = Door::on(engine).await;
        for limit in [
            json!({"name": "t", "scopes": ["permissionAdmin"]}),
            json!({"name": "t", "expires_in_days": 1}),
        ] {
            let bearer = make(&door, &admin(), limit).await;
            let why = door.ask(&bearer, "POST", "/tokens", json!({"name": "more"})).await.refusal(403);
            assert!(why.starts_with("A token that is limited in rights, networks, origins or time"), "{why}");
            assert_eq!(door.get(&bearer, "/users").await.status, 200, "else it does what its user may");
        }
        let free = make(&door, &admin(), json!({"name": "t"})).await;
        make(&door, &free, json!({"name": "more"})).await;
    }

    async fn a_token_that_can_not_be_meant_is_refused(engine) {
        let door = Door::on(engine).await;
        let wrong = json!({"name": "t", "scopes": ["permissionRoot"], "allowed_networks": ["10.0.0.1/8"],
            "allowed_origins": ["intranet"]});
        let said = door.ask(&admin(), "POST", "/tokens", wrong).await;
        let errors = said.json()["errors"].clone();
        let fields: Vec<_> = errors.as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
        assert_eq!((said.status, fields), (422, vec!["scopes[0]", "allowed_networks[0]", "allowed_origins[0]"]));
        let none = door.ask(&admin(), "POST", "/tokens", json!({"name": "t", "scopes": []})).await;
        assert_eq!(none.json()["errors"][0]["field"], "scopes");
    }
}

/// What is said to somebody from an address, on a page of an origin.
async fn from(door: &Door, bearer: &str, address: &str, origin: Option<&str>) -> u16 {
    let peer = Peer { address: address.parse().unwrap(), tls: true };
    let doors = router(&door.access, access::TransportPolicy { allow_plain: true }).layer(Extension(peer));
    let mut request = Request::get("/api/v2/users/me").header(AUTHORIZATION, bearer);
    if let Some(origin) = origin {
        request = request.header(ORIGIN, origin);
    }
    let answer = tower::ServiceExt::oneshot(doors, request.body(Body::empty()).unwrap()).await.unwrap();
    answer.status().as_u16()
}

#[tokio::test]
async fn a_token_is_refused_from_elsewhere_the_first_time_and_from_memory() {
    let door = Door::on(Engine::Sqlite).await;
    let new = json!({"name": "t", "allowed_networks": ["192.0.2.0/24"], "allowed_origins": ["https://a.example"]});
    let bearer = make(&door, &admin(), new).await;
    let good = Some("https://a.example");
    for _ in 0..2 {
        assert_eq!(from(&door, &bearer, "192.0.3.1", good).await, 403);
        assert_eq!(from(&door, &bearer, "192.0.2.1", None).await, 403);
        assert_eq!(from(&door, &bearer, "192.0.2.1", Some("https://b.example")).await, 403);
        assert_eq!(from(&door, &bearer, "192.0.2.1", good).await, 200);
    }
    assert_eq!(door.get(&bearer, "/users/me").await.status, 403, "nobody knows from where it comes");
    let listed = door.get(&admin(), "/tokens").await.json();
    assert_eq!(
        (&listed[0]["allowed_networks"], &listed[0]["allowed_origins"]),
        (&json!(["192.0.2.0/24"]), &json!(["https://a.example"]))
    );
}
