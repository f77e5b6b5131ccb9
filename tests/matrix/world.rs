//! The server, everybody who asks it, and the things that they ask about: new ones for each question, so that no answer
//! depends on the one before.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU32, Ordering},
};

use product_tests::{Client, Server, Setting};
use reqwest::{Method, Response, StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json};

use crate::{action, operation, role::Role};

/// In the names of all things that are asked about. Whoever is answered with it has seen one of them.
pub(crate) const SEEN: &str = "Acorn";

/// The password of everybody but the administrator.
pub(crate) const PASSWORD: &str = "a password for tests";

/// Somebody who has to ask before they add a resource.
const SUBMITTER: &str = "submitter";

/// See the head of this file.
pub(crate) struct World {
    server: Server,
    client: Client,
    http: reqwest::Client,
    tokens: HashMap<&'static str, String>,
    /// The resource below which everything is that is asked about.
    pub(crate) oak: i64,
    made: AtomicU32,
}

/// What a request carries.
pub(crate) enum Body {
    None,
    Json(Value),
    Text(&'static str, String),
}

impl World {
    /// A server with everybody on it.
    pub(crate) async fn new(setting: &Setting) -> Self {
        let token = json!({ "name": "expired", "expires_in_days": 1 });
        let before = setting.serve_earlier(3, "before");
        let expired = Client::of(&before).done(Method::POST, "/tokens", token).await;
        before.stop();

        let server = setting.serve("now");
        let client = Client::of(&server);
        let mut world = Self {
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            tokens: HashMap::from([(Role::Expired.name(), text(&expired["token"]))]),
            oak: 0,
            made: AtomicU32::new(0),
            server,
            client,
        };
        let section = json!({ "name": "Tree", "type": "section", "slug": "tree" });
        world.make("/resources", section).await;
        world.oak = world.entry("Acorn oak", 1).await;
        let elm = world.entry("Elm", 1).await;
        world.make("/ipam/netblocks", json!({ "cidr": "10.0.0.0/8", "rir": "ARIN" })).await;
        world.make("/ipam/tags", json!({ "name": "nut" })).await;
        world.tokens_of_people(elm).await;
        world
    }

    async fn tokens_of_people(&mut self, elm: i64) {
        let revoked = self.make("/tokens", json!({ "name": "revoked" })).await;
        self.client.done(Method::DELETE, &format!("/tokens/{}", revoked["id"]), Value::Null).await;
        self.tokens.insert(Role::Revoked.name(), text(&revoked["token"]));
        let token = self.make("/tokens", json!({ "name": "administrator" })).await;
        self.tokens.insert(Role::Administrator.name(), text(&token["token"]));

        let groups = self.client.done(Method::GET, "/usergroups", Value::Null).await;
        let group = |name: &str| groups.as_array().unwrap().iter().find(|group| group["name"] == name).unwrap().clone();
        let rights = |wanted: &dyn Fn(&str) -> bool, all: &Value| -> Vec<Value> {
            let names = all.as_array().unwrap().iter();
            names.filter(|name| wanted(name.as_str().unwrap())).cloned().collect()
        };
        let administrators = group("Global Admins")["id"].take();
        let all = format!("/usergroups/{administrators}/permissions");
        let all = self.client.done(Method::GET, &all, Value::Null).await[0]["permissions"].take();
        let people = [
            (Role::Elsewhere.name(), elm, rights(&|name| name != "permissionAdmin", &all)),
            (SUBMITTER, self.oak, rights(&|name| name.contains("Resource"), &all)),
            (Role::Space.name(), self.oak, rights(&|name| name.contains("IPAM"), &all)),
        ];
        for (name, resource, rights) in people {
            let group = self.make("/usergroups", json!({ "name": name })).await["id"].take();
            let permissions = json!([{ "resource_id": resource, "permissions": rights }]);
            self.client.done(Method::PUT, &format!("/usergroups/{group}/permissions"), permissions).await;
            self.person(name, &group).await;
            if name == SUBMITTER {
                let asked = json!({ "group_id": group, "action": "resource.add", "effect": "needs_approval",
                    "approver_group_ids": [administrators] });
                self.make("/approvals/policies", asked).await;
            }
        }
        self.person(Role::Reader.name(), &group("Global Read-Only")["id"]).await;
    }

