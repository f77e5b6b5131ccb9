//! Who sees what.

use std::{collections::BTreeSet, sync::Arc};

use kernel::{Action, Actor, Area, Grants, GroupId, ResourceId, Rights};
use resources::{NewResource, ResourceQuery};
use store::Query;
use testkit::on_both;

use crate::world::{World, is_forbidden, is_not_found, may, refusal, thing, world};

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below
    }
}

/// The ids that fulfil the condition on `r.path`.
async fn fulfilling(world: &World, actor: &Actor, area: Area) -> BTreeSet<i64> {
    let mut tx = world.read(actor).await;
    let mut select = Query::new("SELECT r.id FROM (SELECT id, path FROM resource) r WHERE 1 = 1");
    if let Some(condition) = resources::visible_condition(&mut tx, area, "r").await.unwrap() {
        select.push(" AND (").append(&condition).push(")");
    }
    let rows = tx.rows(select.text(), select.params()).await.unwrap();
    rows.into_iter().map(|mut row| row.take(0).unwrap()).collect()
}

on_both! {
    async fn the_database_hides_exactly_what_the_rule_hides(engine) {
        let world = world(engine).await;
        let mut dice = Dice(1);
        let mut tree = vec![world.get(ResourceId::TOP).await];
        for n in 0..40 {
            let parent = tree[dice.throw(tree.len())].id;
            tree.push(world.thing(&format!("Thing {n}"), parent).await);
        }
        let areas = [Area::Ipam, Area::Resource];
        let mut seen_some = 0;
        for _ in 0..60 {
            let mut grants = Grants::default();
            for _ in 0..dice.throw(9) {
                let rights = [
                    Rights::NONE,
                    Rights::of(Area::Ipam, Action::Read),
                    may(&[Action::Read]),
                    may(&[Action::Update]),
                    Rights::ADMIN,
                ][dice.throw(5)];
                grants.add([GroupId(1), GroupId(2), GroupId(3)][dice.throw(3)], tree[dice.throw(tree.len())].id, rights);
            }
            let actor = Actor { grants: Arc::new(grants), ..testkit::actor("ann").nobody() };
            for area in areas {
                let right = Rights::of(area, Action::Read);
                let expected: BTreeSet<i64> =
                    tree.iter().filter(|resource| resource.rights(&actor).has(right)).map(|r| r.id.0).collect();
                let mut seen = fulfilling(&world, &actor, area).await;
                seen.retain(|id| !(2..=4).contains(id));
                seen_some += usize::from(!expected.is_empty() && expected.len() < tree.len());
                assert_eq!(seen, expected, "{:?}", actor.grants);
            }
        }
        assert!(seen_some > 20, "most of these throws must hide something and show something: {seen_some}");
    }

    async fn lists_leave_out_what_may_not_be_read(engine) {
        let world = world(engine).await;
        let (a, b) = (world.thing("A", ResourceId::TOP).await, world.thing("B", ResourceId::TOP).await);
        let (_, hidden) = (world.thing("A child", a.id).await, world.thing("Hidden", a.id).await);
        world.thing("Below hidden", hidden.id).await;
        let mut grants = Grants::default();
        grants.add(GroupId(1), a.id, may(&[Action::Read]));
        grants.add(GroupId(1), hidden.id, Rights::of(Area::Ipam, Action::Read));
        let ann = Actor { grants: Arc::new(grants), ..testkit::actor("ann").nobody() };
        assert_eq!(world.names(&ann, &ResourceQuery::default()).await, ["A", "A child"]);
        assert_eq!(world.names(&ann, &ResourceQuery::by_id(b.id)).await, [""; 0]);
        assert_eq!(world.names(&testkit::actor("bob").nobody(), &ResourceQuery::default()).await, [""; 0]);
        assert_eq!(world.names(&world.root, &ResourceQuery::default()).await.len(), 9);
    }

    async fn a_list_can_be_narrowed_to_what_the_caller_may_do(engine) {
        let world = world(engine).await;
        let (a, b) = (world.thing("A", ResourceId::TOP).await, world.thing("B", ResourceId::TOP).await);
        let ann = testkit::actor("ann")
            .with(may(&[Action::Read, Action::Update]), a.id)
            .with(may(&[Action::Read]), b.id)
            .build();
        let update = || vec![may(&[Action::Update])];
        let permitted = ResourceQuery { permitted: update(), ..ResourceQuery::default() };
        let not_permitted = ResourceQuery { not_permitted: update(), ..ResourceQuery::default() };
        assert_eq!(world.names(&ann, &permitted).await, ["A"]);
        assert_eq!(world.names(&ann, &not_permitted).await, ["B"]);
        assert_eq!(world.names(&world.root, &not_permitted).await, [""; 0]);
    }

    async fn adding_takes_the_right_to_create_at_the_parent(engine) {
        let world = world(engine).await;
        let (a, b) = (world.thing("A", ResourceId::TOP).await, world.thing("B", ResourceId::TOP).await);
        let ann = testkit::actor("ann")
            .with(may(&[Action::Read, Action::Create]), a.id)
            .with(may(&[Action::Read, Action::Update, Action::Delete]), b.id)
            .build();
        let made = world.add_as(&ann, thing("Mine", a.id)).await.unwrap();
        assert_eq!(made.rights(&ann), may(&[Action::Read, Action::Create]));
        assert!(is_forbidden(&world.add_as(&ann, thing("X", b.id)).await));
        let below_top = NewResource { parent_id: None, ..thing("X", ResourceId::TOP) };
        let refused = refusal(world.add_as(&ann, below_top).await);
        assert_eq!(refused, "parent_id: No resource found with ID: 1");
    }

    async fn changing_takes_the_right_to_update(engine) {
        let world = world(engine).await;
        let a = world.thing("A", ResourceId::TOP).await;
        let patch = || resources::ResourcePatch { name: Some("B".to_owned()), ..Default::default() };
        let with = |actions: &[Action]| testkit::actor("ann").with(may(actions), a.id).build();
        assert!(is_not_found(&world.change(&with(&[Action::Update]), a.id, patch()).await), "may not even read it");
        let others = [Action::Read, Action::Create, Action::Delete];
        assert!(is_forbidden(&world.change(&with(&others), a.id, patch()).await));
        assert!(world.change(&with(&[Action::Read, Action::Update]), a.id, patch()).await.is_ok());
    }
}
