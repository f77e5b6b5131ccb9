//! Signing in by OpenID Connect. What speaks it here is at the test's command; that it is spoken well is tested in `drivers`,
//! with a real provider.

use std::sync::Arc;

use access::{
    Hidden, OidcClaims, OidcClient, OidcExpected, OidcRequest, Peer, PublicUrl, RelyingParty, Settings, TransportPolicy,
};
use axum::{
    Extension,
    body::Body,
    http::{Request, header::COOKIE},
};
use futures_util::future::BoxFuture;
use kernel::{Error, Result, Timestamp};
use serde_json::{Value, json};
use testkit::{Engine, on_both};

use crate::door::{self, Door, PASSWORD, Said, admin, basic};

/// The code is what the provider says, as JSON.
struct Scripted;

impl RelyingParty for Scripted {
    fn begin<'a>(&'a self, client: &'a OidcClient, _: Timestamp) -> BoxFuture<'a, Result<OidcRequest>> {
        assert_eq!(client.client_secret, Some(Hidden("tulip in a drawer".to_owned())), "it is unsealed");
        let expected = ["state", "nonce", "verifier"].map(|name| format!("{name} of {}", client.issuer));
        let [state, nonce, verifier] = expected;
        let url = format!("{}/auth?redirect_uri={}", client.issuer, client.redirect_uri);
        Box::pin(async { Ok(OidcRequest { url, expected: OidcExpected { state, nonce, verifier } }) })
    }

    fn finish<'a>(
        &'a self,
        client: &'a OidcClient,
        expected: &'a OidcExpected,
        code: &'a Hidden<String>,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<OidcClaims>> {
        assert_eq!(expected.verifier, format!("verifier of {}", client.issuer));
        Box::pin(async {
            let all: Value = serde_json::from_str(&code.0)
                .map_err(|_| Error::Unauthenticated("The provider does not confirm the sign-in.".to_owned()))?;
            let subject = all["sub"].as_str().unwrap().to_owned();
            Ok(OidcClaims { subject, all: all.as_object().unwrap().clone() })
        })
    }
}

/// A door with the provider "work", which decides on the groups "netops" and "readers".
struct Site {
    door: Door,
    provider: i64,
    netops: i64,
    readers: i64,
}

impl Site {
    async fn on(engine: Engine) -> Self {
        Self::reached_at(engine, "https://ipam.example.net", true).await
    }

    async fn reached_at(engine: Engine, url: &str, tls: bool) -> Self {
        let settings = Settings {
            relying_party: Arc::new(Scripted),
            public_url: Some(PublicUrl::parse(url).unwrap()),
            ..door::settings()
        };
        let door = Door::with(engine, settings).await;
        let router = door::router(&door.access, TransportPolicy::default())
            .layer(Extension(access::Secure(true)))
            .layer(Extension(Peer { address: [192, 0, 2, 17].into(), tls }));
        let door = door.through(router);
        let (netops, readers) = (door.group("netops", &[], &[]).await, door.group("readers", &[], &[]).await);
        let provider = door.administer("POST", "/oidc_providers", json!({
            "name": "work", "issuer": "https://login.example.net", "client_id": "platbook", "groups_claim": "groups",
            "client_secret": "tulip in a drawer", "add_users": true,
            "groups": [{"outside": "ops", "group_id": netops}, {"outside": "read", "group_id": readers}]
        })).await;
        Self { provider: provider["id"].as_i64().unwrap(), door, netops, readers }
    }

    async fn go(&self, path: &str, cookie: &str) -> Said {
        let request = Request::get(format!("/api/v2/oidc{path}")).header(COOKIE, cookie);
        self.door.send(request.body(Body::empty()).unwrap()).await
    }

    /// The cookie that a browser keeps which begins here.
    async fn begun(&self) -> String {
        let said = self.go("/work/start?return_to=/dev/swagger/", "").await;
        assert_eq!(said.status, 303, "{}", said.text);
        said.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
    }

