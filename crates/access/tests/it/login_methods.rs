//! `/login_methods`, and signing in by what another server knows. The servers are in the tests of the drivers.

use std::sync::Arc;

use access::{Hidden, Identity, LoginServers, LoginSettings, Settings};
use axum::{body::Body, http::Request};
use futures_util::future::BoxFuture;
use kernel::{Error, Result};
use serde_json::{Value, json};
use testkit::{Engine, on_both};

use crate::{
    browser::{Browser, sign_in},
    door::{Door, PASSWORD, admin, basic, settings},
};

const WRONG: &str = "The user name or the password is wrong.";
/// The password that everybody has at the servers.
const OUTSIDE: &str = "known elsewhere";

/// Servers at `known.example` know everybody by [`OUTSIDE`], in the groups `staff` and, but for carl, `night`; with LDAP
/// only for the secret `shared`. Those at `away.example` do not answer, and no others are there.
struct Servers;

impl LoginServers for Servers {
    fn check(&self, settings: &LoginSettings, has_secret: bool) -> Result<()> {
        match settings {
            LoginSettings::Radius(_) if !has_secret => Err(Error::invalid("secret", "must be given")),
            _ => Ok(()),
        }
    }

    fn ask<'a>(
        &'a self,
        settings: &'a LoginSettings,
        secret: Option<&'a Hidden<String>>,
        name: &'a str,
        password: &'a Hidden<String>,
    ) -> BoxFuture<'a, Result<Option<Identity>>> {
        Box::pin(async move {
            let server = match settings {
                LoginSettings::Ldap(ldap) => ldap.url.as_str(),
                LoginSettings::Radius(radius) => radius.server.as_str(),
            };
            assert_eq!(secret.map(|secret| secret.0.as_str()), Some("shared"));
            if server.contains("away.example") {
                return Err(Error::Busy("It does not answer.".to_owned()));
            }
            assert!(server.contains("known.example"), "{server}");
            if password.0 != OUTSIDE {
                return Ok(None);
            }
            let groups = if name == "carl" { vec!["staff".to_owned()] } else { vec!["staff".into(), "night".into()] };
            let email = Some(format!("{name}@example.net"));
            Ok(Some(Identity { subject: format!("uid={name}"), email, groups }))
        })
    }
}

async fn door(engine: Engine) -> Door {
    Door::with(engine, Settings { login_servers: Arc::new(Servers), ..settings() }).await
}

fn ldap(url: &str) -> Value {
    json!({"ldap": {"url": url, "base": "dc=example", "bind_dn": "cn=platbook"}})
}

async fn add(door: &Door, more: Value) -> i64 {
    let mut new = json!({"name": "directory", "settings": ldap("ldaps://known.example"), "secret": "shared"});
    for (key, value) in more.as_object().unwrap() {
        new[key] = value.clone();
    }
    door.administer("POST", "/login_methods", new).await["id"].as_i64().unwrap()
}

fn outside(name: &str) -> Value {
    json!({"username": name, "password": OUTSIDE})
}

