//! Changes are taken back: of blocks, and of the resources that hold them.

use axum::http::Method;
use kernel::{Action, Actor, Area, RequestId, ResourceId, Result, Rights};
use resources::{Attribute, Link, Resource, Resources};
use serde_json::{Value, json};
use store::{Tx, Undoing, Work};
use testkit::{Engine, on_both};

use crate::world::{World, world};

/// The undo of a request, as the program puts it together.
struct Undo(Resources, Undoing);

impl Work for Undo {
    type Out = ();
    const NAME: &'static str = "test.undo";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        let mut undo = tx.undo(&self.1).await?;
        let resources = self.0.plan_undo(tx, &mut undo).await?;
        let blocks = ipam::plan_undo(tx, &mut undo).await?;
        undo.refuse(tx.actor(), &self.1)?;
        resources.write(tx).await?;
        blocks.write(tx).await
    }
}

async fn undo_as(world: &World, actor: &Actor, request: &str) -> Result<()> {
    let resources = Resources::new(world.test.db.clone()).with_guard(ipam::guard());
    world.test.db.write(actor, Undo(resources, Undoing::Request(request.to_owned()))).await
}

async fn undo(world: &World, request: &str) -> Result<()> {
    undo_as(world, &by(world, "undo"), request).await
}

/// The administrator in a request of this name.
fn by(world: &World, request: &str) -> Actor {
    Actor { request: RequestId(request.into()), ..world.root.clone() }
}

async fn send(world: &World, request: &str, method: Method, path: &str, body: Value) -> u16 {
    world.v2_as(&by(world, request), method, path, body).await.status
}

/// All records, but for how often and when they were changed last.
async fn everything(world: &World) -> Vec<String> {
    let mut tx = world.test.db.read(&world.root).await.unwrap();
    let blocks = tx.find::<ipam::Block>("id > 0 ORDER BY id", &[]).await.unwrap();
    let blocks = blocks.into_iter().map(|b| format!("{:?}", ipam::Block { version: 0, updated_at: None, ..b }));
    let resources = tx.find::<Resource>("id > 0 ORDER BY id", &[]).await.unwrap();
    let still = kernel::Timestamp(0);
    let resources = resources.into_iter().map(|r| format!("{:?}", Resource { version: 0, modified_at: still, ..r }));
    let attributes = tx.find::<Attribute>("id > 0 ORDER BY id", &[]).await.unwrap();
    let attributes = attributes.into_iter().map(|a| format!("{:?}", Attribute { version: 0, ..a }));
    let links = tx.find::<Link>("id > 0 ORDER BY id", &[]).await.unwrap();
    let links = links.into_iter().map(|l| format!("{:?}", Link { version: 0, ..l }));
    blocks.chain(resources).chain(attributes).chain(links).collect()
}

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below
    }

    fn one(&mut self, of: &[String], otherwise: &str) -> String {
        if of.is_empty() { otherwise.to_owned() } else { of[self.throw(of.len())].clone() }
    }
}

/// Does something, if it can be done.
async fn act(world: &World, dice: &mut Dice, request: &str) -> u16 {
    let blocks = world.get("/ipam/netblocks?limit=1000").await.body;
    let blocks: Vec<String> =
        blocks.as_array().unwrap().iter().map(|b| b["cidr"].as_str().unwrap().to_owned()).collect();
    let things = world.get("/resources?type=thing").await.body;
    let things: Vec<String> = things.as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect();
    let (block, thing) = (dice.one(&blocks, "10.0.0.0/22"), dice.one(&things, "1"));
    let other = dice.one(&things, "1");
    let n = dice.throw(1_000);
    let (method, path, body) = match dice.throw(14) {
        0 | 1 => (
            Method::PUT,
            "/ipam/netblocks/smart_assign".to_owned(),
            json!({"resource_id": thing, "type": "ipv4", "mask": 24 + n % 6, "allow_sub_assignments": n.is_multiple_of(2)}),
        ),
        2 => (
            Method::PUT,
            format!("/ipam/netblocks/{block}/direct_assign"),
            json!({"resource_id": thing, "allow_sub_assignments": n.is_multiple_of(2)}),
        ),
        3 | 4 => {
            (Method::PUT, format!("/ipam/netblocks/{block}/unassign"), json!({"skip_holding": !n.is_multiple_of(3)}))
        }
        5 => (Method::PUT, format!("/ipam/netblocks/{block}/split"), json!({"limit": 4})),
        6 | 7 => (
            Method::PUT,
            format!("/ipam/netblocks/{block}/aggregate"),
            json!({"mask": 22, "ignore_assignments": n.is_multiple_of(2)}),
        ),
        8 => (
            Method::PATCH,
            format!("/ipam/netblocks/{block}"),
            json!({"notes": format!("note {n}"), "vlan_id": n, "tags": ["Blue"], "propagate": n.is_multiple_of(2)}),
        ),
        9 => {
            (Method::POST, "/ipam/netblocks".to_owned(), json!({"cidr": format!("10.{}.0.0/22", n % 4), "rir": "1918"}))
        }
        10 => (Method::DELETE, format!("/ipam/netblocks/10.{}.0.0/22?force=true", n % 4), Value::Null),
        11 => (
            Method::POST,
            "/resources".to_owned(),
            json!({"name": format!("Thing {n}"), "type": "thing", "parent_id": thing, "attrs": {"a": ["1", "2"]}}),
        ),
        12 => (
            Method::PATCH,
            format!("/resources/{thing}"),
            json!({"name": format!("Thing {n}"), "parent_id": other, "attrs": {"a": [n.to_string()], "b": null}}),
        ),
        _ => (Method::DELETE, format!("/resources/{thing}?recursive=true"), Value::Null),
    };
    send(world, request, method, &path, body).await
}

