//! A database with the system's own resources, people, and clients of both doors.

use std::{sync::Arc, time::Duration};

use access::MasterKey;
use axum::{
    Extension, Router,
    body::Body,
    http::{HeaderMap, Method, Request},
};
use http_body_util::BodyExt as _;
use kernel::{Action, Actor, Area, Error, JobId, ResourceId, Result, Rights};
use resources::{Attributes, NewResource, Resource, ResourcePatch, ResourceQuery, Resources, SectionRef};
use serde_json::Value;
use store::{
    Setup, Tx, Work,
    job::{self, ActorOf, Jobs, Worker},
};
use testkit::{Engine, TestClock, TestDb};
use tower::ServiceExt as _;

pub(crate) struct World {
    pub(crate) test: TestDb,
    pub(crate) resources: Resources,
    pub(crate) root: Actor,
    pub(crate) clock: Arc<TestClock>,
}

pub(crate) const EVERY_RESOURCE_RIGHT: [Action; 4] = [Action::Read, Action::Create, Action::Update, Action::Delete];

/// The rights to do these things to resources.
pub(crate) fn may(actions: &[Action]) -> Rights {
    actions.iter().fold(Rights::NONE, |sum, action| sum | Rights::of(Area::Resource, *action))
}

pub(crate) async fn world(engine: Engine) -> World {
    let clock = Arc::new(TestClock::default());
    let (migrations, derived) = (resources::MIGRATIONS.to_vec(), resources::DERIVED.to_vec());
    let setup = Setup { migrations, derived, clock: clock.clone(), ..Setup::default() };
    let test = engine.database(setup).await;
    resources::bootstrap(&test.db).await.unwrap();
    let key = MasterKey::find(&test.db, Some(&"5a".repeat(32)), None).await.unwrap();
    let resources = Resources::new(test.db.clone()).with_master_key(key);
    World { test, resources, root: testkit::actor("root").administrator(), clock }
}

impl World {
    /// What a read transaction of this actor sees.
    pub(crate) async fn read(&self, actor: &Actor) -> Tx {
        self.test.db.read(actor).await.unwrap()
    }

    pub(crate) async fn get(&self, id: ResourceId) -> Resource {
        resources::get(&mut self.read(&self.root).await, id).await.unwrap()
    }

    pub(crate) async fn add(&self, new: NewResource) -> Result<Resource> {
        self.add_as(&self.root, new).await
    }

    pub(crate) async fn add_as(&self, actor: &Actor, new: NewResource) -> Result<Resource> {
        self.test.db.write(actor, Add(new)).await
    }

    /// Many at once.
    pub(crate) async fn add_all(&self, all: Vec<NewResource>) -> Vec<Resource> {
        self.test.db.write(&self.root, AddAll(all)).await.unwrap()
    }

    pub(crate) async fn change(&self, actor: &Actor, id: ResourceId, patch: ResourcePatch) -> Result<Resource> {
        self.test.db.write(actor, Change(id, patch)).await
    }

    /// A section.
    pub(crate) async fn section(&self, name: &str) -> Resource {
        self.add(NewResource { name: name.to_owned(), kind: "section".to_owned(), ..NewResource::default() })
            .await
            .unwrap()
    }

    /// Something of a kind that has no rules of its own.
    pub(crate) async fn thing(&self, name: &str, parent: ResourceId) -> Resource {
        self.add(thing(name, parent)).await.unwrap()
    }

    /// The names of what this actor finds.
    pub(crate) async fn names(&self, actor: &Actor, query: &ResourceQuery) -> Vec<String> {
        let found = resources::find(&mut self.read(actor).await, query).await.unwrap();
        assert_eq!(found.found_count, found.resources.len() as u64);
        found.resources.into_iter().map(|resource| resource.name).collect()
    }

    /// The answer of API v1, as it goes over the wire.
    pub(crate) async fn v1_as(&self, actor: &Actor, form: &str) -> String {
        let router = api_v1::router(resources::v1(&self.resources)).layer(Extension(actor.clone()));
        let request = Request::post(api_v1::PATH).header("content-type", "application/x-www-form-urlencoded");
        let request = request.body(Body::from(format!("target=resource&{form}"))).unwrap();
        String::from_utf8(send(router, request).await.2).unwrap()
    }

    pub(crate) async fn v1(&self, form: &str) -> String {
        self.v1_as(&self.root, form).await
    }

    /// The answer of API v1, read.
    pub(crate) async fn v1_json(&self, form: &str) -> Value {
        serde_json::from_str(&self.v1(form).await).unwrap()
    }

    /// Status and body of API v2.
    pub(crate) async fn v2_as(&self, actor: &Actor, method: Method, path: &str, body: Value) -> (u16, Value) {
        let request = Request::builder().method(method).uri(format!("/api/v2{path}"));
        self.v2_request(actor, request.header("content-type", "application/json"), body).await
    }

