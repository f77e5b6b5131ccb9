//! What a user may do, and why: which group says so, and on which resource.

use std::collections::BTreeMap;

use kernel::{Action, Actor, Error, GroupId, ResourceId, Result, Rights, UserId};
use serde::Serialize;
use store::{Tx, params};

use crate::{Access, cover::allow, group::GroupName, user};

/// What a user may do with a resource, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(example = json!({"user_id": 5, "username": "ann", "enabled": true, "resource_id": 70,
    "permissions": ["permissionIPAMRead"],
    "rights": [
        {"permission": "permissionIPAMRead", "allowed": true,
         "given_by": [{"group": {"id": 3, "name": "noc"}, "resource_id": 7, "as": "permissionIPAMRead"}],
         "taken_away_by": []},
        {"permission": "permissionIPAMUpdate", "allowed": false, "given_by": [],
         "taken_away_by": [{"group": {"id": 3, "name": "noc"}, "resource_id": 70, "from": 7}]}],
    "disabled_groups": []}))]
pub struct Explanation {
    /// The user.
    #[schema(value_type = i64)]
    pub user_id: UserId,
    /// The user's name.
    pub username: String,
    /// Whether the user may sign in at all. What a disabled user may do counts once they are enabled.
    pub enabled: bool,
    /// The resource.
    #[schema(value_type = i64)]
    pub resource_id: ResourceId,
    /// The names of the rights that the user has there.
    pub permissions: Vec<&'static str>,
    /// Each right that there is, with what decides about it.
    pub rights: Vec<Reason>,
    /// Groups of the user that are disabled, and so say nothing.
    pub disabled_groups: Vec<GroupName>,
}

/// What decides about one right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Reason {
    /// The name of the right.
    pub permission: &'static str,
    /// Whether the user has it. One group that gives it is enough.
    pub allowed: bool,
    /// The entries that give it: in each group, the one nearest to the resource.
    pub given_by: Vec<Given>,
    /// The entries that take away what their group gives further up.
    pub taken_away_by: Vec<TakenAway>,
}

/// An entry that gives a right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Given {
    /// The group.
    pub group: GroupName,
    /// The resource on which its entry hangs.
    #[schema(value_type = i64)]
    pub resource_id: ResourceId,
    /// The name by which the entry gives it: its own, or `permissionAdmin`, which includes all others.
    #[serde(rename = "as")]
    pub by: &'static str,
}

/// An entry that takes a right away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TakenAway {
    /// The group.
    pub group: GroupName,
    /// The resource on which its entry hangs: the nearest one, which decides alone.
    #[schema(value_type = i64)]
    pub resource_id: ResourceId,
    /// The resource further up on which the same group gives the right.
    #[serde(rename = "from")]
    #[schema(value_type = i64)]
    pub above: ResourceId,
}

impl Access {
    /// What a user may do with a resource, and why. For those who may read users; everyone may ask about themselves,
    /// and then only about a resource on which they have any right.
    pub async fn explain(&self, actor: &Actor, id: UserId, resource: ResourceId) -> Result<Explanation> {
        let reads_users = allow(actor, Action::Read);
        if actor.user != Some(id) {
            reads_users.as_ref().map_err(|refused| Error::forbidden(refused.public()))?;
        }
        let mut tx = self.0.db.read(actor).await?;
        let user = user::load(&mut tx, id).await?;
        let lineage = self.0.settings.tree.lineage(&mut tx, resource).await?;
        let seen = lineage.filter(|lineage| reads_users.is_ok() || reads_any(actor.rights(lineage)));
        let lineage = seen.ok_or_else(|| Error::not_found(format!("There is no resource {resource}.")))?;
        let (entries, disabled_groups) = entries(&mut tx, id).await?;
        let rights = reasons(&entries, &lineage);
        Ok(Explanation {
            user_id: id,
            username: user.name.to_string(),
            enabled: user.enabled,
            resource_id: resource,
            permissions: rights.iter().filter(|reason| reason.allowed).map(|reason| reason.permission).collect(),
            rights,
            disabled_groups,
        })
    }
}

fn reads_any(rights: Rights) -> bool {
    rights.and(Rights::read_everything()) != Rights::NONE
}

/// The entries of one group, by resource.
struct Entries {
    group: GroupName,
    on: BTreeMap<ResourceId, Rights>,
}

/// The entries of the user's groups that are enabled, by the groups' names; and the groups that are not.
async fn entries(tx: &mut Tx, user: UserId) -> Result<(Vec<Entries>, Vec<GroupName>)> {
    let text = "SELECT g.id, g.name, g.enabled, p.resource_id, p.rights FROM group_member m
        JOIN user_group g ON g.id = m.group_id LEFT JOIN permission p ON p.group_id = g.id
        WHERE m.user_id = $1 ORDER BY g.name_key";
    let (mut enabled, mut disabled): (Vec<Entries>, Vec<GroupName>) = Default::default();
    for mut row in tx.rows(text, params![user]).await? {
        let group = GroupName { id: row.take::<GroupId>(0)?, name: row.take(1)? };
        if !row.take::<bool>(2)? {
            if disabled.last() != Some(&group) {
                disabled.push(group);
            }
            continue;
        }
        if enabled.last().is_none_or(|last| last.group != group) {
            enabled.push(Entries { group, on: BTreeMap::new() });
        }
        let entry = row.take::<Option<ResourceId>>(3)?.zip(row.take::<Option<Rights>>(4)?);
        if let (Some(last), Some((resource, rights))) = (enabled.last_mut(), entry) {
            last.on.insert(resource, rights);
        }
    }
    Ok((enabled, disabled))
}

