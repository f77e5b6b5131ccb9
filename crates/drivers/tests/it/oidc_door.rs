//! A whole sign-in by OpenID Connect: through the door, with a real provider.

use std::sync::Arc;

use access::{Access, Hidden, MasterKey, Peer, PublicUrl, Secure, Settings, TransportPolicy};
use axum::{
    Extension, Router,
    body::Body,
    http::{Request, Response, header},
};
use drivers::Oidc;
use http_body_util::BodyExt as _;
use kernel::Actor;
use reqwest::Url;
use serde_json::Value;
use store::Setup;
use testkit::{Engine, IdentityProvider, on_both};
use tower::ServiceExt as _;

const SITE: &str = "http://127.0.0.1:9";
const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

async fn door(engine: Engine, provider: &IdentityProvider) -> (testkit::TestDb, Router) {
    let setup =
        Setup { migrations: access::MIGRATIONS.to_vec(), derived: access::DERIVED.to_vec(), ..Setup::default() };
    let test = engine.database(setup).await;
    access::bootstrap(&test.db, Some(Hidden("a password for tests".to_owned()))).await.unwrap().unwrap();
    let settings = Settings {
        relying_party: Arc::new(Oidc::new()),
        public_url: Some(PublicUrl::parse(SITE).unwrap()),
        ..Settings::default()
    };
    let key = MasterKey::existing(Some(KEY), None).unwrap().unwrap();
    let access = Access::open(test.db.clone(), key, settings).await.unwrap();
    let new = serde_json::json!({
        "name": "work", "issuer": provider.issuer(), "client_id": IdentityProvider::ES256_CLIENT,
        "client_secret": IdentityProvider::SECRET, "scopes": ["profile", "email", "groups"], "add_users": true
    });
    let new = serde_json::from_value(new).unwrap();
    access.add_oidc_provider(&Actor::system("test"), new, None).await.unwrap();
    let (router, _) = api_v2::assemble("1.0.0", access::v2(&access)).unwrap();
    let router = router
        .layer(access::recognise(&access, TransportPolicy::default()))
        .layer(Extension(Secure(true)))
        .layer(Extension(Peer { address: [127, 0, 0, 1].into(), tls: false }));
    (test, router)
}

async fn get(router: &Router, path: &str, cookie: &str) -> Response<Body> {
    let request = Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap();
    router.clone().oneshot(request).await.unwrap()
}

/// The cookie with this name that an answer sets.
fn cookie(answer: &Response<Body>, name: &str) -> String {
    let all = answer.headers().get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap());
    let pairs = all.map(|cookie| cookie.split(';').next().unwrap().to_owned());
    pairs.into_iter().find(|pair| pair.starts_with(&format!("{name}="))).unwrap()
}

on_both! {
    async fn a_browser_goes_to_a_real_provider_and_comes_back_signed_in(engine) {
        let provider = IdentityProvider::start(&format!("{SITE}/api/v2/oidc/work/callback")).await;
        let (_test, router) = door(engine, &provider).await;
        let sent = get(&router, "/api/v2/oidc/work/start?return_to=/home", "").await;
        assert_eq!(sent.status(), 303);
        let place = sent.headers()[header::LOCATION].to_str().unwrap().to_owned();
        let back = Url::parse(&provider.sign_in(&place, "ann").await).unwrap();
        let path = format!("{}?{}", back.path(), back.query().unwrap());
        let stranger = get(&router, &path, "").await;
        assert_eq!(stranger.status(), 401, "another browser is not signed in");
        let signed_in = get(&router, &path, &cookie(&sent, "platbook-oidc")).await;
        assert_eq!((signed_in.status().as_u16(), &signed_in.headers()[header::LOCATION]), (303, &"/home".parse().unwrap()));
        let me = get(&router, "/api/v2/users/me", &cookie(&signed_in, "platbook")).await;
        let me: Value = serde_json::from_slice(&me.into_body().collect().await.unwrap().to_bytes()).unwrap();
        assert_eq!((&me["name"], &me["email"]), (&"ann".into(), &"ann@example.net".into()));
    }
}
