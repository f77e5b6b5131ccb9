//! What a permission looks like from outside.

use std::collections::BTreeSet;

use kernel::{FieldErrors, ResourceId, Result, Rights, UserId};
use serde::{Deserialize, Serialize};

use crate::group::GroupName;

/// What a group may do with a resource and all below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"resource_id": 1, "permissions": ["permissionIPAMRead", "permissionResourceRead"]}))]
pub struct Permission {
    /// The resource.
    #[schema(value_type = i64)]
    pub resource_id: ResourceId,
    /// The names of the rights: `permission`, then `IPAM`, `Resource`, `Peering`, `User`, `DNS`, `DHCP` or `DCIM`, then
    /// `Read`, `Update`, `Create` or `Delete`; or `permissionSWIP`, or `permissionAdmin`. An empty list takes away what
    /// the resource would inherit.
    pub permissions: Vec<String>,
}

/// What a user may do with a resource, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PermissionExplanation, example = json!({"user_id": 5, "username": "ann", "enabled": true, "resource_id": 70,
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

impl Permission {
    pub(crate) fn new(resource_id: ResourceId, rights: Rights) -> Self {
        Self { resource_id, permissions: rights.names().into_iter().map(ToOwned::to_owned).collect() }
    }
}

/// The rights behind the names; each resource may be there once.
pub(crate) fn parse(permissions: &[Permission]) -> Result<Vec<(ResourceId, Rights)>> {
    let mut errors = FieldErrors::default();
    let mut seen = BTreeSet::new();
    let mut parsed = Vec::new();
    for (at, Permission { resource_id, permissions }) in permissions.iter().enumerate() {
        if !seen.insert(*resource_id) {
            errors.push(format!("[{at}].resource_id"), "is in the list already; give each resource once");
        }
        let mut rights = Rights::NONE;
        for (n, name) in permissions.iter().enumerate() {
            let Some(right) = Rights::from_name(name) else {
                let known = Rights::ALL.names().join(", ");
                errors.push(format!("[{at}].permissions[{n}]"), format!("is not known; known are: {known}"));
                continue;
            };
            rights |= right;
        }
        parsed.push((*resource_id, rights));
    }
    errors.into_result().map(|()| parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(resource: i64, names: &[&str]) -> Permission {
        let permissions = names.iter().map(|name| (*name).to_owned()).collect();
        Permission { resource_id: ResourceId(resource), permissions }
    }

    #[test]
    fn names_become_rights() {
        let parsed = parse(&[entry(1, &["permissionAdmin", "permissionSWIP"]), entry(2, &[])]).unwrap();
        assert_eq!(parsed, [(ResourceId(1), Rights::ADMIN | Rights::SWIP), (ResourceId(2), Rights::NONE)]);
    }

    #[test]
    fn each_mistake_is_named_with_its_place() {
        let wrong = [entry(1, &["permissionIPAMRead", "root"]), entry(1, &[])];
        let message = parse(&wrong).unwrap_err().to_string();
        assert!(message.starts_with("[0].permissions[1]: is not known; known are: permissionIPAMRead,"), "{message}");
        assert!(message.ends_with("[1].resource_id: is in the list already; give each resource once"), "{message}");
    }
}
