//! What a deletion takes with it, and what it leaves.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use axum::http::Method;
use futures_util::future::BoxFuture;
use kernel::{Action, Actor, ResourceId, Result};
use resources::{Guard, Resource, ResourceQuery, Resources};
use serde_json::Value;
use store::Tx;
use testkit::{Engine, on_both};

use crate::world::{EVERY_RESOURCE_RIGHT, World, may, world};

/// A with B1 (C11, C12) and B2 (C21, C22) below it.
struct Family {
    world: World,
    by_name: HashMap<String, Resource>,
}

async fn family(engine: Engine) -> Family {
    let world = world(engine).await;
    let mut by_name: HashMap<String, Resource> = HashMap::new();
    for (name, parent) in
        [("A", ""), ("B1", "A"), ("B2", "A"), ("C11", "B1"), ("C12", "B1"), ("C21", "B2"), ("C22", "B2")]
    {
        let parent = by_name.get(parent).map_or(ResourceId::TOP, |parent| parent.id);
        by_name.insert(name.to_owned(), world.thing(name, parent).await);
    }
    Family { world, by_name }
}

impl Family {
    fn id(&self, name: &str) -> ResourceId {
        self.by_name[name].id
    }

    async fn rest(&self) -> BTreeSet<String> {
        let query = ResourceQuery { kind: Some("thing".to_owned()), ..ResourceQuery::default() };
        self.world.names(&self.world.root, &query).await.into_iter().collect()
    }

    /// Someone who may do everything with A and all below it, except that C21 can't be deleted.
    fn ann(&self) -> Actor {
        let mut grants = kernel::Grants::default();
        grants.add(kernel::GroupId(1), self.id("A"), may(&EVERY_RESOURCE_RIGHT));
        grants.add(kernel::GroupId(1), self.id("C21"), may(&[Action::Read]));
        Actor { grants: Arc::new(grants), ..testkit::actor("ann").nobody() }
    }
}

fn names(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

/// Holds one resource.
struct Holder(ResourceId);

impl Guard for Holder {
    fn holds<'a>(
        &'a self,
        _tx: &'a mut Tx,
        ids: &'a [ResourceId],
    ) -> BoxFuture<'a, Result<HashMap<ResourceId, String>>> {
        let held = ids.contains(&self.0).then(|| (self.0, "it holds 3 IP blocks".to_owned()));
        Box::pin(async move { Ok(held.into_iter().collect()) })
    }
}

