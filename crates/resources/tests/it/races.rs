//! Many at once, on one node and on two.

use kernel::ResourceId;
use resources::{AttributeChange, Load, Resource, ResourcePatch, ResourceQuery, Resources};
use testkit::{Engine, on_both};

use crate::world::{World, attributes, thing, world};

/// Handles on the database: of two nodes where two can share it.
async fn nodes(world: &World, engine: Engine) -> Vec<Resources> {
    let mut nodes = vec![world.resources.clone()];
    if engine == Engine::Postgres {
        nodes.push(Resources::new(world.test.second_node().await));
    }
    nodes
}

async fn all(world: &World) -> Vec<Resource> {
    resources::find(&mut world.read(&world.root).await, &ResourceQuery::default()).await.unwrap().resources
}

/// Every path is that of the parent and the resource's own id.
fn assert_sound(all: &[Resource]) {
    for resource in all.iter().filter(|resource| resource.id != ResourceId::TOP) {
        let parent = all.iter().find(|other| Some(other.id) == resource.parent_id).unwrap();
        assert_eq!(resource.path, format!("{}{}/", parent.path, resource.id));
    }
}

on_both! {
    async fn equal_names_added_at_once_get_different_slugs(engine) {
        let world = world(engine).await;
        let mut tasks = tokio::task::JoinSet::new();
        for node in nodes(&world, engine).await {
            for _ in 0..15 {
                let (node, root) = (node.clone(), world.root.clone());
                tasks.spawn(async move { node.add(&root, thing("Same", ResourceId::TOP), None).await });
            }
        }
        let added = tasks.join_all().await;
        let mut slugs: Vec<String> = added.into_iter().map(|one| one.unwrap().resource.slug).collect();
        let count = slugs.len();
        slugs.sort();
        slugs.dedup();
        assert_eq!(slugs.len(), count);
    }

    async fn values_added_to_an_attribute_at_once_are_all_there(engine) {
        let world = world(engine).await;
        let id = world.thing("A", ResourceId::TOP).await.id;
        let nodes = nodes(&world, engine).await;
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..6_usize {
            let (node, root) = (nodes[n % nodes.len()].clone(), world.root.clone());
            let attributes = attributes(&[("host", &[&n.to_string()])]);
            let patch =
                ResourcePatch { attributes, attribute_change: AttributeChange::Append, ..ResourcePatch::default() };
            tasks.spawn(async move { node.update(&root, id, patch, None).await });
        }
        tasks.join_all().await.into_iter().for_each(|one| drop(one.unwrap()));
        let found = resources::details(&mut world.read(&world.root).await, vec![world.get(id).await], Load::USUAL).await;
        let mut values = found.unwrap()[0].attributes["host"].clone();
        values.sort();
        assert_eq!(values, ["0", "1", "2", "3", "4", "5"]);
    }

    async fn moves_deletions_and_additions_at_once_leave_a_sound_tree(engine) {
        let world = world(engine).await;
        let mut places = Vec::new();
        for n in 0..6 {
            places.push(world.thing(&format!("Place {n}"), ResourceId::TOP).await.id);
        }
        let nodes = nodes(&world, engine).await;
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..60_usize {
            let (node, root) = (nodes[n % nodes.len()].clone(), world.root.clone());
            let (from, to) = (places[n * 7 % 6], places[(n * 5 + 1) % 6]);
            tasks.spawn(async move {
                let done = match n % 3 {
                    0 => node.add(&root, thing("Child", from), None).await.map(drop),
                    1 => {
                        let patch = ResourcePatch { parent_id: Some(to), ..ResourcePatch::default() };
                        node.update(&root, from, patch, None).await.map(drop)
                    }
                    _ if n % 4 == 0 => node.delete(&root, from, true, None).await,
                    _ => {
                        let patch = ResourcePatch { parent_id: Some(ResourceId::TOP), ..ResourcePatch::default() };
                        node.update(&root, from, patch, None).await.map(drop)
                    }
                };
                done.map_err(|error| error.to_string())
            });
        }
        for refused in tasks.join_all().await.into_iter().filter_map(Result::err) {
            let expected = ["No resource found", "below itself"].iter().any(|text| refused.contains(text));
            assert!(expected, "{refused}");
        }
        assert_sound(&all(&world).await);
    }
}
