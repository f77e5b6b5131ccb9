//! A database with the slices below and this one, clients of both doors, and short words to arrange a situation.

use std::sync::Arc;

use axum::{
    Extension, Router,
    body::Body,
    http::{HeaderMap, Method, Request, header},
    middleware::from_fn,
};
use http_body_util::BodyExt as _;
use ipam::Ipam;
use kernel::{Actor, ResourceId, Result, Timestamp};
use resources::{NewResource, Resource, Resources, SectionRef};
use serde_json::{Value, json};
use store::{Db, Setup, Tx, Work};
use testkit::{Engine, TestClock, TestDb};
use tower::ServiceExt as _;

/// Everything a test needs. The clock stands still at 2026-01-01 00:00:00 until it is moved.
pub(crate) struct World {
    pub(crate) test: TestDb,
    pub(crate) clock: TestClock,
    /// An administrator, who asks when nobody else is named.
    pub(crate) root: Actor,
    v1: Router,
    pub(crate) v2: Router,
}

/// What API v2 answered.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

/// A world with an empty tree of blocks and empty lists of tags and regions.
pub(crate) async fn world(engine: Engine) -> World {
    let clock = TestClock::default();
    let setup = Setup {
        migrations: [access::MIGRATIONS, resources::MIGRATIONS, ipam::MIGRATIONS].concat(),
        derived: [access::DERIVED, resources::DERIVED, ipam::DERIVED].concat(),
        clock: Arc::new(clock.clone()),
        ..Setup::default()
    };
    let test = engine.database(setup).await;
    resources::bootstrap(&test.db).await.unwrap();
    Ipam::new(test.db.clone()).bootstrap().await.unwrap();
    let (v1, v2) = doors(&test.db);
    World { test, clock, root: testkit::actor("root").administrator(), v1, v2 }
}

/// Both doors of a node.
pub(crate) fn doors(db: &Db) -> (Router, Router) {
    let (ipam, resources) = (Ipam::new(db.clone()), Resources::new(db.clone()).with_guard(ipam::guard()));
    let v1 = api_v1::router(api_v1::Actions::new(()).merge(resources::v1(&resources)).merge(ipam::v1(&ipam)));
    let groups = ("usergroups", ipam::v2_groups(&ipam));
    let families = [("ipam", ipam::v2(&ipam)), ("resources", resources::v2(&resources)), groups];
    let (v2, _) = api_v2::assemble("1.0.0", families).unwrap();
    let v2 = v2.layer(api_v2::dry_runs(&[7; 32])).layer(from_fn(api_v2::problems));
    (v1, api_v2::with_cidr_paths(v2))
}

/// The doors.
impl World {
    /// The answer of API v1, as it goes over the wire. The form names the action; the target is `ipam`.
    pub(crate) async fn v1_as(&self, actor: &Actor, form: impl AsRef<[u8]>) -> String {
        let body = [b"target=ipam&".as_slice(), form.as_ref()].concat();
        let request = Request::post(api_v1::PATH).header("content-type", "application/x-www-form-urlencoded");
        let router = self.v1.clone().layer(Extension(actor.clone()));
        let (status, _, text) = send(router, request.body(Body::from(body)).unwrap()).await;
        assert_eq!(status, 200, "{text}");
        text
    }

    pub(crate) async fn v1(&self, form: impl AsRef<[u8]>) -> String {
        self.v1_as(&self.root, form).await
    }

    /// The answer of API v1 to something that must be done.
    pub(crate) async fn done(&self, form: &str) -> Value {
        self.done_as(&self.root, form).await
    }

    pub(crate) async fn done_as(&self, actor: &Actor, form: &str) -> Value {
        let text = self.v1_as(actor, form).await;
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_ne!(answer["success"], 0, "{form}: {text}");
        answer
    }

    /// Why API v1 refused.
    pub(crate) async fn refused(&self, form: impl AsRef<[u8]>) -> String {
        self.refused_as(&self.root, form).await
    }

    pub(crate) async fn refused_as(&self, actor: &Actor, form: impl AsRef<[u8]>) -> String {
        let text = self.v1_as(actor, form.as_ref()).await;
        let answer: Value = serde_json::from_str(&text).unwrap();
        let message = answer["message"].as_str().unwrap_or_default();
        assert_eq!(
            text,
            php(&json!({ "success": 0, "message": message })),
            "{}",
            String::from_utf8_lossy(form.as_ref())
        );
        message.to_owned()
    }

    pub(crate) async fn v2_as(&self, actor: &Actor, method: Method, path: &str, body: Value) -> Reply {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.send_v2(actor, method, path, None, body).await
    }

