//! Contacts that are imported by their handle, from a source that a test owns.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::http::Method;
use futures_util::future::BoxFuture;
use kernel::{Action, Actor, Error, JobId, ResourceId, Result};
use resources::{Card, ContactType, FoundContact, Source};
use serde_json::{Value, json};
use store::job::{self, JobState, Jobs, Status, Worker};
use testkit::{Engine, actor, on_both};
use tokio::sync::{Notify, watch};

use crate::world::{World, may, thing, world};

/// A registry that knows what it was told.
#[derive(Default)]
struct Registry {
    known: Mutex<HashMap<String, FoundContact>>,
    /// While it is asked, it waits for this.
    hangs: Option<Notify>,
}

impl Registry {
    fn knows(&self, handle: &str, name: &str, card: Card) {
        let found = FoundContact { handle: handle.to_owned(), name: name.to_owned(), card };
        self.known.lock().unwrap().insert(handle.to_owned(), found);
    }
}

impl Source for Registry {
    fn look_up<'a>(&'a self, handle: &'a str) -> BoxFuture<'a, Result<FoundContact>> {
        Box::pin(async move {
            if let Some(hangs) = &self.hangs {
                hangs.notified().await;
            }
            if handle == "BUSY" {
                return Err(Error::Busy("ARIN does not answer".to_owned()));
            }
            let known = self.known.lock().unwrap().get(handle).cloned();
            known.ok_or_else(|| Error::not_found(format!("ARIN knows no \"{handle}\"")))
        })
    }
}

/// A world with a registry, and a worker that runs its jobs for root and for ann.
struct Imports {
    world: World,
    registry: Arc<Registry>,
    /// What ann may do when her job runs.
    ann: Arc<Mutex<Actor>>,
    _stop: watch::Sender<bool>,
}

async fn imports(engine: Engine) -> Imports {
    imports_from(engine, Registry::default()).await
}

async fn imports_from(engine: Engine, registry: Registry) -> Imports {
    let mut world = world(engine).await;
    let registry = Arc::new(registry);
    world.resources = world.resources.clone().with_source(ContactType::Arin, registry.clone());
    let ann = Arc::new(Mutex::new(actor("ann").nobody()));
    let (root, known) = (world.root.clone(), ann.clone());
    let actor_of = Arc::new(move |user, _| -> BoxFuture<'static, Result<Actor>> {
        let actor = if root.user == Some(user) { root.clone() } else { known.lock().unwrap().clone() };
        Box::pin(async move { Ok(actor) })
    });
    let (stop, told) = watch::channel(false);
    let jobs = resources::jobs(Jobs::new(actor_of), &world.resources);
    tokio::spawn(Worker::new(world.test.db.clone(), jobs, "node").run(told));
    Imports { world, registry, ann, _stop: stop }
}

impl Imports {
    async fn start_as(&self, actor: &Actor, body: Value) -> JobId {
        let (status, started) = self.world.v2_as(actor, Method::POST, "/contacts/import", body).await;
        assert_eq!(status, 202, "{started}");
        JobId(started["id"].as_i64().unwrap())
    }

