//! A database with the slices below and this one, an ARIN on loopback, a worker, and clients of both doors.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use access::{Hidden, MasterKey};
use axum::{
    Extension, Router,
    body::Body,
    http::{HeaderMap, Method, Request, header},
    middleware::from_fn,
};
use drivers::ArinService;
use futures_util::future::BoxFuture;
use http_body_util::BodyExt as _;
use ipam::Ipam;
use kernel::{Actor, JobId, ResourceId, Result};
use registry::{
    Registry,
    arin::{Arin as Service, Call, Exchange, Rendered},
};
use resources::{Attributes, NewResource, Resource, Resources, SectionRef};
use serde_json::{Value, json};
use store::{
    Setup, Tx, Work,
    job::{self, Jobs, Status, Worker},
};
use testkit::{Arin, Engine, TestClock, TestDb};
use tokio::sync::watch;
use tower::ServiceExt as _;

/// How long our client waits for ARIN.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);
/// When something comes later than that.
pub(crate) const TOO_LATE: Duration = Duration::from_millis(1500);

/// Everything a test needs. The clock stands still until it is moved.
pub(crate) struct World {
    pub(crate) test: TestDb,
    pub(crate) clock: TestClock,
    pub(crate) root: Actor,
    pub(crate) arin: Arin,
    /// The LIR with an organisation EXAMPLE-1 that has 67.221.240.0/20 and 2001:db8::/32.
    pub(crate) lir: i64,
    pub(crate) crashes: Arc<Crashing>,
    pub(crate) registry: Registry,
    v1: Router,
    v2: Router,
    _stop: watch::Sender<bool>,
}

/// When a node dies around a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crash {
    Never,
    BeforeSending,
    AfterTheAnswer,
}

/// ARIN, and a node that dies when it talks to it.
pub(crate) struct Crashing {
    service: ArinService,
    pub(crate) crashes: Mutex<VecDeque<Crash>>,
}

impl Service for Crashing {
    fn render(&self, call: &Call) -> Rendered {
        self.service.render(call)
    }

    fn send<'a>(&'a self, key: &'a Hidden<String>, call: &'a Call) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            let crash = if call.writes() { self.crashes.lock().unwrap().pop_front() } else { None };
            if crash == Some(Crash::BeforeSending) {
                panic!("the node dies before it sends");
            }
            let exchange = self.service.send(key, call).await;
            if crash == Some(Crash::AfterTheAnswer) {
                panic!("the node dies after the answer");
            }
            exchange
        })
    }
}

/// What API v2 answered.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

pub(crate) async fn world(engine: Engine) -> World {
    world_with(engine, Duration::from_secs(15)).await
}

/// One in which calls of API v1 wait this long.
pub(crate) async fn world_with(engine: Engine, patience: Duration) -> World {
    let clock = TestClock::default();
    let setup = Setup {
        migrations: [access::MIGRATIONS, resources::MIGRATIONS, ipam::MIGRATIONS, registry::MIGRATIONS].concat(),
        derived: [access::DERIVED, resources::DERIVED, ipam::DERIVED, registry::DERIVED].concat(),
        clock: Arc::new(clock.clone()),
        ..Setup::default()
    };
    let test = engine.database(setup).await;
    let db = test.db.clone();
    let arin = Arin::start().await;
    let service = ArinService::with_patience(&arin.url(), &arin.directory(), PATIENCE).unwrap();
    let crashes = Arc::new(Crashing { service, crashes: Mutex::default() });
    let key = MasterKey::find(&db, Some(&"5a".repeat(32)), None).await.unwrap();
    let ipam = Ipam::new(db.clone()).with_registrar(registry::registrar());
    let resources = Resources::new(db.clone()).with_guard(ipam::guard()).with_guard(registry::guard());
    let registry = Registry::new(db.clone(), resources.clone(), key).with_arin(crashes.clone()).with_patience(patience);
    resources::bootstrap(&db).await.unwrap();
    ipam.bootstrap().await.unwrap();
    let actions = api_v1::Actions::new(()).merge(ipam::v1(&ipam)).merge(registry::v1(&registry));
    let v1 = api_v1::router(actions);
    let families = [
        ("ipam", ipam::v2(&ipam).merge(registry::v2(&registry))),
        ("resources", resources::v2(&resources).merge(resources::v2_contacts(&resources))),
    ];
    let (v2, _) = api_v2::assemble("1.0.0", families).unwrap();
    let v2 = api_v2::with_cidr_paths(v2.layer(from_fn(api_v2::problems)));
    let root = testkit::actor("root").administrator();
    let known = root.clone();
    let actor_of = Arc::new(move |_, _| -> BoxFuture<'static, Result<Actor>> {
        let known = known.clone();
        Box::pin(async move { Ok(known) })
    });
    let (stop, told) = watch::channel(false);
    tokio::spawn(Worker::new(db, registry::jobs(Jobs::new(actor_of), &registry), "node").run(told));
    let mut world = World { test, clock, root, arin, lir: 0, crashes, registry, v1, v2, _stop: stop };
    world.arin.allocate("67.221.240.0/20", "EXAMPLE-1");
    world.arin.allocate("2001:db8::/32", "EXAMPLE-1");
    let lir = json!({
        "name": "Example at ARIN", "rir": "ARIN", "org_ids": ["EXAMPLE-1"], "net_name_prefix": "NET-ACME",
        "api_key": Arin::KEY,
    });
    world.lir = world.post("/ipam/lirs", lir).await.body["id"].as_i64().unwrap();
    for cidr in ["67.221.240.0/20", "2001:db8::/32"] {
        let block = json!({"cidr": cidr, "rir": "ARIN", "lir_id": world.lir});
        assert_eq!(world.post("/ipam/netblocks", block).await.status, 201);
    }
    world
}