    /// A request of API v2 with a body of any bytes.
    pub(crate) async fn send_v2(
        &self,
        actor: &Actor,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: impl Into<Body>,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(format!("/api/v2{path}"));
        request = request.header(header::CONTENT_TYPE, "application/json");
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let router = self.v2.clone().layer(Extension(actor.clone()));
        let (status, headers, text) = send(router, request.body(body.into()).unwrap()).await;
        Reply { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null) }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.v2_as(&self.root, Method::GET, path, Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.v2_as(&self.root, Method::POST, path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        self.v2_as(&self.root, Method::PUT, path, body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.v2_as(&self.root, Method::PATCH, path, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.v2_as(&self.root, Method::DELETE, path, Value::Null).await
    }
}

/// Arranging.
impl World {
    /// A customer: an entry below the top.
    pub(crate) async fn holder(&self, name: &str) -> ResourceId {
        self.holder_below(name, ResourceId::TOP).await
    }

    pub(crate) async fn holder_below(&self, name: &str, parent: ResourceId) -> ResourceId {
        self.test.db.write(&self.root, AddCustomer { name: name.to_owned(), parent }).await.unwrap()
    }

    pub(crate) async fn tags(&self, names: &[&str]) {
        for name in names {
            self.done(&format!("action=addTagToList&newTag={name}")).await;
        }
    }

    pub(crate) async fn region(&self, code: &str, name: &str) {
        self.done(&format!("action=addRegionToList&newRegion={code}&name={name}")).await;
    }

    /// Adds an aggregate of RFC 1918 space; `more` are further parameters.
    pub(crate) async fn add(&self, cidr: &str, more: &str) -> i64 {
        self.done(&format!("action=add&block={cidr}&rir=1918&{more}")).await["id"].as_i64().unwrap()
    }

    /// Gives a block, or a part of a free one, to a resource.
    pub(crate) async fn assign(&self, cidr: &str, to: ResourceId) -> i64 {
        self.done(&format!("action=directAssign&block={cidr}&resourceId={to}")).await["id"].as_i64().unwrap()
    }

    /// The same, and pieces of it may be given on.
    pub(crate) async fn pool(&self, cidr: &str, to: ResourceId) -> i64 {
        let form = format!("action=directAssign&block={cidr}&resourceId={to}&allowSubAssignments=true");
        self.done(&form).await["id"].as_i64().unwrap()
    }

    pub(crate) fn at(&self, time: &str) {
        self.clock.set(Timestamp::from_sql(time).unwrap());
    }
}

/// Looking.
impl World {
    /// A block as API v2 shows it.
    pub(crate) async fn block(&self, cidr: &str) -> Value {
        let reply = self.get(&format!("/ipam/netblocks/{cidr}")).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.body
    }

    pub(crate) async fn id(&self, cidr: &str) -> i64 {
        self.block(cidr).await["id"].as_i64().unwrap()
    }

    /// The leaves below a block, in address order, each with its state and its holder.
    pub(crate) async fn leaves(&self, cidr: &str) -> Vec<String> {
        let reply = self.get(&format!("/ipam/netblocks/{cidr}/children?limit=1000")).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let leaf = |b: &Value| [&b["cidr"], &b["state"], &b["resource_name"]].map(|v| v.as_str().unwrap()).join(" ");
        reply.body.as_array().unwrap().iter().map(leaf).collect()
    }

    /// What API v1 finds, in its order.
    pub(crate) async fn found(&self, filter: &str) -> Vec<String> {
        self.found_as(&self.root, filter).await
    }

    pub(crate) async fn found_as(&self, actor: &Actor, filter: &str) -> Vec<String> {
        cidrs(&self.done_as(actor, &format!("action=get&{filter}")).await["data"])
    }

    /// What API v2 finds, in its order.
    pub(crate) async fn listed(&self, filter: &str) -> Vec<String> {
        self.listed_as(&self.root, filter).await
    }

    pub(crate) async fn listed_as(&self, actor: &Actor, filter: &str) -> Vec<String> {
        let reply = self.v2_as(actor, Method::GET, &format!("/ipam/netblocks?{filter}"), Value::Null).await;
        assert_eq!(reply.status, 200, "{filter}: {reply:?}");
        cidrs(&reply.body)
    }

    /// Blocks, counters and the index of free space agree with each other.
    pub(crate) async fn is_sound(&self) {
        assert_eq!(ipam::check(&self.test.db, &self.root).await.unwrap(), [""; 0]);
    }
}

impl Reply {
    /// The one error of a refusal, `field: rule`, or the sentence of a refusal that is about no field.
    pub(crate) fn refusal(&self) -> (u16, String) {
        assert!(self.status >= 400, "{self:?}");
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        (self.status, self.body["detail"].as_str().unwrap().to_owned())
    }
}

/// The blocks of a list, by their CIDRs.
pub(crate) fn cidrs(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|block| block["cidr"].as_str().unwrap().to_owned()).collect()
}

/// A documented answer, with the real values in the places marked by names such as `<id>`.
pub(crate) fn fill(documented: &str, values: &[(&str, i64)]) -> String {
    let text = documented.to_owned();
    values.iter().fold(text, |text, (name, value)| text.replace(&format!("<{name}>"), &value.to_string()))
}

/// A value in the bytes of API v1.
fn php(value: &Value) -> String {
    String::from_utf8(api_v1::php_json::to_vec(value).unwrap()).unwrap()
}

async fn send(router: Router, request: Request<Body>) -> (u16, HeaderMap, String) {
    let response = router.oneshot(request).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, headers, String::from_utf8(bytes.to_vec()).unwrap())
}

struct AddCustomer {
    name: String,
    parent: ResourceId,
}

impl Work for AddCustomer {
    type Out = ResourceId;
    const NAME: &'static str = "test.customer";

    async fn run(&self, tx: &mut Tx) -> Result<ResourceId> {
        let sections: Vec<Resource> = tx.find("kind = 'section'", &[]).await?;
        let section = match sections.first() {
            Some(section) => section.id,
            None => resources::add(tx, &new("Customers", "section")).await?.id,
        };
        let (parent_id, section) = (Some(self.parent), Some(SectionRef::Id(section)));
        Ok(resources::add(tx, &NewResource { parent_id, section, ..new(&self.name, "entry") }).await?.id)
    }
}

fn new(name: &str, kind: &str) -> NewResource {
    NewResource { name: name.to_owned(), kind: kind.to_owned(), ..NewResource::default() }
}
