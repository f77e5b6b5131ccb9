//! Changing a resource: names, slugs, places.

use kernel::{Action, Area, ResourceId, Rights};
use resources::{NewResource, ResourcePatch};
use testkit::on_both;

use crate::world::{EVERY_RESOURCE_RIGHT, is_forbidden, may, refusal, thing, world};

fn below(parent: ResourceId) -> ResourcePatch {
    ResourcePatch { parent_id: Some(parent), ..ResourcePatch::default() }
}

on_both! {
    async fn a_resource_moves_with_all_below_it(engine) {
        let world = world(engine).await;
        let (a, b) = (world.thing("A", ResourceId::TOP).await, world.thing("B", ResourceId::TOP).await);
        let child = world.thing("Child", a.id).await;
        let grandchild = world.thing("Grandchild", child.id).await;
        let moved = world.change(&world.root, child.id, below(b.id)).await.unwrap();
        assert_eq!(moved.parent_id, Some(b.id));
        assert_eq!(moved.path, format!("/1/{}/{}/", b.id, child.id));
        let grandchild = world.get(grandchild.id).await;
        assert_eq!(grandchild.path, format!("/1/{}/{}/{}/", b.id, child.id, grandchild.id));
        assert_eq!(grandchild.parent_id, Some(child.id));
    }

    async fn nothing_moves_below_itself(engine) {
        let world = world(engine).await;
        let a = world.thing("A", ResourceId::TOP).await;
        let child = world.thing("Child", a.id).await;
        for target in [a.id, child.id] {
            let refused = refusal(world.change(&world.root, a.id, below(target)).await);
            assert_eq!(refused, "parent_id: a resource can't be moved below itself");
        }
    }

    async fn a_move_takes_rights_at_both_ends(engine) {
        let world = world(engine).await;
        let (a, b) = (world.thing("A", ResourceId::TOP).await, world.thing("B", ResourceId::TOP).await);
        let child = world.thing("Child", a.id).await;
        let person = |at_a: &[Action], at_b: &[Action]| {
            testkit::actor("ann").with(may(at_a), a.id).with(may(at_b), b.id).build()
        };
        let unseen = world.change(&person(&EVERY_RESOURCE_RIGHT, &[]), child.id, below(b.id)).await;
        assert_eq!(refusal(unseen), format!("parent_id: No resource found with ID: {}", b.id));
        for (at_a, at_b) in [
            (&[Action::Read, Action::Update, Action::Delete][..], &[Action::Read][..]),
            (&[Action::Read, Action::Update], &[Action::Read, Action::Create]),
            (&[Action::Read, Action::Delete], &[Action::Read, Action::Create]),
        ] {
            assert!(is_forbidden(&world.change(&person(at_a, at_b), child.id, below(b.id)).await), "{at_a:?} {at_b:?}");
        }
        let enough = person(&[Action::Read, Action::Update, Action::Delete], &[Action::Read, Action::Create]);
        world.change(&enough, child.id, below(b.id)).await.unwrap();
    }

    async fn a_move_gives_nobody_rights_that_they_lack(engine) {
        let world = world(engine).await;
        let (mine, other) = (world.thing("Mine", ResourceId::TOP).await, world.thing("Other", ResourceId::TOP).await);
        let customer = world.thing("Customer", other.id).await;
        world.thing("Site", customer.id).await;
        let everything = may(&EVERY_RESOURCE_RIGHT);
        let assign = Rights::of(Area::Ipam, Action::Update);
        let ann = testkit::actor("ann").with(everything, ResourceId::TOP).with(assign, mine.id).build();
        assert_eq!(
            refusal(world.change(&ann, customer.id, below(mine.id)).await),
            format!("This move would give you rights on \"Customer\" ({}) that you lack: permissionIPAMUpdate.", customer.id)
        );
        let bob = testkit::actor("bob").with(everything | assign, ResourceId::TOP).build();
        world.change(&bob, customer.id, below(mine.id)).await.unwrap();
    }

    async fn a_name_that_others_have_gets_a_slug_with_a_number(engine) {
        let world = world(engine).await;
        let mut slugs = Vec::new();
        for _ in 0..12 {
            slugs.push(world.thing("DHCP Module", ResourceId::TOP).await.slug);
        }
        let all: std::collections::HashSet<_> = slugs.iter().collect();
        assert_eq!(all.len(), 12, "{slugs:?}");
        assert_eq!(slugs[..4], ["dhcp-module", "dhcp-module-2", "dhcp-module-3", "dhcp-module-4"]);
        assert_eq!(slugs.last().unwrap(), "dhcp-module-12");
        let long = world.thing(&"x".repeat(255), ResourceId::TOP).await;
        assert_eq!(long.slug, "x".repeat(200));
        assert_eq!(world.thing("???", ResourceId::TOP).await.slug, "thing");
    }

    async fn a_slug_that_is_chosen_must_be_free_and_fit(engine) {
        let world = world(engine).await;
        let mine = world.add(NewResource { slug: Some("mine".to_owned()), ..thing("A", ResourceId::TOP) }).await.unwrap();
        let chosen = |slug: &str| ResourcePatch { slug: Some(slug.to_owned()), ..ResourcePatch::default() };
        assert_eq!(
            refusal(world.change(&world.root, mine.id, chosen("tlr")).await),
            "slug: \"tlr\" is the slug of another resource; choose another one"
        );
        assert_eq!(
            refusal(world.change(&world.root, mine.id, chosen("a b")).await),
            "slug: must have 1 to 255 characters, each a letter, a digit, -, _ or ."
        );
        assert_eq!(world.change(&world.root, mine.id, chosen("mine")).await.unwrap(), mine, "its own is no other's");
        assert_eq!(world.change(&world.root, mine.id, chosen("yours")).await.unwrap().slug, "yours");
    }

    async fn a_change_is_in_the_change_log_and_one_that_changes_nothing_is_not(engine) {
        let world = world(engine).await;
        let a = world.thing("A", ResourceId::TOP).await;
        let named = |name: &str| ResourcePatch { name: Some(name.to_owned()), ..ResourcePatch::default() };
        world.change(&world.root, a.id, named("B")).await.unwrap();
        world.change(&world.root, a.id, named("B")).await.unwrap();
        let history = world.read(&world.root).await.history("resource", a.id, 10).await.unwrap();
        assert_eq!(history.len(), 2);
        assert_eq!(history[0].items[0][2]["name"], "A");
        assert_eq!(history[0].items[0][3]["name"], "B");
    }

    async fn the_tree_does_not_grow_without_end(engine) {
        let world = world(engine).await;
        let mut parent = ResourceId::TOP;
        for n in 1..100 {
            parent = world.thing(&format!("Level {n}"), parent).await.id;
        }
        let message = "parent_id: the tree may be 100 levels deep at the most";
        assert_eq!(refusal(world.add(thing("Too deep", parent)).await), message);
        let (top, below_it) = (world.thing("Top", ResourceId::TOP).await, "Below");
        world.thing(below_it, top.id).await;
        let above = world.get(parent).await.parent_id.unwrap();
        assert_eq!(refusal(world.change(&world.root, top.id, below(above)).await), message);
        let higher = world.get(above).await.parent_id.unwrap();
        world.change(&world.root, top.id, below(higher)).await.unwrap();
    }

    async fn names_and_custom_ids_are_printable_and_not_too_long(engine) {
        let world = world(engine).await;
        for name in ["", "  ", "a\nb", &"x".repeat(256), "a\0b"] {
            assert_eq!(
                refusal(world.add(thing(name, ResourceId::TOP)).await),
                "name: must have 1 to 255 printable characters",
                "{name:?}"
            );
        }
        let new = NewResource { custom_id: Some("\t".to_owned()), ..thing("A", ResourceId::TOP) };
        assert_eq!(refusal(world.add(new).await), "custom_id: must have 1 to 255 printable characters");
    }
}