on_both! {
    async fn a_login_method_is_added_shown_changed_and_deleted_and_its_secret_never_shown(engine) {
        let door = door(engine).await;
        let id = add(&door, json!({"creates_users": true})).await;
        let path = format!("/login_methods/{id}");
        let shown = door.administer("GET", &path, Value::Null).await;
        assert_eq!(shown, json!({
            "id": id, "name": "directory", "enabled": true, "position": 0, "creates_users": true, "existing_users": false,
            "settings": {"ldap": {
                "url": "ldaps://known.example", "starttls": false, "ca": null, "user_dn": null, "base": "dc=example",
                "filter": "(uid=%LOGIN%)", "bind_dn": "cn=platbook", "group_attribute": "memberOf", "group_base": null,
                "group_filter": "(member=%DN%)"
            }},
            "has_secret": true, "groups": []
        }));
        assert_eq!(door.administer("GET", "/login_methods", Value::Null).await, json!([shown]));
        let said = door.ask(&admin(), "PATCH", &path, json!({"settings": ldap("ldaps://evil.example")})).await;
        assert!(said.refusal(422).contains("must be given again"), "the secret goes to its own server only");
        let changed = door.administer("PATCH", &path, json!({"name": "people", "position": 7})).await;
        assert_eq!((&changed["name"], &changed["position"], &changed["has_secret"]), (&json!("people"), &json!(7), &json!(true)));
        let mut tx = door.test.db.read(&crate::door::system()).await.unwrap();
        let told: String = tx.history("login_method", id, 10).await.unwrap().iter().map(|c| c.items.to_string()).collect();
        assert!(told.contains(r#""secret":"(secret)""#) && !told.contains("shared"), "{told}");
        let kept = tx.scalar::<store::Bytes>("SELECT secret FROM login_method", &[]).await.unwrap().unwrap();
        assert!(!kept.0.windows(6).any(|window| window == b"shared"), "it is sealed");
        drop(tx);
        door.administer("DELETE", &path, Value::Null).await;
        assert_eq!(door.get(&admin(), &path).await.status, 404);
    }

    async fn login_methods_are_a_matter_of_administrators(engine) {
        let door = door(engine).await;
        let id = add(&door, json!({})).await;
        let ann = door.user("ann").await;
        let all = ["permissionUserRead", "permissionUserCreate", "permissionUserUpdate", "permissionUserDelete"];
        door.group("users", &[(1, &all)], &[ann]).await;
        let path = format!("/login_methods/{id}");
        for (method, path, body) in [
            ("GET", "/login_methods", Value::Null),
            ("GET", &path, Value::Null),
            ("PATCH", &path, json!({"enabled": false})),
            ("DELETE", &path, Value::Null),
            ("POST", "/login_methods", json!({"name": "x", "settings": ldap("ldaps://known.example"), "secret": "shared"})),
            ("POST", &format!("{path}/test"), outside("ann")),
        ] {
            let said = door.ask(&basic("ann", PASSWORD), method, path, body).await;
            assert!(said.refusal(403).contains("permissionAdmin"), "{method} {path}");
        }
    }

    async fn whoever_another_server_knows_gets_a_user_at_the_first_sign_in(engine) {
        let door = door(engine).await;
        let id = add(&door, json!({})).await;
        let said = sign_in(&door, outside("ann")).await;
        assert!(said.refusal(401).contains("makes none"), "{}", said.text);
        door.administer("PATCH", &format!("/login_methods/{id}"), json!({"creates_users": true})).await;
        let said = sign_in(&door, outside("ann")).await;
        assert_eq!(said.json()["session"]["method"], "directory");
        let me = Browser::opened(&door, &said).get("/users/me").await.json();
        assert_eq!((&me["name"], &me["email"]), (&json!("ann"), &json!("ann@example.net")));
        assert_eq!(door.get(&basic("ANN", OUTSIDE), "/users/me").await.json()["id"], me["id"], "by HTTP Basic as well");
        assert_eq!(sign_in(&door, json!({"username": "ann", "password": "wrong"})).await.refusal(401), WRONG);
        assert_eq!(sign_in(&door, json!({"username": "x y", "password": OUTSIDE})).await.status, 422);
        let local = json!({"current_password": OUTSIDE, "new_password": "quite another one"});
        let said = door.ask(&basic("ann", OUTSIDE), "PUT", "/users/me/password", local).await;
        assert_eq!(said.json()["errors"][0]["field"], "current_password", "the password here is nobody's");
        door.administer("DELETE", &format!("/users/{}", me["id"]), Value::Null).await;
    }

    async fn nobody_gets_at_a_user_only_by_having_the_same_name_elsewhere(engine) {
        let door = door(engine).await;
        let id = add(&door, json!({"creates_users": true})).await;
        door.user("ann").await;
        for name in ["admin", "ann"] {
            let said = sign_in(&door, outside(name)).await;
            assert!(said.refusal(401).contains("does not sign in by"), "{}", said.text);
        }
        door.administer("PATCH", &format!("/login_methods/{id}"), json!({"existing_users": true})).await;
        assert_eq!(sign_in(&door, outside("ann")).await.status, 201);
        assert_eq!(sign_in(&door, json!({"username": "ann", "password": PASSWORD})).await.status, 201, "both are good");
        let other = add(&door, json!({"name": "other", "existing_users": true})).await;
        door.administer("PATCH", &format!("/login_methods/{id}"), json!({"enabled": false})).await;
        let said = sign_in(&door, outside("ann")).await;
        assert!(said.refusal(401).contains("\"other\""), "a user belongs to one of them");
        door.administer("DELETE", &format!("/login_methods/{other}"), Value::Null).await;
    }

    async fn groups_become_what_the_server_says_and_others_are_left_alone(engine) {
        let door = door(engine).await;
        let groups = [door.group("a", &[], &[]).await, door.group("b", &[], &[]).await, door.group("c", &[], &[]).await];
        let mapping = json!([
            {"outside": "STAFF", "group_id": groups[0]}, {"outside": "day", "group_id": groups[1]}
        ]);
        let id = add(&door, json!({"creates_users": true, "groups": mapping})).await;
        let of_ann = async || {
            let said = sign_in(&door, outside("ann")).await;
            let me = Browser::opened(&door, &said).get("/users/me").await.json();
            me["groups"].as_array().unwrap().iter().map(|group| group["name"].as_str().unwrap().to_owned()).collect::<String>()
        };
        assert_eq!(of_ann().await, "a");
        let users = door.administer("GET", "/users?q=ann", Value::Null).await;
        for group in &groups[1..] {
            door.administer("PUT", &format!("/usergroups/{group}/users"), json!({"users": [users[0]["id"]]})).await;
        }
        assert_eq!(of_ann().await, "ac");
        let path = format!("/login_methods/{id}");
        let tried = door.administer("POST", &format!("{path}/test"), outside("carl")).await;
        assert_eq!(tried, json!({"accepted": true, "subject": "uid=carl", "email": "carl@example.net", "groups": ["staff"],
            "group_ids": [groups[0]]}));
        assert_eq!(door.administer("GET", "/users?q=carl", Value::Null).await, json!([]), "trying makes no user");
        let wrong = json!({"username": "carl", "password": "wrong"});
        assert_eq!(door.administer("POST", &format!("{path}/test"), wrong).await["accepted"], false);
        let said = door.ask(&admin(), "PATCH", &path, json!({"groups": [{"outside": "x", "group_id": 99999}]})).await;
        assert_eq!(said.json()["errors"][0]["field"], "groups[0].group_id");
    }

    async fn a_sign_in_asks_all_in_order_or_those_that_it_names(engine) {
        let door = door(engine).await;
        add(&door, json!({"name": "away", "settings": ldap("ldaps://away.example")})).await;
        let radius = json!({"radius": {"server": "known.example:1812"}});
        add(&door, json!({"name": "Tokens", "settings": radius, "creates_users": true, "position": 1})).await;
        assert_eq!(sign_in(&door, outside("ann")).await.json()["session"]["method"], "Tokens", "one that is away is passed over");
        let by = async |kind: &str| {
            let body = json!({"username": "ann", "password": OUTSIDE, "type": kind});
            sign_in(&door, body).await
        };
        assert_eq!(by("radius").await.status, 201);
        assert_eq!(by("tokens").await.status, 201);
        assert!(by("ldap").await.refusal(503).contains("\"away\" could not be asked"));
        assert!(by("kerberos").await.refusal(401).contains("\"kerberos\""));
        assert_eq!(by("local").await.refusal(401), WRONG);
        let with_header = async |kind: &str| {
            let request = Request::get("/api/v2/users/me").header("authorization", basic("ann", OUTSIDE));
            door.send(request.header("x-login-type", kind).body(Body::empty()).unwrap()).await.status
        };
        assert_eq!([with_header("radius").await, with_header("local").await, with_header("ldap").await], [200, 401, 503]);
        let said = sign_in(&door, json!({"username": "admin", "password": PASSWORD})).await;
        assert_eq!(said.status, 201, "local administrators get in, whoever is away");
    }

    async fn who_signed_in_by_a_method_that_goes_is_signed_out(engine) {
        let door = door(engine).await;
        let id = add(&door, json!({"creates_users": true})).await;
        let browser = Browser::opened(&door, &sign_in(&door, outside("ann")).await);
        assert_eq!(browser.get("/users/me").await.status, 200);
        let ann = basic("ann", OUTSIDE);
        assert_eq!(door.get(&ann, "/users/me").await.status, 200);
        door.administer("DELETE", &format!("/login_methods/{id}"), Value::Null).await;
        assert_eq!(browser.get("/users/me").await.status, 401);
        assert_eq!(door.get(&ann, "/users/me").await.refusal(401), WRONG, "what was remembered is dropped at once");
    }
}
