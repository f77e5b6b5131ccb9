//! A database with all slices, people in groups, the doors behind the gate, and a worker.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use access::{Access, Mail, MailCarrier, MailServer, MasterKey, Settings, Tree};
use approvals::Approvals;
use axum::{
    Extension, Router,
    body::Body,
    http::{Method, Request, header::CONTENT_TYPE},
    middleware::from_fn,
};
use futures_util::future::BoxFuture;
use http_body_util::BodyExt as _;
use ipam::Ipam;
use kernel::{Actor, GroupId, RequestId, ResourceId, Result, UserId};
use resources::Resources;
use serde_json::{Value, json};
use store::{
    Setup, Tx,
    job::{ActorOf, Jobs, Worker},
};
use testkit::{
    Engine, TestClock, TestDb,
    tokio::{self, sync::watch, task::JoinHandle},
};
use tower::ServiceExt as _;

/// The password of everybody.
const PASSWORD: &str = "a password for tests";

pub(crate) struct World {
    pub(crate) test: TestDb,
    pub(crate) clock: TestClock,
    pub(crate) root: Actor,
    pub(crate) access: Access,
    pub(crate) postman: Arc<Postman>,
    doors: Router,
    _stop: watch::Sender<bool>,
    worker: JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.worker.abort();
    }
}

/// Takes mail.
#[derive(Default)]
pub(crate) struct Postman(Mutex<Vec<Mail>>);

impl MailCarrier for Postman {
    fn check(&self, _: &MailServer) -> Result<()> {
        Ok(())
    }

    fn carry<'a>(&'a self, _: &'a MailServer, _: &'a str, mail: &'a Mail) -> BoxFuture<'a, Result<()>> {
        self.0.lock().unwrap().push(mail.clone());
        Box::pin(async { Ok(()) })
    }
}

struct TreeOfResources;

impl Tree for TreeOfResources {
    fn lineage<'a>(&'a self, tx: &'a mut Tx, resource: ResourceId) -> BoxFuture<'a, Result<Option<Vec<ResourceId>>>> {
        Box::pin(async move {
            let found = resources::load(tx, &[resource]).await?;
            Ok(found.get(&resource).map(resources::Resource::lineage))
        })
    }
}

/// A world in which 10.0.0.0/22 is free. The clock stands still at 2026-01-01 00:00:00 until it is moved.
pub(crate) async fn world(engine: Engine) -> World {
    let clock = TestClock::default();
    let setup = Setup {
        migrations: [access::MIGRATIONS, resources::MIGRATIONS, ipam::MIGRATIONS, approvals::MIGRATIONS].concat(),
        derived: [access::DERIVED, resources::DERIVED, ipam::DERIVED].concat(),
        clock: Arc::new(clock.clone()),
        ..Setup::default()
    };
    let test = engine.database(setup).await;
    let db = test.db.clone();
    let key = MasterKey::find(&db, Some(&"5a".repeat(32)), None).await.unwrap();
    let postman = Arc::new(Postman::default());
    let (tree, mail_carrier) = (Arc::new(TreeOfResources), postman.clone());
    let settings = Settings { tree, mail_carrier, ..Settings::default() };
    let access = Access::open(db.clone(), key.clone(), settings).await.unwrap();
    let resources = Resources::new(db.clone()).with_guard(ipam::guard());
    let ipam = Ipam::new(db.clone());
    resources::bootstrap(&db).await.unwrap();
    ipam.bootstrap().await.unwrap();
    access::bootstrap(&db, Some(access::Hidden(PASSWORD.to_owned()))).await.unwrap();
    let approvals = Approvals::new(db.clone(), access.clone(), key);
    let mut families = vec![
        ("ipam", ipam::v2(&ipam)),
        ("resources", resources::v2(&resources)),
        ("approvals", approvals::v2(&approvals)),
    ];
    families.extend(access::v2(&access));
    let (v2, _) = api_v2::assemble("1.0.0", families).unwrap();
    let v1 = api_v1::Actions::new(()).merge(resources::v1(&resources)).merge(ipam::v1(&ipam));
    let doors = v2.merge(api_v1::router(v1));
    let gate = approvals.gate(&doors);
    let doors = doors.layer(api_v2::dry_runs(&[7; 32])).layer(gate).layer(from_fn(api_v2::problems));
    let of = access.clone();
    let actor_of: ActorOf = Arc::new(move |user: UserId, request: RequestId| {
        let access = of.clone();
        Box::pin(async move { access.actor(user, request).await })
    });
    let jobs = approvals::jobs(access::jobs(Jobs::new(actor_of), &access), &approvals);
    let (stop, stopped) = watch::channel(false);
    let worker = tokio::spawn(Worker::new(db, jobs, "test").run(stopped));
    let root = testkit::actor("root").administrator();
    let doors = api_v2::with_cidr_paths(doors);
    let world = World { test, clock, root, access, postman, doors, _stop: stop, worker };
    world.v2(&world.root, Method::POST, "/ipam/netblocks", json!({"cidr": "10.0.0.0/22", "rir": "1918"})).await;
    world
}

