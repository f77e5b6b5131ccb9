//! What a permission looks like from outside.

use std::collections::BTreeSet;

use kernel::{FieldErrors, ResourceId, Result, Rights};
use serde::{Deserialize, Serialize};

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
