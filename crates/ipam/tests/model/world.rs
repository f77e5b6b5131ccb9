//! The slice as its doors show it: one node on SQLite, two on PostgreSQL, a clock that stands still, and people.

use std::sync::Arc;

use axum::{
    Extension, Router,
    body::Body,
    http::{Method, Request},
};
use http_body_util::BodyExt as _;
use ipam::Ipam;
use kernel::{Actor, Prefix, Result};
use resources::NewResource;
use serde_json::{Value, json};
use store::{Db, Setup, Tx, Work};
use testkit::{Engine, TestClock, TestDb};
use tower::ServiceExt as _;

use crate::{
    naive::{AVAILABLE, HOLDING},
    operation::HOLDERS,
};

pub(crate) struct World {
    test: TestDb,
    engine: Engine,
    pub(crate) nodes: Vec<Node>,
    pub(crate) clock: TestClock,
    actor: Actor,
    /// Resources, and at the end the two of the system's own that can't be given blocks.
    pub(crate) holders: Vec<i64>,
    /// The ids of the aggregates, in the order in which they were added.
    pub(crate) roots: Vec<i64>,
    /// How many requests had a key.
    pub(crate) keys: usize,
}

/// One process's view of the database.
#[derive(Clone)]
pub(crate) struct Node {
    number: usize,
    db: Db,
    router: Router,
}

/// What a door answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl World {
    pub(crate) async fn new(engine: Engine) -> Self {
        let clock = TestClock::default();
        let setup = Setup {
            migrations: [resources::MIGRATIONS, ipam::MIGRATIONS].concat(),
            derived: [resources::DERIVED, ipam::DERIVED].concat(),
            clock: Arc::new(clock.clone()),
            ..Setup::default()
        };
        let test = engine.database(setup).await;
        let actor = testkit::actor("root").administrator();
        resources::bootstrap(&test.db).await.unwrap();
        Ipam::new(test.db.clone()).bootstrap().await.unwrap();
        let mut holders = Vec::new();
        for n in 0..HOLDERS {
            holders.push(test.db.write(&actor, AddHolder(format!("Holder {n}"))).await.unwrap());
        }
        holders.extend([AVAILABLE, HOLDING]);
        let mut world = Self { nodes: Vec::new(), test, engine, clock, actor, holders, roots: Vec::new(), keys: 0 };
        world.nodes.push(world.node(world.test.db.clone()));
        for (list, entry) in [
            ("tags", json!({"name": "core"})),
            ("tags", json!({"name": "customer"})),
            ("tags", json!({"name": "vpn"})),
            ("regions", json!({"code": "AMS", "name": "Amsterdam"})),
            ("regions", json!({"code": "LON", "name": "London"})),
            ("rirs", json!({"value": "LAB"})),
        ] {
            let reply = world.nodes[0].ask(Method::POST, &format!("/ipam/{list}"), entry).await;
            assert_eq!(reply.status, 201, "{reply:?}");
        }
        if engine == Engine::Postgres {
            world.nodes.push(world.node(world.test.second_node().await));
        }
        world
    }

    fn node(&self, db: Db) -> Node {
        let number = self.nodes.len();
        let ipam = Ipam::new(db.clone());
        let (router, _) = api_v2::assemble("1.0.0", [("ipam", ipam::v2(&ipam))]).unwrap();
        let router = router.merge(api_v1::router(ipam::v1(&ipam))).layer(Extension(self.actor.clone()));
        Node { number, db, router }
    }

    /// Closes a database and opens it again; with several nodes, the last one goes and a new one comes.
    pub(crate) async fn restart(mut self) -> Self {
        if self.engine == Engine::Postgres {
            self.nodes.pop();
            self.nodes.push(self.node(self.test.second_node().await));
            return self;
        }
        self.nodes.clear();
        self.test = self.test.restarted().await;
        self.nodes.push(self.node(self.test.db.clone()));
        self
    }

    /// Deletes every block. The database is then as good as new, but for what a long life has left in it.
    pub(crate) async fn clear(&mut self) {
        for root in self.nodes[0].list("top_aggregate=null").await {
            let reply = self.nodes[0].ask(Method::DELETE, &path(&root["id"], "?force=true"), Value::Null).await;
            assert_eq!(reply.status, 204, "{reply:?}");
        }
        self.roots.clear();
    }

    /// What the product itself finds wrong, on any node.
    pub(crate) async fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for node in &self.nodes {
            faults.extend(ipam::check(&node.db, &self.actor).await.unwrap());
        }
        faults
    }

    /// The id of the block with this range in this aggregate; 0, which no block has, when the server lacks it.
    pub(crate) async fn id(&self, root: usize, prefix: Prefix) -> Value {
        let wanted = self.roots[root];
        let found = self.nodes[0].list(&format!("cidr={prefix}")).await;
        let of = |block: &Value| block["top_aggregate"].as_i64().or(block["id"].as_i64());
        found.iter().find(|block| of(block) == Some(wanted)).map_or(json!(0), |block| block["id"].clone())
    }
}

/// The path of a block and what can be done with it.
pub(crate) fn path(block: &Value, action: &str) -> String {
    format!("/ipam/netblocks/{}{action}", block.as_str().map_or(block.to_string(), |cidr| cidr.replace('/', "%2F")))
}

impl Node {
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.number == other.number
    }

    /// Asks API v2.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Value) -> Reply {
        self.ask_once(method, path, body, None).await
    }

    /// The same, with a key that makes a repetition harmless.
    pub(crate) async fn ask_once(&self, method: Method, path: &str, body: Value, key: Option<&str>) -> Reply {
        let mut request = Request::builder().method(method).uri(format!("/api/v2{path}"));
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.send(request.header("content-type", "application/json").body(body).unwrap()).await
    }

    /// Asks API v1; a refusal gets the status that a modern door would give it.
    pub(crate) async fn ask_v1(&self, query: &str) -> Reply {
        let request = Request::get(format!("{}?target=ipam&{query}", api_v1::PATH)).body(Body::empty()).unwrap();
        let mut reply = self.send(request).await;
        if reply.body["success"] == 0 && reply.status == 200 {
            reply.status = 409;
        }
        reply
    }

    /// All blocks that meet the conditions of a query.
    pub(crate) async fn list(&self, query: &str) -> Vec<Value> {
        let mut blocks = Vec::new();
        loop {
            let offset = blocks.len();
            let path = format!("/ipam/netblocks?{query}&limit=1000&offset={offset}");
            let reply = self.ask(Method::GET, &path, Value::Null).await;
            let Value::Array(page) = reply.body else { panic!("{path}: {reply:?}") };
            let last = page.len() < 1000;
            blocks.extend(page);
            if last {
                return blocks;
            }
        }
    }

    async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Reply { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
    }
}

struct AddHolder(String);

impl Work for AddHolder {
    type Out = i64;
    const NAME: &'static str = "test.add_holder";

    async fn run(&self, tx: &mut Tx) -> Result<i64> {
        let new = NewResource { name: self.0.clone(), kind: "customer".to_owned(), ..NewResource::default() };
        Ok(resources::add(tx, &new).await?.id.0)
    }
}
