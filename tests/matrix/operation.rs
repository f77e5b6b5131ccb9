//! How the operations of API v2 are asked for: with new things in their paths, and bodies that an administrator is
//! allowed to send.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Body, PASSWORD, SEEN, World, id};

/// The path and the body of a request for an operation. Every operation with a body has a line here.
pub(crate) async fn request(world: &World, method: &Method, template: &str) -> (String, Body) {
    let thing = subject(world, method, template).await;
    let mut path = template.to_owned();
    for (name, value) in &thing.0 {
        path = path.replace(&format!("{{{name}}}"), value);
    }
    assert!(!path.contains('{'), "say in tests/matrix/operation.rs what the parameters in {template} are");
    let body = body(world, method, template, &thing).await;
    (path + &query(world, method, template).await, body)
}

/// What stands in a path.
struct Subject(Vec<(&'static str, String)>);

impl Subject {
    /// The thing, then what belongs to it.
    fn of(values: impl IntoIterator<Item = (&'static str, i64)>) -> Self {
        Self(values.into_iter().map(|(name, value)| (name, value.to_string())).collect())
    }

    fn and(mut self, name: &'static str, value: &str) -> Self {
        self.0.push((name, value.to_owned()));
        self
    }

    fn id(&self) -> i64 {
        self.0[0].1.parse().unwrap()
    }
}

async fn subject(world: &World, method: &Method, template: &str) -> Subject {
    let base = template.split('/').nth(1).unwrap();
    match base {
        _ if !template.contains('{') => Subject(Vec::new()),
        "approvals" if template.contains("/pending/") => Subject::of([("id", world.submitted().await)]),
        "approvals" => Subject::of([("id", id(&world.make("/approvals/policies", policy(world).await).await))]),
        "contacts" => {
            let body = json!({ "name": format!("{SEEN} {}", world.number()), "parent_id": world.oak });
            Subject::of([("id", id(&world.make("/contacts", body).await))])
        }
        "ipam" if template.contains("{block}") => Subject::of([("block", block(world, method, template).await)]),
        "ipam" if !template.starts_with("/ipam/tags") => list_entry(world, template).await,
        "ipam" => {
            let tag = format!("tag {}", world.number());
            world.make("/ipam/tags", json!({ "name": tag })).await;
            Subject(Vec::new()).and("name", &tag.replace(' ', "%20"))
        }
        "jobs" => Subject::of([("id", job(world).await)]),
        "login_methods" => Subject::of([("id", id(&world.make("/login_methods", login_method(world)).await))]),
        "oidc" => {
            let made = world.make("/oidc_providers", provider(world)).await;
            Subject(Vec::new()).and("provider", made["name"].as_str().unwrap())
        }
        "oidc_providers" => Subject::of([("id", id(&world.make("/oidc_providers", provider(world)).await))]),
        // It takes a device to make one.
        "passkeys" => Subject::of([("id", 1)]),
        "resource_views" => Subject::of([("id", id(&world.make("/resource_views", view(world).await).await))]),
        "resources" => resource(world, method, template).await,
        "sessions" => Subject::of([("id", world.session().await.1)]),
        "tokens" => Subject::of([("id", id(&world.make("/tokens", json!({ "name": "another" })).await))]),
        "usergroups" => {
            let body = json!({ "name": format!("Group {}", world.number()) });
            let group = id(&world.make("/usergroups", body).await);
            let quotas = format!("/usergroups/{group}/quotas");
            if !template.contains("{quota_id}") {
                return Subject::of([("id", group)]);
            }
            Subject::of([("id", group), ("quota_id", id(&world.make(&quotas, quota(world)).await))])
        }
        "users" if template.contains("/sessions") => {
            let (user, session) = world.session().await;
            Subject::of([("id", user), ("session", session)])
        }
        "users" if template.contains("/identities") => {
            let user = id(&world.make("/users", person(world)).await);
            let provider = world.make("/oidc_providers", provider(world)).await;
            let new = json!({ "provider": provider["name"], "subject": "1" });
            let identity = id(&world.make(&format!("/users/{user}/identities"), new).await);
            Subject::of([("id", user), ("identity", identity)])
        }
        "users" => {
            let user = id(&world.make("/users", person(world)).await);
            if template.ends_with("/api_key") {
                world.make(&format!("/users/{user}/api_key"), Value::Null).await;
            }
            Subject::of([("id", user)])
        }
        _ => panic!("say in tests/matrix/operation.rs what the parameters in {template} are"),
    }
}

/// An entry of one of the lists about address space.
async fn list_entry(world: &World, template: &str) -> Subject {
    let list = template.split('/').nth(2).unwrap();
    if list == "columns" {
        return Subject(Vec::new()).and("field", "meta1");
    }
    Subject::of([("id", id(&world.make(&format!("/ipam/{list}"), listed(world, list).await).await))])
}

/// A new entry of one of them.
async fn listed(world: &World, list: &str) -> Value {
    let name = format!("{list} {}", world.number());
    match list {
        "lirs" => json!({ "name": format!("{SEEN} {name}"), "rir": "ARIN", "parent_id": world.oak }),
        "rules" => json!({ "name": name, "positions": [1, 0] }),
        "vlan_domains" => json!({ "name": name, "range": "extended" }),
        "vlans" => {
            let domain = id(&world.make("/ipam/vlan_domains", json!({ "name": name, "range": "extended" })).await);
            json!({ "domain_id": domain, "vlan": 2000 })
        }
        "vrfs" => json!({ "name": name }),
        _ => panic!("say in tests/matrix/operation.rs what an entry of {list} is"),
    }
}

fn login_method(world: &World) -> Value {
    let directory = json!({ "url": "ldaps://127.0.0.1:1", "base": "dc=example", "filter": "(uid=%LOGIN%)" });
    json!({ "name": format!("method-{}", world.number()), "enabled": false, "settings": { "ldap": directory } })
}

/// A block that the operation can be done to.
async fn block(world: &World, method: &Method, template: &str) -> i64 {
    let acorn = world.acorn().await;
    let last = template.rsplit('/').next().unwrap();
    match last {
        "split" => world.aggregate(acorn).await,
        "first_available" => world.parent_of_halves(acorn).await,
        "{block}" if *method == Method::DELETE => world.free().await,
        "aggregate" | "direct_assign" | "reserve" => world.half(acorn).await,
        "override_holding" => world.held(acorn).await,
        "release" => {
            let block = world.half(acorn).await;
            world.change(&format!("/ipam/netblocks/{block}/reserve"), json!({})).await;
            block
        }
        _ => world.assigned(acorn).await,
    }
}

/// A job that has ended.
async fn job(world: &World) -> i64 {
    let file = format!("name\n{SEEN} {}\n", world.number());
    let path = format!("/resources/imports?section=tree&parent_id={}", world.oak);
    let job = id(&world.upload(&path, "text/csv", &file).await);
    while world.look(&format!("/jobs/{job}")).await["finished_at"].is_null() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    job
}

async fn view(world: &World) -> Value {
    let tree = world.look("/resources?type=section&slug=tree").await;
    let name = format!("{SEEN} {}", world.number());
    json!({ "name": name, "sections": [id(&tree[0])], "parent_id": world.oak.to_string(), "shared": true })
}

fn person(world: &World) -> Value {
    json!({ "username": format!("person{}", world.number()), "password": PASSWORD })
}

/// One where nobody answers.
fn provider(world: &World) -> Value {
    json!({ "name": format!("provider-{}", world.number()), "issuer": "https://127.0.0.1:9", "client_id": "platbook" })
}

fn quota(world: &World) -> Value {
    json!({ "resource_id": world.oak, "type": "ipv4", "limit": 1024 })
}

/// One that is about nobody.
async fn policy(world: &World) -> Value {
    let group = world.make("/usergroups", json!({ "name": format!("Group {}", world.number()) })).await;
    json!({ "group_id": id(&group), "action": "block.*", "effect": "deny" })
}

async fn resource(world: &World, method: &Method, template: &str) -> Subject {
    let acorn = world.acorn().await;
    let at = Subject::of([("id", acorn)]);
    let below = |what: &str| format!("/resources/{acorn}/{what}");
    if template.contains("{attachment_id}") {
        let made = world.upload(&below("attachments?name=nut.txt"), "application/octet-stream", "a nut").await;
        return at.and("attachment_id", &id(&made).to_string());
    }
    if template.contains("{backup_id}") {
        let copy = id(&world.make(&below("backup"), Value::Null).await);
        return at.and("backup_id", &copy.to_string());
    }
    if template.contains("{names}") {
        world.make(&below("attrs"), json!({ "note": SEEN })).await;
        return at.and("names", "note");
    }
    if template.contains("{link}") {
        let other = world.acorn().await;
        let link = world.make(&below("links"), json!({ "relation": "friend", "resource_id": other })).await;
        let link = id(&link).to_string();
        if template.ends_with("{link}") && *method == Method::DELETE {
            return at.and("link", &link);
        }
        return at.and("link", "friend").and("link_id", &link);
    }
    if template.ends_with("/children") {
        world.entry(SEEN, acorn).await;
    }
    at.and("sections", "all").and("categories", "all")
}

/// What an operation can't do without, and what makes a list show one of the things.
async fn query(world: &World, method: &Method, template: &str) -> String {
    match (method.as_str(), template) {
        ("GET", "/contacts") => {
            let body = json!({ "name": format!("{SEEN} {}", world.number()), "parent_id": world.oak });
            world.make("/contacts", body).await;
            format!("?parent_id={}", world.oak)
        }
        ("GET", "/ipam/netblocks") => {
            let acorn = world.acorn().await;
            world.assigned(acorn).await;
            format!("?resource_id={acorn}")
        }
        ("GET", "/resource_views") => {
            world.make("/resource_views", view(world).await).await;
            String::new()
        }
        ("GET", "/ipam/sizes") => "?family=4".to_owned(),
        ("GET", "/ipam/utilization") => "?type=ipv4".to_owned(),
        ("GET", "/ipam/holders") => {
            let acorn = world.acorn().await;
            let block = world.look(&format!("/ipam/netblocks/{}", world.assigned(acorn).await)).await;
            format!("?address={}", block["range"][0].as_str().unwrap())
        }
        ("GET", "/search") => format!("?q={SEEN}"),
        ("GET", "/users/{id}/permissions") => format!("?resource_id={}", world.oak),
        ("GET", path) if path.ends_with("/difference") => "?from=2001-01-01T00:00:00Z".to_owned(),
        ("POST", "/ipam/imports") => "?format=csv".to_owned(),
        ("POST", "/resources/imports") => "?section=tree".to_owned(),
        ("POST", "/resources/{id}/attachments") => "?name=nut.txt".to_owned(),
        _ => String::new(),
    }
}

#[expect(clippy::match_same_arms, clippy::too_many_lines, reason = "a line for each operation, in the order of paths")]
async fn body(world: &World, method: &Method, template: &str, thing: &Subject) -> Body {
    let name = || format!("{SEEN} {}", world.number());
    let entry = |parent: i64| json!({ "name": name(), "type": "entry", "section": "tree", "parent_id": parent });
    Body::Json(match (method.as_str(), template) {
        ("GET" | "DELETE", _) => return Body::None,
        ("POST", path) if path.ends_with("/backup") || path.ends_with("/decode") => return Body::None,
        ("POST", "/users/{id}/api_key" | "/passkeys/registration") => return Body::None,
        ("POST", "/contacts/{id}/refresh" | "/jobs/{id}/cancel" | "/jobs/{id}/retry") => return Body::None,
        ("PUT", "/ipam/netblocks/{block}/override_holding" | "/ipam/netblocks/{block}/release") => return Body::None,
        ("POST", "/ipam/imports") => {
            let file = format!("cidr,rir\n2001:db8:{:x}::/48,ARIN\n", world.number());
            return Body::Text("text/plain", file);
        }
        ("POST", "/resources/imports") => {
            let file = format!("name,parent_id\n{},{}\n", name(), world.oak);
            return Body::Text("text/csv", file);
        }
        ("POST", "/resources/{id}/attachments") => return Body::Text("application/octet-stream", "a nut".to_owned()),

        ("POST", "/approvals/decisions") => json!({ "ids": [world.submitted().await], "decision": "approve" }),
        ("POST", "/approvals/policies") | ("PUT", "/approvals/policies/{id}") => policy(world).await,

        ("POST", "/contacts") => json!({ "name": name(), "parent_id": world.oak }),
        ("PUT" | "PATCH", "/contacts/{id}") => json!({ "name": name() }),
        ("POST", "/contacts/import") => json!({ "source": "LDAP", "handle": "ann", "parent_id": world.oak }),

        ("PUT", "/ipam/holding_tank/process") => json!({ "preview": false }),
        ("POST", "/ipam/netblocks") => {
            let cidr = format!("2001:db8:{:x}::/48", world.number());
            json!({ "cidr": cidr, "rir": "ARIN", "resource_id": world.acorn().await })
        }
        ("PUT", "/ipam/netblocks/smart_assign") => {
            json!({ "type": "ipv4", "mask": 28, "rir": "ARIN", "resource_id": world.acorn().await })
        }
        ("PATCH", "/ipam/netblocks/{block}") => json!({ "notes": SEEN }),
        ("PUT", "/ipam/netblocks/{block}/direct_assign") => json!({ "resource_id": world.acorn().await }),
        ("PUT", "/ipam/netblocks/{block}/aggregate" | "/ipam/netblocks/{block}/split") => json!({}),
        ("PUT", "/ipam/netblocks/{block}/move") => json!({ "resource_id": world.acorn().await }),
        ("PUT", "/ipam/netblocks/{block}/reserve") => json!({}),
        ("PUT", "/ipam/netblocks/{block}/swip") => {
            let lir = id(&world.make("/ipam/lirs", listed(world, "lirs").await).await);
            json!({ "action": "simple_reassign", "lir_id": lir, "net_name": "NET-1", "customer_handle": "C1" })
        }
        ("PUT", "/ipam/netblocks/{block}/unassign") => json!({ "skip_holding": true }),
        ("PATCH", "/ipam/columns/{field}") => json!({ "name": "Rack" }),
        ("PATCH", "/ipam/lirs/{id}") => json!({ "net_name_prefix": "NET" }),
        ("PATCH", "/ipam/rules/{id}" | "/ipam/vlan_domains/{id}" | "/ipam/vlans/{id}" | "/ipam/vrfs/{id}") => {
            json!({ "name": format!("name {}", world.number()) })
        }
        ("POST", "/ipam/lirs" | "/ipam/rules" | "/ipam/vlan_domains" | "/ipam/vlans" | "/ipam/vrfs") => {
            listed(world, template.rsplit('/').next().unwrap()).await
        }
        ("POST", "/ipam/regions") => json!({ "code": format!("R{}", world.number()), "name": "a region" }),
        ("POST", "/ipam/rirs") => json!({ "value": format!("RIR{}", world.number()) }),
        ("POST", "/ipam/tags") => json!({ "name": format!("tag {}", world.number()) }),

        ("PUT", "/log/retention") => json!({ "days": 400 }),
        ("POST", "/log/undo") => {
            let acorn = world.acorn().await;
            let log = world.look(&format!("/resources/{acorn}/history?limit=1")).await;
            json!({ "change": id(&log[0]) })
        }

        ("POST", "/login_methods") => login_method(world),
        ("PATCH", "/login_methods/{id}") => json!({ "position": 7 }),
        ("POST", "/login_methods/{id}/test") => json!({ "username": "ann", "password": "a password" }),
        ("POST", "/oidc_providers") => provider(world),
        ("PATCH", "/oidc_providers/{id}") => json!({ "add_users": true }),

        ("POST", "/passkeys") => json!({ "name": "a key", "ceremony": "nothing", "credential": {} }),
        ("PATCH", "/passkeys/{id}") => json!({ "name": "a key" }),

        ("POST", "/password_resets") => json!({ "username": "reader" }),
        ("PUT", "/password_resets") => json!({ "token": "pbr_nothing", "new_password": "another password" }),

        ("POST", "/resource_views") | ("PUT", "/resource_views/{id}") => view(world).await,
        ("PATCH", "/resource_views/{id}") => json!({ "name": name() }),

        ("POST", "/resources") => entry(world.oak),
        ("PATCH", "/resources/multiple") => {
            let acorn = world.acorn().await;
            json!({ "id": [acorn], "name": name() })
        }
        ("POST", "/resources/query") => json!({ "parent_id": world.oak, "limit": 1 }),
        ("POST", "/resources/unassign_all_ips") => json!({ "resource_ids": [world.acorn().await] }),
        ("PUT", "/resources/{id}") => entry(world.oak),
        ("PATCH", "/resources/{id}") => json!({ "name": name() }),
        (_, "/resources/{id}/attrs") => json!({ "note": SEEN }),
        ("POST", "/resources/{id}/backup/{backup_id}/restore") => {
            world.delete(&format!("/resources/{}", thing.id())).await;
            json!({})
        }
        ("POST", "/resources/{id}/clone") => json!({ "name": name() }),
        ("POST", "/resources/{id}/links") => json!({ "relation": "friend", "resource_id": world.acorn().await }),
        ("PUT" | "PATCH", "/resources/{id}/links") => {
            json!([{ "relation": "friend", "resource_id": world.acorn().await }])
        }
        ("PUT" | "PATCH", "/resources/{id}/links/{link}") => json!([{ "resource_id": world.acorn().await }]),
        ("PUT", "/resources/{id}/links/{link}/{link_id}") => json!({ "data": "close" }),

        ("POST", "/sessions") => json!({ "username": "reader", "password": PASSWORD }),
        ("POST", "/sessions/second_factor") => json!({ "pending": "nothing", "code": "123456" }),
        ("POST", "/sessions/second_factor/totp") => json!({ "pending": "nothing" }),
        ("POST", "/sessions/passkey") => json!({ "ceremony": "nothing", "credential": {} }),
        ("POST", "/sessions/passkey/challenge") => json!({}),
        ("PUT", "/settings/mail") => json!({ "host": "127.0.0.1", "security": "none", "from": "noc@example.net" }),
        ("POST", "/settings/mail/test") => json!({ "to": "somebody@example.net" }),
        ("PATCH", "/sign_in_policy") => json!({ "session_hours": 12 }),

        ("POST", "/tokens") => json!({ "name": "another" }),
        ("POST", "/usergroups") => json!({ "name": format!("Group {}", world.number()) }),
        ("PATCH", "/usergroups/{id}") => json!({ "name": format!("Group {}", world.number()) }),
        ("PUT", "/usergroups/{id}/permissions") => {
            json!([{ "resource_id": world.oak, "permissions": ["permissionIPAMRead"] }])
        }
        ("POST", "/usergroups/{id}/quotas") => quota(world),
        ("PATCH", "/usergroups/{id}/quotas/{quota_id}") => json!({ "limit": 2048 }),
        ("PUT", "/usergroups/{id}/users") => json!({ "users": [] }),
        ("POST", "/users") => person(world),
        ("PATCH", "/users/{id}") => json!({ "email": "somebody@example.net" }),
        ("POST", "/users/{id}/identities") => {
            let made = world.make("/oidc_providers", provider(world)).await;
            json!({ "provider": made["name"], "subject": "2" })
        }
        ("POST", "/users/me/second_factor/totp") => json!({ "password": "wrong" }),
        ("POST", path) if path.starts_with("/users/me/second_factor/") => json!({ "code": "123456" }),
        ("PUT", "/users/me/password") => json!({ "current_password": "wrong", "new_password": "another password" }),
        (method, path) => panic!("say in tests/matrix/operation.rs what the body of {method} {path} is"),
    })
}