    pub(crate) async fn v2_request(
        &self,
        actor: &Actor,
        request: axum::http::request::Builder,
        body: Value,
    ) -> (u16, Value) {
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let (status, _, bytes) = send(self.router(actor), request.body(body).unwrap()).await;
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// API v2, as this actor.
    pub(crate) fn router(&self, actor: &Actor) -> Router {
        let families =
            [("resources", resources::v2(&self.resources)), ("contacts", resources::v2_contacts(&self.resources))];
        let (router, _) = api_v2::assemble("1.0.0", families).unwrap();
        router.layer(api_v2::dry_runs(&[7; 32])).layer(Extension(actor.clone()))
    }

    /// Status and body of API v2, as they go over the wire.
    pub(crate) async fn v2_text(
        &self,
        actor: &Actor,
        request: axum::http::request::Builder,
        body: String,
    ) -> (u16, String) {
        let (status, _, bytes) = send(self.router(actor), request.body(Body::from(body)).unwrap()).await;
        (status, String::from_utf8(bytes).unwrap())
    }

    /// Sends a file to be imported.
    pub(crate) async fn upload(&self, actor: &Actor, query: &str, file: &str) -> (u16, Value) {
        let request = Request::post(format!("/api/v2/resources/imports?{query}"));
        let (status, text) = self.v2_text(actor, request, file.to_owned()).await;
        (status, serde_json::from_str(&text).unwrap())
    }

    /// Imports a file, and returns what the job says of it.
    pub(crate) async fn import(&self, actor: &Actor, query: &str, file: &str) -> Value {
        let (status, started) = self.upload(actor, query, file).await;
        assert_eq!(status, 202, "{started}");
        self.result(actor, JobId(started["id"].as_i64().unwrap())).await
    }

    /// Runs jobs until this one has ended; those of anybody have the rights of this actor.
    pub(crate) async fn result(&self, actor: &Actor, id: JobId) -> Value {
        let actor = actor.clone();
        let actor_of: ActorOf = Arc::new(move |_, _| {
            let actor = actor.clone();
            Box::pin(async move { Ok(actor) })
        });
        let (_stop, stopped) = tokio::sync::watch::channel(false);
        let worker = Worker::new(self.test.db.clone(), resources::jobs(Jobs::new(actor_of), &self.resources), "test");
        let worker = tokio::spawn(worker.run(stopped));
        let state = loop {
            let state = job::state(&mut self.read(&self.root).await, id).await.unwrap().unwrap();
            if state.finished_at.is_some() {
                break state;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        worker.abort();
        assert_eq!(state.error, None);
        state.result.unwrap()
    }

    /// A table of API v2.
    pub(crate) async fn table(&self, actor: &Actor, path: &str) -> String {
        let request = Request::get(format!("/api/v2{path}"));
        let (status, text) = self.v2_text(actor, request, String::new()).await;
        assert_eq!(status, 200, "{path}: {text}");
        text
    }

    pub(crate) async fn v2(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        self.v2_as(&self.root, method, path, body).await
    }
}

/// Status, headers and body.
pub(crate) async fn send(router: Router, request: Request<Body>) -> (u16, HeaderMap, Vec<u8>) {
    let response = router.oneshot(request).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    (status, headers, response.into_body().collect().await.unwrap().to_bytes().to_vec())
}

pub(crate) fn thing(name: &str, parent: ResourceId) -> NewResource {
    let parent_id = Some(parent);
    NewResource { name: name.to_owned(), kind: "thing".to_owned(), parent_id, ..NewResource::default() }
}

pub(crate) fn entry(name: &str, section: &Resource) -> NewResource {
    let section = Some(SectionRef::Id(section.id));
    NewResource { name: name.to_owned(), kind: "entry".to_owned(), section, ..NewResource::default() }
}

pub(crate) fn attributes(pairs: &[(&str, &[&str])]) -> Attributes {
    let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    pairs.iter().map(|(name, values)| ((*name).to_owned(), owned(values))).collect()
}

/// What was refused, as the caller reads it.
pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T>) -> String {
    result.unwrap_err().to_string()
}

pub(crate) fn is_not_found<T>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::NotFound(_)))
}

pub(crate) fn is_forbidden<T>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::Forbidden(_)))
}

struct Add(NewResource);

impl Work for Add {
    type Out = Resource;
    const NAME: &'static str = "test.add";

    async fn run(&self, tx: &mut Tx) -> Result<Resource> {
        resources::add(tx, &self.0).await
    }
}

struct AddAll(Vec<NewResource>);

impl Work for AddAll {
    type Out = Vec<Resource>;
    const NAME: &'static str = "test.add_all";

    async fn run(&self, tx: &mut Tx) -> Result<Vec<Resource>> {
        let mut added = Vec::new();
        for new in &self.0 {
            added.push(resources::add(tx, new).await?);
        }
        Ok(added)
    }
}

struct Change(ResourceId, ResourcePatch);

impl Work for Change {
    type Out = Resource;
    const NAME: &'static str = "test.change";

    async fn run(&self, tx: &mut Tx) -> Result<Resource> {
        resources::update(tx, self.0, &self.1).await
    }
}
