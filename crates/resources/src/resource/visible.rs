//! Which resources an actor sees, as a condition for lists.
//!
//! Within a group the entry nearest to a resource decides; groups add up. So a resource is seen through a group when
//! it lies below one of the group's entries that let it be read, but not below a nearer entry that does not.

use std::{collections::HashMap, hash::BuildHasher};

use kernel::{Action, Actor, Area, ResourceId, Result, Rights};
use store::{Query, Tx, params};

/// A condition on `alias.path` that keeps exactly the resources on which the actor may read in this area; `None` when
/// these are all. `paths` are the paths of the resources on which the actor's groups have entries; an entry on a
/// resource that is not among them counts for nothing.
pub fn visible(
    actor: &Actor,
    area: Area,
    alias: &str,
    paths: &HashMap<ResourceId, String, impl BuildHasher>,
) -> Option<Query> {
    permitted(actor, Rights::of(area, Action::Read), alias, paths)
}

/// The same, after loading the paths that it takes.
pub async fn visible_condition(tx: &mut Tx, area: Area, alias: &str) -> Result<Option<Query>> {
    let paths = granted_paths(tx).await?;
    Ok(visible(tx.actor(), area, alias, &paths))
}

/// A condition that keeps exactly the resources on which the actor has a certain right.
pub(crate) fn permitted(
    actor: &Actor,
    right: Rights,
    alias: &str,
    paths: &HashMap<ResourceId, String, impl BuildHasher>,
) -> Option<Query> {
    if actor.grants.everything() {
        return None;
    }
    let mut regions = Vec::new();
    for entries in actor.grants.groups() {
        let mut places: Vec<(&str, bool)> = entries
            .iter()
            .filter_map(|(id, rights)| Some((paths.get(id)?.as_str(), rights.has(right) || rights.has(Rights::ADMIN))))
            .collect();
        // Each place comes before those inside it.
        places.sort_unstable();
        regions.extend(open_regions(&places));
    }
    if regions.iter().any(Region::is_everything) {
        return None;
    }
    let conditions: Vec<Query> = regions.iter().map(|region| region.condition(alias)).collect();
    Some(any_of(&conditions))
}

/// The paths of the resources on which the actor's groups have entries.
pub(crate) async fn granted_paths(tx: &mut Tx) -> Result<HashMap<ResourceId, String>> {
    let grants = tx.actor().grants.clone();
    if grants.everything() {
        return Ok(HashMap::new());
    }
    let mut ids: Vec<ResourceId> = grants.groups().flat_map(HashMap::keys).copied().collect();
    ids.sort_unstable();
    ids.dedup();
    // Where the past is read, what is there now counts as well as what was there then.
    let text = "SELECT id, path FROM resource WHERE id = ANY($1)";
    let mut rows = tx.rows(text, params![ids]).await?;
    rows.extend(tx.rows_as_stored(text, params![ids]).await?);
    rows.into_iter().map(|mut row| Ok((row.take(0)?, row.take(1)?))).collect()
}

/// A subtree that is seen, but for the subtrees cut out of it.
struct Region<'a> {
    path: &'a str,
    but: Vec<&'a str>,
}

/// The seen regions of one group. Entries that say the same as the nearest entry around them change nothing.
fn open_regions<'a>(places: &[(&'a str, bool)]) -> Vec<Region<'a>> {
    let mut regions: Vec<Region<'a>> = Vec::new();
    // The entries around the present one, outermost first: path, whether it is seen, and the region it opened or cut.
    let mut around: Vec<(&str, bool, usize)> = Vec::new();
    for &(path, seen) in places {
        while around.last().is_some_and(|(outer, ..)| !path.starts_with(outer)) {
            around.pop();
        }
        let (outside, region) = around.last().map_or((false, 0), |(_, seen, region)| (*seen, *region));
        let region = match (outside, seen) {
            (false, true) => {
                regions.push(Region { path, but: Vec::new() });
                regions.len() - 1
            }
            (true, false) => {
                regions[region].but.push(path);
                region
            }
            _ => region,
        };
        around.push((path, seen, region));
    }
    regions
}

impl Region<'_> {
    fn is_everything(&self) -> bool {
        self.but.is_empty() && self.path == format!("/{}/", ResourceId::TOP)
    }

    fn condition(&self, alias: &str) -> Query {
        let mut condition = within(alias, self.path);
        if !self.but.is_empty() {
            let cut: Vec<Query> = self.but.iter().map(|path| within(alias, path)).collect();
            condition.push(" AND NOT (").append(&any_of(&cut)).push(")");
        }
        condition
    }
}

/// A condition that keeps a resource and all below it, in a form that an index on the path serves on both engines.
pub(crate) fn within(alias: &str, path: &str) -> Query {
    let mut condition = Query::default();
    condition.push(&format!("{alias}.path >= ")).bind(path);
    condition.push(&format!(" AND {alias}.path < ")).bind(end_of(path).as_str());
    condition
}

/// The first text after all that begin with this path: its last `/` becomes the next character, `0`.
fn end_of(path: &str) -> String {
    format!("{}0", path.strip_suffix('/').unwrap_or(path))
}

