//! The whole door, as the program builds it, over a database of the test's own.

use std::{sync::Arc, time::Duration};

use access::{Access, Credentials, FirstAdministrator, Hidden, MasterKey, Secure, Settings, TransportPolicy, Tree};
use api_v1::{Actions, Answer};
use axum::{
    Extension, Router,
    body::Body,
    http::{HeaderMap, Request, header::AUTHORIZATION},
    middleware::from_fn,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http_body_util::BodyExt as _;
use kernel::{Actor, RequestId, ResourceId, Result};
use serde_json::{Value, json};
use store::{Setup, Tx};
use testkit::{Engine, TestClock, TestDb};
use tower::ServiceExt as _;

/// The password of the first administrator.
pub(crate) const PASSWORD: &str = "a password for tests";
/// The master key of all tests.
pub(crate) const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// Everything hangs below the top (1): 7 and 8, and 70 below 7.
struct FewResources;

impl Tree for FewResources {
    fn lineage<'a>(
        &'a self,
        _: &'a mut Tx,
        resource: ResourceId,
    ) -> futures_util::future::BoxFuture<'a, Result<Option<Vec<ResourceId>>>> {
        let lineage: Option<&[i64]> = match resource.0 {
            1 => Some(&[1]),
            7 => Some(&[7, 1]),
            8 => Some(&[8, 1]),
            70 => Some(&[70, 7, 1]),
            _ => None,
        };
        let lineage = lineage.map(|ids| ids.iter().map(|id| ResourceId(*id)).collect());
        Box::pin(async move { Ok(lineage) })
    }
}

pub(crate) fn setup(clock: &TestClock) -> Setup {
    Setup {
        migrations: access::MIGRATIONS.to_vec(),
        derived: access::DERIVED.to_vec(),
        clock: Arc::new(clock.clone()),
        ..Setup::default()
    }
}

pub(crate) fn settings() -> Settings {
    Settings { tree: Arc::new(FewResources), ..Settings::default() }
}

pub(crate) fn master_key() -> MasterKey {
    MasterKey::existing(Some(KEY), None).unwrap().unwrap()
}

/// A database with its first administrator, and the door to it.
pub(crate) struct Door {
    pub(crate) access: Access,
    pub(crate) clock: TestClock,
    pub(crate) test: TestDb,
    router: Router,
}

impl Door {
    pub(crate) async fn on(engine: Engine) -> Self {
        Self::with(engine, settings()).await
    }

    pub(crate) async fn with(engine: Engine, settings: Settings) -> Self {
        let clock = TestClock::default();
        let test = engine.database(setup(&clock)).await;
        access::bootstrap(&test.db, Some(Hidden(PASSWORD.to_owned()))).await.unwrap().unwrap();
        let access = Access::open(test.db.clone(), master_key(), settings).await.unwrap();
        let router = router(&access, TransportPolicy::default()).layer(Extension(Secure(true)));
        Self { access, clock, test, router }
    }

    /// Somebody else's way in, such as one that is not safe.
    pub(crate) fn through(self, router: Router) -> Self {
        Self { router, ..self }
    }

    pub(crate) fn later(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Said {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Said { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    /// A request to API v2 with this `Authorization`.
    pub(crate) async fn ask(&self, who: &str, method: &str, path: &str, body: Value) -> Said {
        let request = Request::builder().method(method).uri(format!("/api/v2{path}")).header(AUTHORIZATION, who);
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.send(request.header("content-type", "application/json").body(body).unwrap()).await
    }

    pub(crate) async fn get(&self, who: &str, path: &str) -> Said {
        self.ask(who, "GET", path, Value::Null).await
    }

    /// The same by the administrator, who must not be refused.
    pub(crate) async fn administer(&self, method: &str, path: &str, body: Value) -> Value {
        let said = self.ask(&admin(), method, path, body).await;
        assert!((200..300).contains(&said.status), "{method} {path}: {} {}", said.status, said.text);
        if said.text.is_empty() { Value::Null } else { said.json() }
    }

    /// A user with this name, whose password is [`PASSWORD`]; answers with the id.
    pub(crate) async fn user(&self, name: &str) -> i64 {
        let user = self.administer("POST", "/users", json!({"username": name, "password": PASSWORD})).await;
        user["id"].as_i64().unwrap()
    }

    /// A group with these permissions and users; answers with the id.
    pub(crate) async fn group(&self, name: &str, permissions: &[(i64, &[&str])], users: &[i64]) -> i64 {
        let group = self.administer("POST", "/usergroups", json!({"name": name})).await;
        let id = group["id"].as_i64().unwrap();
        self.administer("PUT", &format!("/usergroups/{id}/permissions"), permissions_json(permissions)).await;
        self.administer("PUT", &format!("/usergroups/{id}/users"), json!({"users": users})).await;
        id
    }

    pub(crate) async fn group_id(&self, name: &str) -> i64 {
        let groups = self.administer("GET", "/usergroups", Value::Null).await;
        let found = groups.as_array().unwrap().iter().find(|group| group["name"] == name);
        found.unwrap()["id"].as_i64().unwrap()
    }
}

pub(crate) fn permissions_json(permissions: &[(i64, &[&str])]) -> Value {
    permissions.iter().map(|(id, names)| json!({"resource_id": id, "permissions": names})).collect()
}

/// The doors of API v2 and a small one of API v1, behind the layer that recognises the caller.
pub(crate) fn router(access: &Access, policy: TransportPolicy) -> Router {
    let (v2, _) = api_v2::assemble("1.0.0", access::v2(access)).unwrap();
    let who = async |(), request: api_v1::Request| Ok(Answer::ok("Done.").with("by", request.actor.name.to_string()));
    let actions = ["get", "getOptions", "delete"]
        .into_iter()
        .fold(Actions::new(()), |actions, name| actions.on("ipam", name, who));
    Router::new()
        .merge(v2)
        .merge(api_v1::router(actions))
        .layer(access::recognise(access, policy))
        .layer(from_fn(api_v2::problems))
}

pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Said {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// What the refusal says.
    #[track_caller]
    pub(crate) fn refusal(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()["detail"].as_str().unwrap().to_owned()
    }
}

/// HTTP Basic.
pub(crate) fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{name}:{password}")))
}

pub(crate) fn admin() -> String {
    basic("admin", PASSWORD)
}

pub(crate) fn credentials(name: &str, password: &str) -> Credentials {
    Credentials::Basic { name: name.to_owned(), password: Hidden(password.to_owned()), kind: None }
}

pub(crate) fn request() -> RequestId {
    RequestId("test".into())
}

/// The system, as the command line of an operator acts.
pub(crate) fn system() -> Actor {
    Actor::system("test")
}

pub(crate) type First = Option<FirstAdministrator>;