on_both! {
    async fn a_recursive_deletion_takes_everything_from_the_bottom_up(engine) {
        let family = family(engine).await;
        let answer = family.world.v1(&format!("action=delete&recursive=1&id={}", family.id("A"))).await;
        assert_eq!(answer, r#"{"success":1,"message":"Resource deleted."}"#);
        assert_eq!(family.rest().await, names(&[]));
    }

    async fn what_may_not_be_deleted_stays_with_all_above_it(engine) {
        let family = family(engine).await;
        let (a, c21) = (family.id("A"), family.id("C21"));
        let answer = family.world.v1_as(&family.ann(), &format!("action=delete&recursive=1&id={a}")).await;
        assert_eq!(
            answer,
            format!(
                r#"{{"success":0,"message":"Resource \"A\" ({a}) was not deleted: \"C21\" ({c21}) below it stays, because you lack permissionResourceDelete on it. 4 below it were deleted."}}"#
            )
        );
        assert_eq!(family.rest().await, names(&["A", "B2", "C21"]));
    }

    async fn what_a_guard_holds_stays_with_all_above_it(engine) {
        let mut family = family(engine).await;
        let guard = Arc::new(Holder(family.id("C21")));
        family.world.resources = Resources::new(family.world.test.db.clone()).with_guard(guard);
        let (status, problem) =
            family.world.v2(Method::DELETE, &format!("/resources/{}?recursive=true", family.id("A")), Value::Null).await;
        assert_eq!(status, 409);
        assert!(problem["detail"].as_str().unwrap().contains("below it stays, because it holds 3 IP blocks"));
        assert_eq!(family.rest().await, names(&["A", "B2", "C21"]));

        let path = format!("/resources/{}", family.id("C21"));
        let (status, problem) = family.world.v2(Method::DELETE, &path, Value::Null).await;
        let expected = format!("Resource \"C21\" ({}) was not deleted: it holds 3 IP blocks.", family.id("C21"));
        assert_eq!((status, &problem["detail"]), (409, &Value::from(expected)));
    }

    async fn without_recursion_only_a_resource_with_nothing_below_it_goes(engine) {
        let family = family(engine).await;
        let (b1, world) = (family.id("B1"), &family.world);
        assert_eq!(
            world.v1_json(&format!("action=delete&id={b1}")).await["message"],
            format!("Resource \"B1\" ({b1}) has resources below it; delete these first, or delete it recursively.")
        );
        assert_eq!(world.v2(Method::DELETE, &format!("/resources/{}", family.id("C11")), Value::Null).await.0, 204);
        assert_eq!(world.v2(Method::DELETE, &format!("/resources/{}", family.id("C12")), Value::Null).await.0, 204);
        assert_eq!(world.v2(Method::DELETE, &format!("/resources/{b1}"), Value::Null).await.0, 204);
        assert_eq!(family.rest().await, names(&["A", "B2", "C21", "C22"]));
    }

    async fn a_reason_does_not_tell_of_what_may_not_be_seen(engine) {
        let family = family(engine).await;
        let mut grants = kernel::Grants::default();
        grants.add(kernel::GroupId(1), family.id("B2"), may(&EVERY_RESOURCE_RIGHT));
        grants.add(kernel::GroupId(1), family.id("C21"), kernel::Rights::NONE);
        let bob = Actor { grants: Arc::new(grants), ..testkit::actor("bob").nobody() };
        let b2 = family.id("B2");
        let answer = family.world.v1_as(&bob, &format!("action=delete&recursive=1&id={b2}")).await;
        assert_eq!(
            answer,
            format!(
                r#"{{"success":0,"message":"Resource \"B2\" ({b2}) was not deleted: something below it stays. 1 below it were deleted."}}"#
            )
        );
    }

    async fn a_section_below_goes_after_its_entries(engine) {
        let family = family(engine).await;
        let world = &family.world;
        let a = family.id("A");
        let section = world.v1_json(&format!("action=add&meta[type]=section&meta[name]=S&meta[parent_id]={a}")).await;
        let section = &section["data"]["id"];
        let form = format!("action=add&meta[type]=entry&meta[name]=E&meta[section_id]={section}&meta[parent_id]=");
        world.v1(&format!("{form}{}", family.id("C11"))).await;
        assert_eq!(world.v1_json(&format!("action=delete&recursive=1&id={a}")).await["message"], "Resource deleted.");
    }

    async fn a_section_below_stays_when_an_entry_elsewhere_needs_it(engine) {
        let family = family(engine).await;
        let world = &family.world;
        let b1 = family.id("B1");
        let section = world.v1_json(&format!("action=add&meta[type]=section&meta[name]=S&meta[parent_id]={b1}")).await;
        let section = &section["data"]["id"];
        world.v1(&format!("action=add&meta[type]=entry&meta[name]=E&meta[section_id]={section}")).await;
        let answer = world.v1_json(&format!("action=delete&recursive=1&id={b1}")).await;
        assert_eq!(
            answer["message"],
            format!("Resource \"B1\" ({b1}) was not deleted: \"S\" ({section}) below it stays, because it has entries. 2 below it were deleted.")
        );
    }

    async fn ten_thousand_go_in_one_request_but_for_what_is_kept(engine) {
        let family = family(engine).await;
        let (world, b1, b2) = (&family.world, family.id("B1"), family.id("B2"));
        // Half of the section's entries hang on one that stays, so half of everything refers to something.
        let section = world.section("S").await.id;
        world.test.db.write(&world.root, Many { section, below: b1, count: 5_000 }).await.unwrap();
        world.test.db.write(&world.root, Many { section, below: b2, count: 5_000 }).await.unwrap();
        let answer = world.v1_as(&family.ann(), &format!("action=delete&recursive=1&id={}", family.id("A"))).await;
        assert!(answer.contains("10004 below it were deleted"), "{answer}");
        assert_eq!(family.rest().await, names(&["A", "B2", "C21"]));
    }

    async fn attributes_and_links_go_with_their_resource_and_ids_are_not_used_again(engine) {
        let family = family(engine).await;
        let world = &family.world;
        let id = family.id("C11");
        world.v1(&format!("action=update&meta[id]={id}&meta[type]=thing&fields[colour]=red")).await;
        assert_eq!(world.v1_json("action=get&attr_key=colour").await["found_count"], 1);
        world.v1(&format!("action=delete&id={id}")).await;
        assert_eq!(world.v1_json("action=get&attr_key=colour").await["found_count"], 0);
        assert!(world.thing("C11", family.id("B1")).await.id > id);
    }
}

/// Many entries, each with two attributes, hanging on one another in chains of ten.
struct Many {
    section: ResourceId,
    below: ResourceId,
    count: usize,
}

impl store::Work for Many {
    type Out = ();
    const NAME: &'static str = "test.many";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        let mut parent = self.below;
        for n in 0..self.count {
            let new = resources::NewResource {
                name: format!("Entry {} {n}", self.below),
                kind: "entry".to_owned(),
                slug: Some(format!("entry-{}-{n}", self.below)),
                parent_id: Some(if n % 10 == 0 { self.below } else { parent }),
                section: Some(resources::SectionRef::Id(self.section)),
                attributes: crate::world::attributes(&[("a", &["1"]), ("b", &["2"])]),
                ..resources::NewResource::default()
            };
            parent = resources::add(tx, &new).await?.id;
        }
        Ok(())
    }
}
