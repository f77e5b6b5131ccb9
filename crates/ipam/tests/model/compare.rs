//! The end of a run: the server's blocks are those of the model, and everything in the database agrees.

use std::collections::{BTreeMap, BTreeSet};

use kernel::Prefix;
use serde_json::Value;

use crate::{naive::Naive, world::World};

/// Says in which way the server is not as it should be; nothing when all is well.
pub(crate) async fn differences(world: &World, naive: &Naive) -> Vec<String> {
    let mut found = Vec::new();
    let expected: BTreeSet<String> = naive.blocks.iter().map(ToString::to_string).collect();
    for node in &world.nodes {
        let blocks = node.list("").await;
        let shown: BTreeSet<String> = blocks.iter().map(|block| line(block, &world.roots)).collect();
        found.extend(expected.difference(&shown).map(|block| format!("only the model has  {block}")));
        found.extend(shown.difference(&expected).map(|block| format!("only the server has {block}")));
        found.extend(untiled(&blocks));
    }
    found.extend(world.faults().await.into_iter().map(|fault| format!("the check finds: {fault}")));
    found
}

/// A block as the model would write it.
fn line(block: &Value, roots: &[i64]) -> String {
    let text = |name: &str| block[name].as_str();
    let root = root(block);
    let root = roots.iter().position(|id| *id == root).map_or_else(|| format!("?{root}"), |n| n.to_string());
    let tags: BTreeSet<&str> = block["tags"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let custody: Vec<i64> = block["custody_chain"].as_array().into_iter().flatten().filter_map(Value::as_i64).collect();
    let (cidr, state, rir) = (text("cidr").unwrap(), text("state").unwrap(), text("rir").unwrap());
    let (holder, sub, vlan) = (&block["resource_id"], &block["allow_sub_assignments"], block["vlan_id"].as_i64());
    let (region, code, notes) = (text("region"), text("generic_code"), text("notes"));
    format!(
        "aggregate {root}: {cidr} {state}, holder {holder}, back to {custody:?}, sub {sub}, \
         {rir} {region:?} vlan {vlan:?} code {code:?} tags {tags:?} notes {notes:?}"
    )
}

fn root(block: &Value) -> i64 {
    block["top_aggregate"].as_i64().or(block["id"].as_i64()).unwrap()
}

/// Aggregates whose leaves do not cover them exactly, without a gap and without an overlap.
fn untiled(blocks: &[Value]) -> Vec<String> {
    let mut leaves: BTreeMap<i64, BTreeSet<Prefix>> = BTreeMap::new();
    let mut roots = BTreeMap::new();
    for block in blocks {
        let prefix: Prefix = block["cidr"].as_str().unwrap().parse().unwrap();
        if block["top_aggregate"].is_null() {
            roots.insert(root(block), prefix);
        }
        if block["is_aggregate"] == true {
            leaves.entry(root(block)).or_default().insert(prefix);
        }
    }
    let tiles = |(id, whole): &(&i64, &Prefix)| {
        let mut next = Some(whole.first());
        for leaf in leaves.get(*id).into_iter().flatten() {
            if next != Some(leaf.first()) {
                return false;
            }
            next = leaf.last().checked_add(1);
        }
        next == whole.last().checked_add(1)
    };
    roots.iter().filter(|root| !tiles(root)).map(|(_, whole)| format!("the leaves of {whole} do not tile it")).collect()
}
