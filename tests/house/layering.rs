//! Crates use only what lies below them.

use std::{collections::BTreeSet, path::Path};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// The floors of the house, the lowest first. A crate may use the crates of all floors below its own.
const FLOORS: &[&[&str]] = &[
    &["kernel"],
    &["store"],
    &["api-v2", "api-v1"],
    &["access"],
    &["resources"],
    &["ipam"],
    &["registry"],
    &["approvals"],
    &["drivers", "cli"],
    &["app"],
];

/// What tests and measures the house stands beside it and may use everything.
const BESIDE: &[&str] = &["testkit", "product-tests", "bench"];

/// Talks to the server over HTTP, as any client does; of ours it knows only the words.
const CLIENT: &str = "cli";

/// One crate of ours uses another one.
struct Edge {
    from: String,
    to: String,
    /// Only its tests do.
    in_tests: bool,
}

/// Which crates and which edges do not fit the floors.
fn breaches(crates: &BTreeSet<String>, edges: &[Edge]) -> Vec<String> {
    let strangers = crates.iter().filter(|name| floor(name).is_none() && !BESIDE.contains(&name.as_str())).map(|name| {
        format!("the crate {name} has no place in the house: give it a floor in tests/house/layering.rs, with the reason in docs/decisions/")
    });
    strangers.chain(edges.iter().filter_map(refusal)).collect()
}

/// Why this edge is not allowed; `None` when it is. A crate without a floor is reported as such, not edge by edge.
fn refusal(Edge { from, to, in_tests }: &Edge) -> Option<String> {
    if BESIDE.contains(&from.as_str()) {
        return None;
    }
    if BESIDE.contains(&to.as_str()) {
        let for_tests = *in_tests && to == "testkit";
        return (!for_tests).then(|| format!("{from} uses {to}, which only tests may use: make it a dev-dependency"));
    }
    if from == CLIENT && to != FLOORS[0][0] {
        return Some(format!("{from} uses {to}: it talks to the server over HTTP and may use kernel only"));
    }
    (floor(from)? <= floor(to)?).then(|| format!("{from} uses {to}, which does not lie below it"))
}

fn floor(name: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&name))
}

#[test]
fn crates_use_only_what_lies_below_them() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap();
    let packages = metadata.workspace_packages();
    let crates: BTreeSet<String> = packages.iter().map(|package| package.name.to_string()).collect();
    let edges: Vec<Edge> = packages
        .iter()
        .flat_map(|package| package.dependencies.iter().map(move |dependency| (package, dependency)))
        .filter(|(_, dependency)| crates.contains(&dependency.name))
        .map(|(package, dependency)| Edge {
            from: package.name.to_string(),
            to: dependency.name.clone(),
            in_tests: dependency.kind == DependencyKind::Development,
        })
        .collect();
    crate::hold(
        "Dependencies point one way: kernel <- store <- api-v2, api-v1 <- access <- resources <- ipam <- registry <- approvals <- drivers, cli <- app.",
        "move the code down to the crate that owns the noun, declare a trait below and implement it above, or send an event upwards.",
        &breaches(&crates, &edges),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(from: &str, to: &str) -> Edge {
        Edge { from: from.to_owned(), to: to.to_owned(), in_tests: false }
    }

    fn allowed(from: &str, to: &str) -> bool {
        refusal(&edge(from, to)).is_none()
    }

    #[test]
    fn a_crate_may_use_every_floor_below() {
        assert!(allowed("app", "ipam") && allowed("ipam", "kernel") && allowed("access", "api-v1"));
    }

    #[test]
    fn a_crate_may_use_neither_its_neighbour_nor_what_lies_above() {
        assert_eq!(refusal(&edge("access", "ipam")).unwrap(), "access uses ipam, which does not lie below it");
        assert!(!allowed("api-v1", "api-v2"));
        assert!(!allowed("store", "store"));
        assert!(!refusal(&Edge { in_tests: true, ..edge("access", "ipam") }).unwrap().is_empty());
    }

    #[test]
    fn the_client_knows_only_the_words() {
        assert!(allowed("cli", "kernel"));
        assert!(!allowed("cli", "store") && !allowed("cli", "ipam"));
        assert!(allowed("app", "cli"));
    }

    #[test]
    fn the_testkit_is_for_tests() {
        assert!(!allowed("ipam", "testkit"));
        assert!(refusal(&Edge { in_tests: true, ..edge("ipam", "testkit") }).is_none());
        assert!(refusal(&Edge { in_tests: true, ..edge("ipam", "bench") }).is_some());
        assert!(allowed("testkit", "app") && allowed("product-tests", "testkit") && allowed("bench", "testkit"));
    }

    #[test]
    fn a_crate_without_a_floor_is_reported_once() {
        let crates = ["kernel", "shed", "testkit"].map(str::to_owned).into();
        let found = breaches(&crates, &[edge("shed", "kernel")]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("the crate shed has no place in the house"), "{found:?}");
    }
}