    /// Comes back to the provider of this name with what the real one says.
    async fn back(&self, cookie: &str, name: &str, parameters: &[(&str, &str)]) -> Said {
        let query: Vec<_> = parameters.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        self.go(&format!("/{name}/callback?{}", query.join("&")), cookie).await
    }

    /// A whole sign-in of whom the provider describes so.
    async fn sign_in(&self, claims: Value) -> Said {
        let cookie = self.begun().await;
        self.back(&cookie, "work", &[("code", &claims.to_string()), ("state", STATE)]).await
    }

    /// Who a session belongs to that this answer has opened.
    async fn me(&self, said: &Said) -> Value {
        assert_eq!(said.status, 303, "{}", said.text);
        let cookies = said.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
        let session =
            cookies.map(|cookie| cookie.split(';').next().unwrap()).find(|pair| !pair.contains("oidc")).unwrap();
        let request = Request::get("/api/v2/users/me").header(COOKIE, session);
        self.door.send(request.body(Body::empty()).unwrap()).await.json()
    }

    async fn patch(&self, patch: Value) -> Value {
        self.door.administer("PATCH", &format!("/oidc_providers/{}", self.provider), patch).await
    }
}

const STATE: &str = "state of https://login.example.net";

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |text, b| format!("{text}%{b:02X}"))
}

fn groups(me: &Value) -> Vec<i64> {
    me["groups"].as_array().unwrap().iter().map(|group| group["id"].as_i64().unwrap()).collect()
}