    async fn person(&mut self, name: &'static str, group: &Value) {
        let user = self.make("/users", json!({ "username": name, "password": PASSWORD })).await["id"].take();
        self.client.done(Method::PUT, &format!("/usergroups/{group}/users"), json!({ "users": [user] })).await;
        let request = self.http.post(format!("{}/api/v2/tokens", self.server.url)).basic_auth(name, Some(PASSWORD));
        let made: Value = request.json(&json!({ "name": "matrix" })).send().await.unwrap().json().await.unwrap();
        self.tokens.insert(name, text(&made["token"]));
    }

    /// Every operation that the server says it has, by path.
    pub(crate) async fn operations(&self) -> Vec<(Method, String)> {
        let document = self.http.get(format!("{}/api/v2/openapi.json", self.server.url)).send().await.unwrap();
        let document: Value = document.json().await.unwrap();
        let mut all = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                if item.get(method.as_str().to_lowercase()).is_some() {
                    all.push((method, path.clone()));
                }
            }
        }
        all
    }

    /// What everybody is answered to an operation of API v2.
    pub(crate) async fn ask_all(&self, method: &Method, template: &str) -> Vec<String> {
        let mut answers = Vec::new();
        for role in Role::ALL {
            let (path, body) = operation::request(self, method, template).await;
            let request = self.http.request(method.clone(), format!("{}/api/v2{path}", self.server.url));
            answers.push(seen(self.send(role.name(), request, body).await).await.0);
        }
        answers
    }

    /// What everybody is answered to an action of API v1: `done` or `refused`, when the status is 200.
    pub(crate) async fn act_all(&self, target: &str, action: &str) -> Vec<String> {
        let mut answers = Vec::new();
        for role in Role::ALL {
            let query = action::query(self, target, action).await;
            let url = format!("{}/api/v1/api.php?target={target}&action={action}&{query}", self.server.url);
            let (status, body) = seen(self.send(role.name(), self.http.get(url), Body::None).await).await;
            let answer: Value = serde_json::from_str(&body).unwrap_or_default();
            let refused = answer["success"] == 0;
            answers.push(match status.strip_prefix("200") {
                Some(_) if refused => "refused".to_owned(),
                Some(mark) => format!("done{mark}"),
                None => status,
            });
        }
        answers
    }

    async fn send(&self, name: &str, mut request: reqwest::RequestBuilder, body: Body) -> Response {
        if let Some(token) = self.tokens.get(name) {
            request = request.bearer_auth(token);
        }
        match body {
            Body::None => request,
            Body::Json(body) => request.json(&body),
            Body::Text(kind, body) => request.header(CONTENT_TYPE, kind).body(body),
        }
        .send()
        .await
        .unwrap()
    }

    /// Has the administrator make something.
    pub(crate) async fn make(&self, path: &str, body: Value) -> Value {
        self.client.done(Method::POST, path, body).await
    }

    /// Has the administrator do something.
    pub(crate) async fn change(&self, path: &str, body: Value) -> Value {
        self.client.done(Method::PUT, path, body).await
    }

    /// Has the administrator delete something.
    pub(crate) async fn delete(&self, path: &str) {
        self.client.done(Method::DELETE, path, Value::Null).await;
    }

    /// Has the administrator look at something.
    pub(crate) async fn look(&self, path: &str) -> Value {
        self.client.done(Method::GET, path, Value::Null).await
    }

    /// Has the administrator send something that is not JSON.
    pub(crate) async fn upload(&self, path: &str, kind: &'static str, body: &str) -> Value {
        let request = self.http.post(format!("{}/api/v2{path}", self.server.url));
        let answer = self.send(Role::Administrator.name(), request, Body::Text(kind, body.to_owned())).await;
        assert!(answer.status().is_success(), "{path}: {answer:?}");
        answer.json().await.unwrap()
    }

    /// A new user, and a session of theirs.
    pub(crate) async fn session(&self) -> (i64, i64) {
        let body = json!({ "username": format!("person{}", self.number()), "password": PASSWORD });
        let user = id(&self.make("/users", body.clone()).await);
        let request = self.http.post(format!("{}/api/v2/sessions", self.server.url));
        let opened: Value = request.json(&body).send().await.unwrap().json().await.unwrap();
        (user, id(&opened["session"]))
    }

    /// A new resource that waits for the administrators' approval.
    pub(crate) async fn submitted(&self) -> i64 {
        let name = format!("{SEEN} {}", self.number());
        let body = json!({ "name": name, "type": "entry", "section": "tree", "parent_id": self.oak });
        let request = self.http.post(format!("{}/api/v2/resources", self.server.url));
        let answer = self.send(SUBMITTER, request, Body::Json(body)).await;
        assert_eq!(answer.status(), 202);
        id(&answer.json().await.unwrap())
    }

    /// A number that no other thing has.
    pub(crate) fn number(&self) -> u32 {
        self.made.fetch_add(1, Ordering::Relaxed)
    }

    /// A new resource.
    pub(crate) async fn entry(&self, name: &str, parent: i64) -> i64 {
        let body = json!({ "name": name, "type": "entry", "section": "tree", "parent_id": parent });
        id(&self.make("/resources", body).await)
    }

    /// A new resource below the one that everything is asked about.
    pub(crate) async fn acorn(&self) -> i64 {
        self.entry(&format!("{SEEN} {}", self.number()), self.oak).await
    }

    /// A block that the resource has.
    pub(crate) async fn assigned(&self, resource: i64) -> i64 {
        let body = json!({ "type": "ipv4", "mask": 28, "rir": "ARIN", "resource_id": resource });
        id(&self.change("/ipam/netblocks/smart_assign", body).await)
    }

    /// Has the administrator change a block.
    pub(crate) async fn patch(&self, block: i64, body: Value) {
        self.client.done(Method::PATCH, &format!("/ipam/netblocks/{block}"), body).await;
    }

    /// A block that the resource had, and that rests.
    pub(crate) async fn held(&self, resource: i64) -> i64 {
        let block = self.assigned(resource).await;
        self.change(&format!("/ipam/netblocks/{block}/unassign"), json!({})).await;
        block
    }

    /// An aggregate of the resource, from which others can be given parts.
    pub(crate) async fn aggregate(&self, resource: i64) -> i64 {
        let cidr = format!("2001:db8:{:x}::/48", self.number());
        let body = json!({ "cidr": cidr, "rir": "ARIN", "resource_id": resource, "allow_sub_assignments": true });
        id(&self.make("/ipam/netblocks", body).await)
    }

    /// One with two halves.
    pub(crate) async fn parent_of_halves(&self, resource: i64) -> i64 {
        let aggregate = self.aggregate(resource).await;
        self.change(&format!("/ipam/netblocks/{aggregate}/split"), json!({})).await;
        aggregate
    }

    /// A free half of one.
    pub(crate) async fn half(&self, resource: i64) -> i64 {
        let aggregate = self.parent_of_halves(resource).await;
        id(&self.look(&format!("/ipam/netblocks/{aggregate}/children")).await[0])
    }

    /// An aggregate that nobody has.
    pub(crate) async fn free(&self) -> i64 {
        let cidr = format!("2001:db8:{:x}::/48", self.number());
        id(&self.make("/ipam/netblocks", json!({ "cidr": cidr, "rir": "ARIN" })).await)
    }
}

/// The status, with a mark when one of the things was seen, and the body.
async fn seen(response: Response) -> (String, String) {
    let status = response.status();
    assert!(status != StatusCode::INTERNAL_SERVER_ERROR, "{response:?}");
    let body = response.text().await.unwrap();
    let mark = if body.contains(SEEN) { "+" } else { "" };
    (format!("{}{mark}", status.as_u16()), body)
}

/// The id of a thing, which some answers give as text.
pub(crate) fn id(thing: &Value) -> i64 {
    let id = &thing["id"];
    id.as_i64().or_else(|| id.as_str()?.parse().ok()).unwrap_or_else(|| panic!("no id: {thing}"))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