/// The doors.
impl World {
    pub(crate) async fn send(&self, actor: &Actor, request: Request<Body>) -> (u16, Value) {
        let response = self.doors.clone().layer(Extension(actor.clone())).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    pub(crate) async fn v2(&self, actor: &Actor, method: Method, path: &str, body: Value) -> (u16, Value) {
        self.v2_named(actor, method, path, body, None).await
    }

    /// With an Idempotency-Key.
    pub(crate) async fn v2_named(
        &self,
        actor: &Actor,
        method: Method,
        path: &str,
        body: Value,
        key: Option<&str>,
    ) -> (u16, Value) {
        let mut request = Request::builder().method(method).uri(format!("/api/v2{path}"));
        request = request.header(CONTENT_TYPE, "application/json");
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.send(actor, request.body(body).unwrap()).await
    }

    pub(crate) async fn get(&self, actor: &Actor, path: &str) -> Value {
        let (status, body) = self.v2(actor, Method::GET, path, Value::Null).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// The answer of API v1 to a form.
    pub(crate) async fn v1(&self, actor: &Actor, form: &str) -> Value {
        let request = Request::post(api_v1::PATH).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let (status, body) = self.send(actor, request.body(Body::from(form.to_owned())).unwrap()).await;
        assert_eq!(status, 200, "{body}");
        body
    }
}

/// Arranging.
impl World {
    /// A new user in a group of their own; both have this name.
    pub(crate) async fn person(&self, name: &str, permissions: &[&str]) -> (Actor, GroupId) {
        let group = self.group(name, permissions).await;
        (self.member(name, &[group]).await, group)
    }

    pub(crate) async fn group(&self, name: &str, permissions: &[&str]) -> GroupId {
        let (status, group) = self.v2(&self.root, Method::POST, "/usergroups", json!({"name": name})).await;
        assert_eq!(status, 201, "{group}");
        let id = group["id"].as_i64().unwrap();
        let permissions = json!([{"resource_id": 1, "permissions": permissions}]);
        let path = format!("/usergroups/{id}/permissions");
        let (status, set) = self.v2(&self.root, Method::PUT, &path, permissions).await;
        assert_eq!(status, 200, "{set}");
        GroupId(id)
    }

    /// A new user in these groups.
    pub(crate) async fn member(&self, name: &str, groups: &[GroupId]) -> Actor {
        let new = json!({"username": name, "password": PASSWORD, "email": format!("{name}@example.net")});
        let (status, user) = self.v2(&self.root, Method::POST, "/users", new).await;
        assert_eq!(status, 201, "{user}");
        let id = UserId(user["id"].as_i64().unwrap());
        for group in groups {
            self.join(id, *group).await;
        }
        self.actor(id).await
    }

    pub(crate) async fn join(&self, user: UserId, group: GroupId) {
        let path = format!("/usergroups/{group}/users");
        let members = self.get(&self.root, &path).await;
        let mut users: Vec<i64> = members.as_array().unwrap().iter().map(|user| user["id"].as_i64().unwrap()).collect();
        users.push(user.0);
        let (status, set) = self.v2(&self.root, Method::PUT, &path, json!({ "users": users })).await;
        assert_eq!(status, 200, "{set}");
    }

    /// A user as they come in now.
    pub(crate) async fn actor(&self, id: UserId) -> Actor {
        self.access.actor(id, RequestId(format!("of {id}").into())).await.unwrap()
    }

    /// A policy; returns its id.
    pub(crate) async fn policy(&self, group: GroupId, action: &str, effect: &str, approvers: &[GroupId]) -> i64 {
        let approvers: Vec<i64> = approvers.iter().map(|id| id.0).collect();
        let new = json!({"group_id": group.0, "action": action, "effect": effect, "approver_group_ids": approvers});
        let (status, policy) = self.v2(&self.root, Method::POST, "/approvals/policies", new).await;
        assert_eq!(status, 201, "{policy}");
        policy["id"].as_i64().unwrap()
    }

    /// Somebody decides on one submission.
    pub(crate) async fn decide(&self, actor: &Actor, id: i64, decision: &str) -> Value {
        let body = json!({"ids": [id], "decision": decision, "comment": "since I say so"});
        let (status, decided) = self.v2(actor, Method::POST, "/approvals/decisions", body).await;
        assert_eq!(status, 200, "{decided}");
        decided[0].clone()
    }
}

/// Looking.
impl World {
    pub(crate) async fn details(&self, actor: &Actor, id: i64) -> Value {
        self.get(actor, &format!("/approvals/pending/{id}")).await
    }

    /// The submission, once it has come to an end.
    pub(crate) async fn ended(&self, id: i64) -> Value {
        for _ in 0..2_000 {
            let details = self.details(&self.root, id).await;
            if !["pending", "approved"].contains(&details["state"].as_str().unwrap()) {
                return details;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("submission {id} has not come to its end: {}", self.details(&self.root, id).await);
    }

    /// The mails that were sent, once there are so many.
    pub(crate) async fn mails(&self, count: usize) -> Vec<Mail> {
        for _ in 0..2_000 {
            let mails = self.postman.0.lock().unwrap().clone();
            if mails.len() >= count {
                return mails;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("there are not {count} mails");
    }

    pub(crate) async fn blocks(&self) -> Vec<String> {
        let list = self.get(&self.root, "/ipam/netblocks?limit=1000").await;
        list.as_array().unwrap().iter().map(|block| block["cidr"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) async fn is_sound(&self) {
        assert_eq!(ipam::check(&self.test.db, &self.root).await.unwrap(), [""; 0]);
    }
}

/// The rights to work with blocks.
pub(crate) const IPAM: &[&str] = &[
    "permissionIPAMRead",
    "permissionIPAMCreate",
    "permissionIPAMUpdate",
    "permissionIPAMDelete",
    "permissionResourceRead",
];

/// The path that splits the free space.
pub(crate) const SPLIT: &str = "/ipam/netblocks/10.0.0.0%2F22/split";