async fn whatever_was_done_last_can_be_undone(engine: Engine, steps: usize) {
    let world = world(engine).await;
    world.tags(&["Blue"]).await;
    world.add("10.0.0.0/22", "").await;
    for name in ["One", "Two", "Three"] {
        world.post("/resources", json!({"name": name, "type": "thing"})).await;
    }
    let (mut dice, mut undone) = (Dice(11), 0);
    for n in 0..steps {
        let before = everything(&world).await;
        let request = format!("step {n}");
        if act(&world, &mut dice, &request).await >= 300 {
            continue;
        }
        let after = everything(&world).await;
        if before == after {
            continue;
        }
        let back = by(&world, &format!("undo of {n}"));
        undo_as(&world, &back, &request).await.unwrap();
        assert_eq!(everything(&world).await, before, "step {n}");
        undone += 1;
        if !n.is_multiple_of(3) {
            undo(&world, &format!("undo of {n}")).await.unwrap();
            assert_eq!(everything(&world).await, after, "step {n} again");
        }
        if n % 5 == 0 {
            world.is_sound().await;
        }
    }
    assert!(undone > steps / 4, "{undone} of {steps}");
    world.is_sound().await;
}

on_both! {
    async fn whatever_was_done_last_can_be_undone_and_that_as_well(engine) {
        whatever_was_done_last_can_be_undone(engine, if engine == Engine::Sqlite { 150 } else { 40 }).await;
    }

    async fn what_others_have_built_on_is_in_the_way_and_nothing_is_undone(engine) {
        let world = world(engine).await;
        world.tags(&["Blue"]).await;
        let acme = world.holder("Acme").await;
        let refused = async |request: &str| undo(&world, request).await.unwrap_err().to_string();
        send(&world, "add", Method::POST, "/ipam/netblocks", json!({"cidr": "10.0.0.0/24", "rir": "1918"})).await;
        let root = world.id("10.0.0.0/24").await;
        send(&world, "split", Method::PUT, "/ipam/netblocks/10.0.0.0/24/split", json!({"limit": 2})).await;
        let half = world.id("10.0.0.0/25").await;
        send(&world, "assign", Method::PUT, "/ipam/netblocks/10.0.0.0/25/direct_assign", json!({"resource_id": acme})).await;
        let before = everything(&world).await;
        assert_eq!(refused("add").await, format!("Nothing was undone: block {root} has been changed since."));
        let built = format!("block {half} has been changed since; the tree around 10.0.0.0/25 has changed since");
        assert_eq!(refused("split").await, format!("Nothing was undone: {built}."));
        assert_eq!(everything(&world).await, before);
        send(&world, "unassign", Method::PUT, "/ipam/netblocks/10.0.0.0/25/unassign", json!({"skip_holding": true})).await;
        send(&world, "leave", Method::DELETE, &format!("/resources/{acme}"), Value::Null).await;
        assert_eq!(
            refused("unassign").await,
            format!("Nothing was undone: resource {acme}, to which 10.0.0.0/25 belonged, is gone.")
        );
        undo(&world, "leave").await.unwrap();
        undo(&world, "unassign").await.unwrap();
        assert_eq!(everything(&world).await, before);
        send(&world, "delete", Method::DELETE, "/ipam/netblocks/10.0.0.0/24?force=true", Value::Null).await;
        send(&world, "larger", Method::POST, "/ipam/netblocks", json!({"cidr": "10.0.0.0/16", "rir": "1918"})).await;
        assert_eq!(
            refused("delete").await,
            "Nothing was undone: 10.0.0.0/24 would overlap the aggregate 10.0.0.0/16."
        );
        undo(&world, "larger").await.unwrap();
        undo(&world, "delete").await.unwrap();
        assert_eq!(everything(&world).await, before);
        send(&world, "tag", Method::POST, "/ipam/tags", json!({"name": "Red"})).await;
        assert_eq!(refused("tag").await, "Nothing was undone: changes of ipam_tag can't be undone.");
        assert!(refused("nobody's").await.starts_with("There is no change of a request \"nobody's\""));
        world.is_sound().await;
    }

    async fn resources_come_back_only_to_where_they_were_and_go_only_when_nobody_needs_them(engine) {
        let world = world(engine).await;
        let thing = |name: &str, parent: &str| json!({"name": name, "type": "thing", "parent_id": parent});
        let refused = async |request: &str| undo(&world, request).await.unwrap_err().to_string();
        let id = async |slug: &str| {
            let found = world.get(&format!("/resources?slug={slug}")).await.body;
            found[0]["id"].as_str().unwrap().to_owned()
        };
        send(&world, "a", Method::POST, "/resources", thing("A", "1")).await;
        let a = id("a").await;
        send(&world, "b", Method::POST, "/resources", thing("B", &a)).await;
        let b = id("b").await;
        assert_eq!(refused("a").await, format!("Nothing was undone: resource {b} lies below what would go."));
        send(&world, "gone", Method::DELETE, &format!("/resources/{b}"), Value::Null).await;
        send(&world, "other", Method::POST, "/resources", thing("B", "1")).await;
        assert_eq!(refused("gone").await, "Nothing was undone: the slug \"b\" belongs to another resource now.");
        undo(&world, "other").await.unwrap();
        undo(&world, "a").await.unwrap();
        assert_eq!(
            refused("gone").await,
            format!("Nothing was undone: resource {a}, below which {b} would come back, is gone or elsewhere.")
        );
    }

    async fn an_undo_needs_the_rights_of_the_reverse_changes(engine) {
        let world = world(engine).await;
        let acme = world.holder("Acme").await;
        world.add("10.0.0.0/24", "").await;
        send(&world, "assign", Method::PUT, "/ipam/netblocks/10.0.0.0/24/direct_assign", json!({"resource_id": acme})).await;
        let ipam = |actions: &[Action]| actions.iter().fold(Rights::NONE, |sum, a| sum | Rights::of(Area::Ipam, *a));
        let on = |rights: Rights, ids: &[ResourceId]| {
            ids.iter().fold(testkit::actor("ann"), |actor, id| actor.with(rights, *id)).build()
        };
        let (read, update) = (ipam(&[Action::Read]), ipam(&[Action::Read, Action::Update]));
        let available = resources::system::AVAILABLE;
        let before = everything(&world).await;
        for (actor, expected) in [
            (on(update, &[acme]), "No resource found with ID: 2"),
            (on(read, &[acme, available]), "You need permissionIPAMUpdate on"),
        ] {
            let why = undo_as(&world, &actor, "assign").await.unwrap_err().to_string();
            assert!(why.starts_with(expected), "{why}");
        }
        assert_eq!(everything(&world).await, before);
        undo_as(&world, &on(update, &[acme, available]), "assign").await.unwrap();
        world.is_sound().await;
    }

    async fn rules_partners_and_reservations_of_blocks_are_undone_with_all_that_followed(engine) {
        let world = world(engine).await;
        for cidr in ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"] {
            world.add(cidr, "").await;
        }
        world.done("action=split&block=10.0.0.0/24").await;
        let rule = world.post("/ipam/rules", json!({ "name": "ends", "positions": [1, 0] })).await.body["id"].clone();
        let before = everything(&world).await;
        let path = "/ipam/netblocks/10.0.0.0/24";
        assert_eq!(send(&world, "a", Method::PATCH, path, json!({ "rule_id": rule, "nat": "10.0.1.0/24" })).await, 200);
        let reserve = "/ipam/netblocks/10.0.2.0/24/reserve";
        assert_eq!(send(&world, "b", Method::PUT, reserve, json!({})).await, 200);
        world.is_sound().await;
        undo(&world, "b").await.unwrap();
        undo(&world, "a").await.unwrap();
        assert_eq!(everything(&world).await, before);
        world.is_sound().await;
    }
}