/// Joins conditions by `OR` as a balanced tree, since SQLite limits the depth of an expression.
fn any_of(conditions: &[Query]) -> Query {
    let mut joined = Query::default();
    match conditions {
        [] => drop(joined.push("1 = 0")),
        [one] => drop(joined.push("(").append(one).push(")")),
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            joined.push("(").append(&any_of(left)).push(" OR ").append(&any_of(right)).push(")");
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernel::{Grants, GroupId, RequestId};
    use proptest::prelude::*;

    use super::*;

    const READ: Rights = Rights::of(Area::Ipam, Action::Read);
    const OTHER: Rights = Rights::of(Area::Resource, Action::Read);

    fn actor(entries: &[(i64, i64, Rights)]) -> Actor {
        let mut grants = Grants::default();
        for (group, resource, rights) in entries {
            grants.add(GroupId(*group), ResourceId(*resource), *rights);
        }
        Actor { user: None, name: "ann".into(), grants: Arc::new(grants), request: RequestId("r".into()), terms: None }
    }

    fn paths(of: &[(i64, &str)]) -> HashMap<ResourceId, String> {
        of.iter().map(|(id, path)| (ResourceId(*id), (*path).to_owned())).collect()
    }

    #[test]
    fn whoever_may_read_all_needs_no_condition() {
        let paths = paths(&[(1, "/1/"), (7, "/1/7/")]);
        let all = |entries: &[_]| visible(&actor(entries), Area::Ipam, "r", &paths).is_none();
        assert!(all(&[(1, 1, Rights::ADMIN)]));
        assert!(all(&[(1, 1, READ)]));
        assert!(all(&[(1, 1, READ), (1, 7, READ | OTHER)]));
        assert!(all(&[(1, 1, READ), (2, 7, Rights::NONE)]), "groups add up");
        assert!(!all(&[(1, 1, READ), (1, 7, OTHER)]));
        assert!(!all(&[(1, 1, OTHER)]));
    }

    #[test]
    fn a_condition_is_a_range_of_paths_without_the_ranges_inside_that_are_hidden() {
        let paths = paths(&[(7, "/1/7/"), (8, "/1/7/8/")]);
        let condition = |entries: &[_]| visible(&actor(entries), Area::Ipam, "r", &paths).unwrap();
        let seen = condition(&[(1, 7, READ), (1, 8, Rights::NONE)]);
        assert_eq!(seen.text(), "(r.path >= $1 AND r.path < $2 AND NOT ((r.path >= $3 AND r.path < $4)))");
        assert_eq!(seen.params(), store::params!["/1/7/", "/1/70", "/1/7/8/", "/1/7/80"]);
        assert_eq!(condition(&[]).text(), "1 = 0");
        assert_eq!(condition(&[(1, 99, READ)]).text(), "1 = 0", "a resource that is gone");
    }

    #[test]
    fn many_entries_make_no_deep_expression() {
        let many: Vec<Query> = (0..10_000).map(|n| within("r", &format!("/1/{n}/"))).collect();
        let text = any_of(&many).text().to_owned();
        let deepest = text.chars().scan(0, |depth, c| {
            *depth += i32::from(c == '(') - i32::from(c == ')');
            Some(*depth)
        });
        assert!(deepest.max().unwrap() < 20);
    }

    proptest! {
        /// The regions say of each resource of a random tree what the rule itself says.
        #[test]
        fn regions_say_what_the_rule_says(
            parents in prop::collection::vec(any::<prop::sample::Index>(), 1..40),
            entries in prop::collection::vec((0..3_i64, any::<prop::sample::Index>(), 0..4_u8), 0..20),
        ) {
            let mut tree = vec!["/1/".to_owned()];
            for parent in &parents {
                let path = format!("{}{}/", tree[parent.index(tree.len())], tree.len() + 1);
                tree.push(path);
            }
            let paths: HashMap<ResourceId, String> =
                (1..).map(ResourceId).zip(tree.iter().cloned()).collect();
            let rights = |n| [Rights::NONE, READ, OTHER, Rights::ADMIN][usize::from(n)];
            let id = |place: &prop::sample::Index| (1..).nth(place.index(tree.len())).unwrap();
            let entries: Vec<_> = entries.iter().map(|(group, on, n)| (*group, id(on), rights(*n))).collect();
            let actor = actor(&entries);
            let mut regions = Vec::new();
            for group in actor.grants.groups() {
                let seen = |rights: &Rights| rights.has(READ) || rights.has(Rights::ADMIN);
                let mut places: Vec<_> = group.iter().map(|(id, rights)| (paths[id].as_str(), seen(rights))).collect();
                places.sort_unstable();
                regions.extend(open_regions(&places));
            }
            for path in &tree {
                let lineage: Vec<ResourceId> = path.rsplit('/').filter_map(|id| id.parse().ok()).collect();
                let inside = |outer: &str| outer <= path.as_str() && *path < end_of(outer);
                let seen = regions.iter().any(|r| inside(r.path) && !r.but.iter().any(|cut| inside(cut)));
                prop_assert_eq!(seen, actor.rights(&lineage).has(READ), "{} {:?}", path, entries);
            }
        }
    }
}