    /// The job when it no longer runs, nor waits for its first try.
    async fn end(&self, id: JobId) -> JobState {
        let end = async {
            loop {
                let state = self.job(id).await;
                if state.status != Status::Running && state.attempts > 0 {
                    return state;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), end).await.unwrap()
    }

    async fn job(&self, id: JobId) -> JobState {
        job::state(&mut self.world.read(&self.world.root).await, id).await.unwrap().unwrap()
    }

    /// The result of an import by root.
    async fn import(&self, handle: &str) -> Value {
        let id = self.start_as(&self.world.root, json!({"source": "arin", "handle": handle})).await;
        let end = self.end(id).await;
        assert_eq!(end.status, Status::Done, "{end:?}");
        end.result.unwrap()
    }

    async fn show(&self, result: &Value) -> Value {
        let (status, contact) = self.world.v2(Method::GET, &path(result), Value::Null).await;
        assert_eq!(status, 200, "{contact}");
        contact
    }
}

fn path(result: &Value) -> String {
    format!("/contacts/{}", result["contact_id"].as_str().unwrap())
}

fn card(phones: &[&str], emails: &[&str]) -> Card {
    let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Card { phones: list(phones), emails: list(emails), ..Card::default() }
}

on_both! {
    async fn an_imported_contact_is_added_and_then_refreshed(engine) {
        let imports = imports(engine).await;
        let registry = &imports.registry;
        let known = Card { address: Some("Street 1\r\n Town ".to_owned()), ..card(&["+1 555 0100", "+1 555 0100"], &["a@example.net"]) };
        registry.knows("ZN-ARIN", "Zoe  Noc", known);
        let added = imports.import(" zn-arin").await;
        assert_eq!((&added["name"], &added["outcome"]), (&json!("Zoe Noc"), &json!("added")));
        let shown = imports.show(&added).await;
        let expected = json!({
            "id": added["contact_id"], "parent_id": "1", "type": "ARIN", "handle": "ZN-ARIN", "name": "Zoe Noc",
            "organization": null, "phones": ["+1 555 0100"], "emails": ["a@example.net"], "address": "Street 1\nTown",
            "comments": null, "custom_id": null, "date": "2026-01-01 00:00:00", "modified": "2026-01-01 00:00:00"
        });
        assert_eq!(shown, expected);

        imports.world.clock.advance(Duration::from_mins(1));
        assert_eq!(imports.import("ZN-ARIN").await["outcome"], "unchanged");
        assert_eq!(imports.show(&added).await, expected);
        registry.knows("ZN-ARIN", "Zoe Noc-Smith", Card { organization: Some("Acme".to_owned()), ..card(&["+1 555 0101"], &[]) });
        let refreshed = imports.import("ZN-ARIN").await;
        assert_eq!((&refreshed["contact_id"], &refreshed["outcome"]), (&added["contact_id"], &json!("refreshed")));
        let shown = imports.show(&added).await;
        assert_eq!((&shown["name"], &shown["organization"]), (&json!("Zoe Noc-Smith"), &json!("Acme")));
        assert_eq!((&shown["phones"], &shown["emails"], &shown["address"]), (&json!(["+1 555 0101"]), &json!([]), &Value::Null));
        assert_eq!(shown["modified"], "2026-01-01 00:01:00");

        imports.world.contact(json!({"name": "Local"})).await;
        assert_eq!(imports.world.contacts("?type=ARIN").await, ["Zoe Noc-Smith"]);
        assert_eq!(imports.world.contacts("?type=Local").await, ["Local"]);
        assert_eq!(imports.world.contacts("?q=zn-ar").await, ["Zoe Noc-Smith"], "by the handle");
        let found = resources::search(&mut imports.world.read(&imports.world.root).await, "zn-arin", 10).await.unwrap();
        assert_eq!(found.len(), 1);
    }

    async fn a_contact_is_refreshed_by_its_id(engine) {
        let imports = imports(engine).await;
        imports.registry.knows("ZN-ARIN", "Zoe", card(&[], &[]));
        let added = imports.import("ZN-ARIN").await;
        imports.registry.knows("ZN-ARIN", "Zoe", card(&["112"], &[]));
        let (status, started) = imports.world.v2(Method::POST, &format!("{}/refresh", path(&added)), Value::Null).await;
        assert_eq!(status, 202, "{started}");
        let end = imports.end(JobId(started["id"].as_i64().unwrap())).await;
        assert_eq!(end.result.unwrap(), json!({"contact_id": added["contact_id"], "name": "Zoe", "outcome": "refreshed"}));
        let local = imports.world.contact(json!({"name": "Local"})).await;
        let local = format!("/contacts/{}/refresh", local["id"].as_str().unwrap());
        let (status, problem) = imports.world.v2(Method::POST, &local, Value::Null).await;
        assert_eq!(status, 409);
        assert!(problem["detail"].as_str().unwrap().ends_with("is local: there is nowhere to look it up."), "{problem}");
    }

    async fn an_imported_contact_can_be_deleted_but_not_edited_at_any_door(engine) {
        let imports = imports(engine).await;
        let world = &imports.world;
        imports.registry.knows("ZN-ARIN", "Zoe", card(&[], &["a@example.net"]));
        let added = imports.import("ZN-ARIN").await;
        let id = added["contact_id"].as_str().unwrap();
        let detail = format!(
            "Contact \"Zoe\" ({id}) was imported from ARIN and can't be edited here. Change it there and import it again, \
             or delete it."
        );
        for (method, path, body) in [
            (Method::PATCH, path(&added), json!({"name": "Eve"})),
            (Method::PUT, path(&added), json!({"name": "Eve"})),
            (Method::PATCH, format!("/resources/{id}"), json!({"name": "Eve"})),
            (Method::PUT, format!("/resources/{id}"), json!({"name": "Eve", "type": "contact"})),
            (Method::PATCH, "/resources/multiple".to_owned(), json!({"id": [id], "name": "Eve"})),
            (Method::POST, format!("/resources/{id}/attrs"), json!({"emails": "eve@example.net"})),
            (Method::PUT, format!("/resources/{id}/attrs"), json!({})),
            (Method::PATCH, format!("/resources/{id}/attrs"), json!({"contact_type": null})),
            (Method::DELETE, format!("/resources/{id}/attrs/handle"), Value::Null),
        ] {
            let (status, problem) = world.v2(method.clone(), &path, body).await;
            assert_eq!((status, &problem["detail"]), (409, &json!(detail)), "{method} {path}");
        }
        let old = world.v1_json(&format!("action=update&meta[id]={id}&meta[type]=contact&meta[name]=Eve")).await;
        assert_eq!((&old["success"], &old["message"]), (&json!(0), &json!(detail)));
        let body = json!({"resource_id": id, "relation": "contact"});
        assert_eq!(world.v2(Method::POST, "/resources/2/links", body).await.0, 201, "it may be linked");
        assert_eq!(world.contacts("?resource_id=2").await, ["Zoe"]);
        assert_eq!(world.v2(Method::DELETE, &path(&added), Value::Null).await.0, 204);
        assert_eq!(world.contacts("").await, [""; 0]);
        assert_eq!(imports.import("ZN-ARIN").await["outcome"], "added", "it can come back");
    }

    async fn an_import_that_can_not_be_is_refused_before_there_is_a_job(engine) {
        let imports = imports(engine).await;
        let world = &imports.world;
        let long = "X".repeat(101);
        for (body, field, detail) in [
            (json!({"source": "SWIP", "handle": "X"}), "source", "must be one of ARIN, RIPE, APNIC, LACNIC, AfriNIC, LDAP"),
            (json!({"source": "Local", "handle": "X"}), "source", "must be one of ARIN, RIPE, APNIC, LACNIC, AfriNIC, LDAP"),
            (json!({"source": "LDAP", "handle": "X"}), "source", "LDAP is not set up on this server as a source of contacts; there are ARIN"),
            (json!({"source": "ARIN", "handle": "  "}), "handle", "must have 1 to 100 printable characters"),
            (json!({"source": "ARIN", "handle": long}), "handle", "must have 1 to 100 printable characters"),
            (json!({"source": "ARIN", "handle": "X\u{7}"}), "handle", "must have 1 to 100 printable characters"),
            (json!({"source": "ARIN", "handle": "X", "parent_id": 99}), "parent_id", "No resource found with ID: 99"),
        ] {
            let (status, problem) = world.v2(Method::POST, "/contacts/import", body).await;
            assert_eq!((status, &problem["errors"][0]), (422, &json!({"field": field, "detail": detail})));
        }
        let open = world.thing("Open", ResourceId::TOP).await.id;
        let reader = actor("reader").with(may(&[Action::Read]), open).build();
        let import = |parent: ResourceId| json!({"source": "ARIN", "handle": "X", "parent_id": parent});
        let (status, problem) = world.v2_as(&reader, Method::POST, "/contacts/import", import(open)).await;
        assert_eq!(status, 403, "{problem}");
        let (status, problem) = world.v2_as(&reader, Method::POST, "/contacts/import", import(ResourceId(2))).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("parent_id")), "what may not be read is not there");
    }

    async fn a_look_up_that_fails_makes_no_contact(engine) {
        let imports = imports(engine).await;
        imports.registry.knows("LONG", &"x".repeat(300), card(&[], &[]));
        imports.registry.knows("MANY", "Many", card(&(0..30).map(|n| format!("5550{n:02}")).collect::<Vec<_>>().iter().map(String::as_str).collect::<Vec<_>>(), &[]));
        for (handle, error) in [
            ("NOBODY", "ARIN knows no \"NOBODY\""),
            ("LONG", "What ARIN says of \"LONG\" is too long, or no text, and was not kept."),
            ("MANY", "What ARIN says of \"MANY\" is too long, or no text, and was not kept."),
        ] {
            let id = imports.start_as(&imports.world.root, json!({"source": "ARIN", "handle": handle})).await;
            let end = imports.end(id).await;
            assert_eq!((end.status, end.attempts, end.error.as_deref()), (Status::Failed, 1, Some(error)));
        }
        let id = imports.start_as(&imports.world.root, json!({"source": "ARIN", "handle": "busy"})).await;
        let waits = imports.end(id).await;
        assert_eq!((waits.status, waits.error.as_deref()), (Status::Queued, Some("ARIN does not answer")), "it is tried again");
        assert_eq!(imports.world.contacts("").await, [""; 0]);
    }

    async fn a_contact_is_kept_with_the_rights_of_the_moment(engine) {
        let imports = imports_from(engine, Registry { hangs: Some(Notify::new()), ..Registry::default() }).await;
        let place = imports.world.thing("Place", ResourceId::TOP).await.id;
        imports.registry.knows("ZN-ARIN", "Zoe", card(&[], &[]));
        let ann = actor("ann").with(may(&[Action::Read, Action::Create]), place).build();
        let import = json!({"source": "ARIN", "handle": "ZN-ARIN", "parent_id": place});
        // Only now may she no more.
        *imports.ann.lock().unwrap() = actor("ann").with(may(&[Action::Read]), place).build();
        let refused = imports.start_as(&ann, import.clone()).await;
        imports.registry.hangs.as_ref().unwrap().notify_one();
        let end = imports.end(refused).await;
        let error = format!("You need permissionResourceCreate on resource \"Place\" ({place}) to do this.");
        assert_eq!((end.status, end.error), (Status::Failed, Some(error)));
        *imports.ann.lock().unwrap() = ann.clone();
        let allowed = imports.start_as(&ann, import).await;
        imports.registry.hangs.as_ref().unwrap().notify_one();
        assert_eq!(imports.end(allowed).await.status, Status::Done);
        assert_eq!(imports.world.contacts(&format!("?parent_id={place}")).await, ["Zoe"]);
    }

    async fn a_slow_source_keeps_nobody_from_writing(engine) {
        let imports = imports_from(engine, Registry { hangs: Some(Notify::new()), ..Registry::default() }).await;
        imports.registry.knows("ZN-ARIN", "Zoe", card(&[], &[]));
        let id = imports.start_as(&imports.world.root, json!({"source": "ARIN", "handle": "ZN-ARIN"})).await;
        let running = async {
            while imports.job(id).await.status != Status::Running {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), running).await.unwrap();
        let write = imports.world.add(thing("Meanwhile", ResourceId::TOP));
        tokio::time::timeout(Duration::from_secs(20), write).await.unwrap().unwrap();
        imports.registry.hangs.as_ref().unwrap().notify_one();
        assert_eq!(imports.end(id).await.status, Status::Done);
    }

    async fn imports_of_one_handle_at_the_same_time_make_one_contact(engine) {
        let imports = imports(engine).await;
        imports.registry.knows("ZN-ARIN", "Zoe", card(&[], &[]));
        let import = || imports.start_as(&imports.world.root, json!({"source": "ARIN", "handle": "ZN-ARIN"}));
        let started = tokio::join!(import(), import(), import(), import());
        for id in [started.0, started.1, started.2, started.3] {
            assert_eq!(imports.end(id).await.status, Status::Done);
        }
        assert_eq!(imports.world.contacts("").await, ["Zoe"]);
    }

    async fn each_place_has_its_own_contact_of_a_handle(engine) {
        let imports = imports(engine).await;
        let world = &imports.world;
        imports.registry.knows("ZN-ARIN", "Zoe", card(&[], &[]));
        let place = world.thing("Place", ResourceId::TOP).await.id;
        imports.import("ZN-ARIN").await;
        let id = imports.start_as(&world.root, json!({"source": "ARIN", "handle": "ZN-ARIN", "parent_id": place})).await;
        assert_eq!(imports.end(id).await.result.unwrap()["outcome"], "added");
        assert_eq!(world.contacts("?type=ARIN").await, ["Zoe", "Zoe"]);
        let (status, copy) = world.v2(Method::POST, &format!("/resources/{place}/clone"), json!({"name": "Copy", "clone_children": true})).await;
        assert_eq!(status, 201, "{copy}");
        let copies = world.contacts(&format!("?parent_id={}&type=ARIN", copy["id"].as_str().unwrap())).await;
        assert_eq!(copies, ["Zoe"], "a copy of the place has a copy of its contact");
    }
}