/// What decides about each right, given the ids from the resource up to the top.
fn reasons(groups: &[Entries], lineage: &[ResourceId]) -> Vec<Reason> {
    let each = Rights::ALL.names().into_iter().filter_map(|name| Some((name, Rights::from_name(name)?)));
    each.map(|(permission, right)| {
        let (mut given_by, mut taken_away_by) = (Vec::new(), Vec::new());
        for Entries { group, on } in groups {
            let mut upwards = lineage.iter().filter_map(|id| Some((*id, name_in(*on.get(id)?, permission, right))));
            match upwards.next() {
                Some((resource_id, Some(by))) => given_by.push(Given { group: group.clone(), resource_id, by }),
                Some((resource_id, None)) => {
                    let above = upwards.find_map(|(above, by)| by.map(|_| above));
                    taken_away_by.extend(above.map(|above| TakenAway { group: group.clone(), resource_id, above }));
                }
                None => {}
            }
        }
        Reason { permission, allowed: !given_by.is_empty(), given_by, taken_away_by }
    })
    .collect()
}

/// The name by which an entry gives a right, if it does.
fn name_in(entry: Rights, name: &'static str, right: Rights) -> Option<&'static str> {
    if entry.has(right) {
        return Some(name);
    }
    entry.has(Rights::ADMIN).then_some("permissionAdmin")
}

#[cfg(test)]
mod tests {
    use kernel::{Area, Grants};
    use proptest::prelude::*;

    use super::*;

    const READ: Rights = Rights::of(Area::Ipam, Action::Read);
    const UPDATE: Rights = Rights::of(Area::Ipam, Action::Update);

    fn group(id: i64, on: &[(i64, Rights)]) -> Entries {
        let on = on.iter().map(|(resource, rights)| (ResourceId(*resource), *rights)).collect();
        Entries { group: GroupName { id: GroupId(id), name: format!("g{id}") }, on }
    }

    fn up(ids: &[i64]) -> Vec<ResourceId> {
        ids.iter().map(|id| ResourceId(*id)).collect()
    }

    fn about(permission: &str, groups: &[Entries], lineage: &[i64]) -> Reason {
        reasons(groups, &up(lineage)).into_iter().find(|reason| reason.permission == permission).unwrap()
    }

    #[test]
    fn the_nearest_entry_of_each_group_is_named() {
        let groups = [group(1, &[(1, READ | UPDATE), (7, READ)]), group(2, &[(70, UPDATE)])];
        let read = about("permissionIPAMRead", &groups, &[70, 7, 1]);
        let given: Vec<_> = read.given_by.iter().map(|given| (given.group.id.0, given.resource_id.0)).collect();
        assert_eq!((read.allowed, given), (true, vec![(1, 7)]));
        let update = about("permissionIPAMUpdate", &groups, &[7, 1]);
        let taken = update.taken_away_by.iter().map(|taken| (taken.resource_id.0, taken.above.0)).collect::<Vec<_>>();
        assert_eq!((update.allowed, taken), (false, vec![(7, 1)]));
        let delete = about("permissionIPAMDelete", &groups, &[7, 1]);
        assert!(!delete.allowed && delete.given_by.is_empty() && delete.taken_away_by.is_empty());
    }

    #[test]
    fn an_administrator_is_said_to_have_a_right_as_such() {
        let groups = [group(1, &[(1, Rights::ADMIN)])];
        assert_eq!(about("permissionDNSRead", &groups, &[7, 1]).given_by[0].by, "permissionAdmin");
    }

    proptest! {
        /// What is explained is what holds.
        #[test]
        fn the_explanation_agrees_with_the_rule(
            entries in prop::collection::vec((1..4_i64, 1..5_i64, 0..1_i64 << 30), 0..12),
        ) {
            let mut groups: BTreeMap<i64, Vec<(i64, Rights)>> = BTreeMap::new();
            let mut grants = Grants::default();
            for (group, resource, bits) in entries {
                let rights = Rights::from_bits(bits);
                groups.entry(group).or_default().push((resource, rights));
                grants.add(GroupId(group), ResourceId(resource), rights);
            }
            let groups: Vec<_> = groups.iter().map(|(id, on)| group(*id, on)).collect();
            for lineage in [up(&[1]), up(&[2, 1]), up(&[4, 3, 2, 1])] {
                let allowed = reasons(&groups, &lineage).into_iter().filter(|reason| reason.allowed);
                let allowed = allowed.filter_map(|reason| Rights::from_name(reason.permission));
                prop_assert_eq!(allowed.fold(Rights::NONE, |sum, right| sum | right), grants.on(&lineage));
            }
        }
    }
}