on_both! {
    async fn a_browser_is_sent_to_the_provider_and_signed_in_when_it_comes_back(engine) {
        let site = Site::on(engine).await;
        let said = site.go("/work/start?return_to=/dev/swagger/", "").await;
        assert_eq!((said.status, &said.headers["cache-control"]), (303, &"no-store".parse().unwrap()));
        assert_eq!(
            said.headers["location"],
            "https://login.example.net/auth?redirect_uri=https://ipam.example.net/api/v2/oidc/work/callback"
        );
        let cookie = said.headers["set-cookie"].to_str().unwrap().to_owned();
        assert!(cookie.starts_with("__Host-platbook-oidc="), "{cookie}");
        assert!(cookie.ends_with("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
        assert!(!cookie.contains("state of"), "what is expected is sealed");
        let said = site.sign_in(json!({
            "sub": "1", "preferred_username": "Ann", "email": "ann@example.net", "email_verified": true, "groups": ["ops"]
        })).await;
        assert_eq!((said.status, &said.headers["location"]), (303, &"/dev/swagger/".parse().unwrap()), "{}", said.text);
        let me = site.me(&said).await;
        assert_eq!((&me["name"], &me["email"], groups(&me)), (&json!("Ann"), &json!("ann@example.net"), vec![site.netops]));
        let sessions = site.door.administer("GET", &format!("/users/{}/sessions", me["id"]), Value::Null).await;
        assert_eq!((&sessions[0]["method"], &sessions[0]["address"]), (&json!("oidc:work"), &json!("192.0.2.17")));
        let identities = site.door.administer("GET", &format!("/users/{}/identities", me["id"]), Value::Null).await;
        assert_eq!((&identities[0]["provider"], &identities[0]["subject"]), (&json!("work"), &json!("1")));
        let no_password = site.door.get(&basic("ann", ""), "/users/me").await;
        assert_eq!(no_password.status, 401);
    }

    async fn somebody_is_who_their_subject_says_whatever_their_name_is_now(engine) {
        let site = Site::on(engine).await;
        let first = site.me(&site.sign_in(json!({"sub": "1", "preferred_username": "ann"})).await).await;
        let again = site.me(&site.sign_in(json!({"sub": "1", "preferred_username": "admin"})).await).await;
        assert_eq!((&first["id"], &first["name"]), (&again["id"], &again["name"]));
        let other = site.sign_in(json!({"sub": "2", "preferred_username": "ANN"})).await;
        assert!(other.refusal(409).contains("which another user has here"));
        let administrator = site.sign_in(json!({"sub": "3", "preferred_username": "admin"})).await;
        assert!(administrator.refusal(409).contains("which another user has here"), "a name is no proof");
    }

    async fn the_provider_decides_on_its_groups_and_on_no_others(engine) {
        let site = Site::on(engine).await;
        let claims = |groups: Value| json!({"sub": "1", "preferred_username": "ann", "groups": groups});
        let me = site.me(&site.sign_in(claims(json!(["ops", "read", "root"]))).await).await;
        assert_eq!(groups(&me), [site.netops, site.readers]);
        let own = site.door.group("own", &[], &[me["id"].as_i64().unwrap()]).await;
        let me = site.me(&site.sign_in(claims(json!("read"))).await).await;
        assert_eq!(groups(&me), [own, site.readers]);
        let me = site.me(&site.sign_in(json!({"sub": "1"})).await).await;
        assert_eq!(groups(&me), [own], "without the claim nobody is in a group of the provider's");
        let later = site.door.administer("DELETE", &format!("/usergroups/{}", site.netops), Value::Null).await;
        assert_eq!(later, Value::Null);
        let me = site.me(&site.sign_in(claims(json!(["ops", "read"]))).await).await;
        assert_eq!(groups(&me), [own, site.readers], "a group that is gone is passed over");
    }

    async fn nobody_becomes_a_user_where_that_is_not_wanted_but_an_administrator_can_say_who_they_are(engine) {
        let site = Site::on(engine).await;
        site.patch(json!({"add_users": false})).await;
        let claims = json!({"sub": "7", "preferred_username": "ann"});
        assert!(site.sign_in(claims.clone()).await.refusal(401).contains("nobody here is you"));
        let ann = site.door.user("ann").await;
        let path = format!("/users/{ann}/identities");
        let new = json!({"provider": "work", "subject": "7"});
        let made = site.door.administer("POST", &path, new.clone()).await;
        assert_eq!(site.me(&site.sign_in(claims.clone()).await).await["id"], ann);
        assert!(site.door.ask(&admin(), "POST", &path, new.clone()).await.refusal(409).contains("already"));
        let unknown = site.door.ask(&admin(), "POST", &path, json!({"provider": "play", "subject": "7"})).await;
        assert!(unknown.refusal(422).contains("no provider \"play\""));
        site.door.administer("DELETE", &format!("{path}/{}", made["id"]), Value::Null).await;
        assert_eq!(site.sign_in(claims).await.status, 401);
    }

    async fn nobody_says_that_they_are_somebody_with_more_rights(engine) {
        let site = Site::on(engine).await;
        let bob = site.door.user("bob").await;
        site.door.group("helpers", &[(1, &["permissionUserRead", "permissionUserUpdate"])], &[bob]).await;
        let admin_id = site.door.administer("GET", "/users?q=admin", Value::Null).await[0]["id"].clone();
        let new = json!({"provider": "work", "subject": "666"});
        let said = site.door.ask(&basic("bob", PASSWORD), "POST", &format!("/users/{admin_id}/identities"), new).await;
        assert!(said.refusal(403).contains("rights on resource"));
        for (method, path, body) in [
            ("GET", "/oidc_providers", Value::Null),
            ("PATCH", &format!("/oidc_providers/{}", site.provider), json!({"issuer": "https://evil.example"})),
            ("DELETE", &format!("/oidc_providers/{}", site.provider), Value::Null),
        ] {
            let said = site.door.ask(&basic("bob", PASSWORD), method, path, body).await;
            assert!([403, 422].contains(&said.status), "{method} {path}: {}", said.text);
        }
    }

    async fn an_answer_belongs_to_the_browser_and_the_provider_that_were_asked_and_is_good_once(engine) {
        let site = Site::on(engine).await;
        let code = json!({"sub": "1", "preferred_username": "ann"}).to_string();
        let good = [("code", code.as_str()), ("state", STATE)];
        let cookie = site.begun().await;
        for (cookie, parameters, why) in [
            ("", &good[..], "no cookie"),
            ("__Host-platbook-oidc=x", &good, "a cookie that is none"),
            (&cookie.replace("__Host-", ""), &good, "the cookie of a plain way"),
            (&cookie, &good[..1], "no state"),
            (&cookie, &[good[0], ("state", "state of another sign-in")], "another state"),
            (&cookie, &[good[0], good[1], ("iss", "https://evil.example")], "another issuer"),
            (&cookie, &good[1..], "no code"),
            (&cookie, &[("code", "a guess"), good[1]], "a code of nobody"),
        ] {
            assert_eq!(site.back(cookie, "work", parameters).await.status, 401, "{why}");
        }
        site.door.administer("POST", "/oidc_providers", json!({
            "name": "play", "issuer": "https://login.example.net", "client_id": "p", "client_secret": "tulip in a drawer"
        })).await;
        assert_eq!(site.back(&cookie, "play", &good).await.status, 401, "another provider");
        assert_eq!(site.back(&cookie, "work", &good).await.status, 303);
        assert!(site.back(&cookie, "work", &good).await.refusal(401).contains("used already"));
        let cookie = site.begun().await;
        site.door.later(600);
        assert!(site.back(&cookie, "work", &good).await.refusal(401).contains("too long ago"));
    }

    async fn what_the_provider_refuses_is_named_by_words_of_the_standard_only(engine) {
        let site = Site::on(engine).await;
        let cookie = site.begun().await;
        for (error, named) in [("access_denied", "(access_denied)"), ("<b>call 555</b>", "(no reason given)")] {
            let said = site.back(&cookie, "work", &[("error", error), ("state", STATE)]).await;
            assert!(said.refusal(401).contains(named), "{}", said.text);
        }
    }

    async fn a_sign_in_leads_to_this_server_and_nowhere_else(engine) {
        let site = Site::on(engine).await;
        for place in ["https://evil.example/", "//evil.example", "/%5Cevil.example", "%2F%09%2Fevil.example"] {
            let said = site.go(&format!("/work/start?return_to={place}"), "").await;
            assert!(said.refusal(422).contains("return_to: must be a path on this server"), "{place}");
        }
    }

    async fn a_provider_that_is_disabled_or_unknown_is_no_way_in(engine) {
        let site = Site::on(engine).await;
        let cookie = site.begun().await;
        site.patch(json!({"enabled": false})).await;
        let code = json!({"sub": "1", "preferred_username": "ann"}).to_string();
        assert_eq!(site.back(&cookie, "work", &[("code", &code), ("state", STATE)]).await.status, 404);
        assert_eq!(site.go("/work/start", "").await.status, 404);
        assert_eq!(site.go("/play/start", "").await.status, 404);
    }

    async fn a_disabled_user_is_refused_and_stays_out_of_groups(engine) {
        let site = Site::on(engine).await;
        let claims = json!({"sub": "1", "preferred_username": "ann"});
        let id = site.me(&site.sign_in(claims).await).await["id"].clone();
        site.door.administer("PATCH", &format!("/users/{id}"), json!({"enabled": false})).await;
        let said = site.sign_in(json!({"sub": "1", "groups": ["ops"]})).await;
        assert!(said.refusal(401).contains("disabled"));
        let user = site.door.administer("GET", &format!("/users/{id}"), Value::Null).await;
        assert_eq!(user["groups"], json!([]));
    }

    async fn where_browsers_speak_tls_a_sign_in_over_plain_http_is_refused(engine) {
        let site = Site::reached_at(engine, "https://ipam.example.net", false).await;
        assert!(site.go("/work/start", "").await.refusal(403).contains("plain HTTP"));
        assert!(site.go("/work/callback?code=x", "").await.refusal(403).contains("plain HTTP"));
    }

    async fn a_client_secret_is_sealed_and_never_shown(engine) {
        let site = Site::on(engine).await;
        let path = format!("/oidc_providers/{}", site.provider);
        let shown = site.door.administer("GET", &path, Value::Null).await;
        assert_eq!((&shown["has_client_secret"], &shown["callback"]), (&json!(true), &json!("/api/v2/oidc/work/callback")));
        let mut told = [shown.to_string(), site.door.administer("GET", "/oidc_providers", Value::Null).await.to_string()].concat();
        told.push_str(&site.patch(json!({"client_secret": "rose in a drawer", "scopes": ["email"]})).await.to_string());
        let mut tx = site.door.test.db.read(&door::system()).await.unwrap();
        for change in tx.history("oidc_provider", site.provider, 10).await.unwrap() {
            told.push_str(&change.items.to_string());
        }
        assert!(told.contains(r#""secret":"(secret)""#), "{told}");
        assert!(!told.contains("in a drawer"), "{told}");
        let kept = tx.scalar::<store::Bytes>("SELECT secret FROM oidc_provider", &[]).await.unwrap().unwrap().0;
        assert!(!kept.windows(6).any(|window| window == b"drawer"));
        drop(tx);
        let cleared = site.patch(json!({"client_secret": null})).await;
        assert_eq!((&cleared["has_client_secret"], &cleared["scopes"]), (&json!(false), &json!(["email"])));
    }

    async fn settings_of_a_provider_are_checked_field_by_field(engine) {
        let site = Site::on(engine).await;
        let wrong = json!({
            "name": "Work!", "issuer": "http://login.example.net", "client_id": "", "client_secret": "", "scopes": ["a b"],
            "username_claim": "", "groups_claim": "", "groups": [{"outside": "", "group_id": 1}]
        });
        let said = site.door.ask(&admin(), "POST", "/oidc_providers", wrong).await;
        let fields: Vec<_> = said.json()["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
        let names = ["name", "issuer", "client_secret", "client_id", "scopes", "username_claim", "groups_claim", "groups"];
        assert_eq!((said.status, fields), (422, names.map(Value::from).to_vec()));
        let said = site.door.ask(&admin(), "PATCH", &format!("/oidc_providers/{}", site.provider), json!({
            "groups": [{"outside": "x", "group_id": 999_999}]
        })).await;
        assert_eq!(said.json()["errors"][0]["field"], "groups[0].group_id");
        let taken = json!({"name": "work", "issuer": "https://a.example", "client_id": "x"});
        assert!(site.door.ask(&admin(), "POST", "/oidc_providers", taken).await.refusal(409).contains("already"));
    }

    async fn with_a_provider_go_its_identities_but_no_users(engine) {
        let site = Site::on(engine).await;
        let id = site.me(&site.sign_in(json!({"sub": "1", "preferred_username": "ann"})).await).await["id"].clone();
        site.door.administer("DELETE", &format!("/oidc_providers/{}", site.provider), Value::Null).await;
        assert_eq!(site.door.administer("GET", &format!("/users/{id}/identities"), Value::Null).await, json!([]));
        site.door.administer("DELETE", &format!("/users/{id}"), Value::Null).await;
    }

    async fn the_last_administrator_is_not_put_out_of_their_group(engine) {
        let site = Site::on(engine).await;
        let administrators = site.door.group_id("Global Admins").await;
        site.patch(json!({"groups": [{"outside": "root", "group_id": administrators}]})).await;
        let admin_id = site.door.administer("GET", "/users?q=admin", Value::Null).await[0]["id"].clone();
        let new = json!({"provider": "work", "subject": "0"});
        site.door.administer("POST", &format!("/users/{admin_id}/identities"), new).await;
        assert!(site.sign_in(json!({"sub": "0"})).await.refusal(409).contains("no enabled user would be an administrator"));
        assert_eq!(site.me(&site.sign_in(json!({"sub": "0", "groups": ["root"]})).await).await["name"], "admin");
    }
}