/// The doors.
impl World {
    /// The answer of API v1 as it goes over the wire; the target is `ipam`.
    pub(crate) async fn v1(&self, form: &str) -> String {
        let request = Request::post(api_v1::PATH).header("content-type", "application/x-www-form-urlencoded");
        let router = self.v1.clone().layer(Extension(self.root.clone()));
        let (status, _, text) = send(router, request.body(Body::from(format!("target=ipam&{form}"))).unwrap()).await;
        assert_eq!(status, 200, "{text}");
        text
    }

    pub(crate) async fn v2_as(&self, actor: &Actor, method: Method, path: &str, body: Value) -> Reply {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = Request::builder().method(method).uri(format!("/api/v2{path}"));
        let request = request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body)).unwrap();
        let router = self.v2.clone().layer(Extension(actor.clone()));
        let (status, headers, text) = send(router, request).await;
        Reply { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null) }
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let reply = self.v2_as(&self.root, Method::GET, path, Value::Null).await;
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        reply.body
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
    /// A customer with an address.
    pub(crate) async fn customer(&self, name: &str) -> ResourceId {
        let list = |text: &str| vec![text.to_owned()];
        let attributes: Attributes = [
            ("street_address", vec!["1 Main St".to_owned(), "Suite 2".to_owned()]),
            ("city", list("Ashburn")),
            ("state", list("va")),
            ("postal_code", list("20147")),
            ("country", list("us")),
        ]
        .into_iter()
        .map(|(name, values)| (name.to_owned(), values))
        .collect();
        let work = AddCustomer { name: name.to_owned(), attributes };
        self.test.db.write(&self.root, work).await.unwrap()
    }

    /// Gives a block to a resource; the answer is the block's id.
    pub(crate) async fn assign(&self, cidr: &str, to: ResourceId) -> i64 {
        let reply = self.put(&format!("/ipam/netblocks/{cidr}/direct_assign"), json!({"resource_id": to})).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.body[0]["id"].as_i64().unwrap()
    }

    /// Begins a simple reassignment.
    pub(crate) async fn reassign(&self, cidr: &str) {
        let reply = self.put(&format!("/ipam/netblocks/{cidr}/swip"), json!({"action": "simple_reassign"})).await;
        assert_eq!(reply.status, 202, "{reply:?}");
    }

    pub(crate) fn nodes_die(&self, crashes: &[Crash]) {
        *self.crashes.crashes.lock().unwrap() = crashes.iter().copied().collect();
    }

    /// Lets pauses pass until the last change of this block is over; the answer is how the block then stands.
    pub(crate) async fn end(&self, cidr: &str) -> Value {
        let path = format!("/ipam/netblocks/{cidr}/swip");
        for _ in 0..600 {
            let state = self.get(&path).await;
            let request = &state["request"];
            if matches!(request["state"].as_str(), Some("done" | "failed")) {
                return state;
            }
            if self.waits(JobId(request["job_id"].as_i64().unwrap())).await {
                // What comes too late has come by then.
                tokio::time::sleep(TOO_LATE.saturating_sub(PATIENCE) * 2).await;
                self.an_hour_passes().await;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the change of {cidr} has no end: {:?}", self.get(&path).await);
    }

    /// Whether a job has run and waits to be tried again.
    pub(crate) async fn waits(&self, id: JobId) -> bool {
        let mut tx = self.test.db.read(&self.root).await.unwrap();
        let state = job::state(&mut tx, id).await.unwrap().unwrap();
        state.status == Status::Queued && state.attempts > 0
    }

    /// Waits until the job of the last change has run once more and waits.
    pub(crate) async fn rests(&self, cidr: &str) -> Value {
        let path = format!("/ipam/netblocks/{cidr}/swip");
        for _ in 0..600 {
            let state = self.get(&path).await;
            if self.waits(JobId(state["request"]["job_id"].as_i64().unwrap())).await {
                return self.get(&path).await;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the change of {cidr} does not rest");
    }

    pub(crate) async fn an_hour_passes(&self) {
        self.clock.advance(Duration::from_secs(3700));
        self.test.db.write(&self.root, Nudge).await.unwrap();
    }

    /// The one network that ARIN has given on, as it has it, and how many customers there are.
    pub(crate) fn at_arin(&self) -> (Vec<String>, usize) {
        let given = self.arin.given();
        (given.into_iter().map(|net| net.cidr).collect(), self.arin.customers().len())
    }
}

async fn send(router: Router, request: Request<Body>) -> (u16, HeaderMap, String) {
    let response = router.oneshot(request).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, headers, String::from_utf8(bytes.to_vec()).unwrap())
}

impl Reply {
    /// The sentence of a refusal.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        assert!(self.status >= 400, "{self:?}");
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        (self.status, self.body["detail"].as_str().unwrap())
    }
}

/// Lets workers look at the queue.
struct Nudge;

impl Work for Nudge {
    type Out = ();
    const NAME: &'static str = "test.nudge";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        tx.signal("job");
        Ok(())
    }
}

struct AddCustomer {
    name: String,
    attributes: Attributes,
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
        let (section, attributes) = (Some(SectionRef::Id(section)), self.attributes.clone());
        Ok(resources::add(tx, &NewResource { section, attributes, ..new(&self.name, "entry") }).await?.id)
    }
}

fn new(name: &str, kind: &str) -> NewResource {
    NewResource { name: name.to_owned(), kind: kind.to_owned(), ..NewResource::default() }
}
