//! What a resource is.

use kernel::{Action, Actor, Area, Error, ResourceId, Result, Rights, Timestamp};
use serde::{Deserialize, Serialize};

store::record! {
    #[derive(Eq, Serialize, Deserialize)]
    /// A node of the tree: a customer, a device, a section, a field, whatever its kind says.
    pub struct Resource in "resource" secret [] {
        /// Its id.
        id: ResourceId,
        /// How often it has been changed.
        version: i64,
        /// The resource above it; only the top has none.
        parent_id: Option<ResourceId>,
        /// What it is, in the word of the APIs' `type`: `entry`, `section`, `field`, `category`, `dhcp_pool`, ...
        kind: String,
        /// Its name, of at most 255 characters.
        name: String,
        /// A name for URLs and scripts that no other resource has.
        slug: String,
        /// The ids from the top down to the resource itself: `/1/7/23/`.
        path: String,
        /// The category that it is filed under.
        category_id: Option<ResourceId>,
        /// The section of which it is an entry.
        section_id: Option<ResourceId>,
        /// What someone else's system calls it. Not necessarily unique.
        custom_id: Option<String>,
        /// Whether it belongs to the system itself, and can't be deleted or moved.
        is_system: bool,
        /// When it was made.
        created_at: Timestamp,
        /// When it or one of its attributes was last changed.
        modified_at: Timestamp,
    }
}

impl Resource {
    /// The ids from the resource itself up to the top.
    pub fn lineage(&self) -> Vec<ResourceId> {
        lineage_of(&self.path)
    }

    /// The path of the resource above it.
    pub(crate) fn path_above(&self) -> String {
        self.path.strip_suffix(&format!("{}/", self.id)).unwrap_or_default().to_owned()
    }

    /// What the actor may do here.
    pub fn rights(&self, actor: &Actor) -> Rights {
        actor.rights(&self.lineage())
    }

    /// Refuses what the actor may not do here. Whoever may not even read hears that there is no such resource.
    pub fn allow(&self, actor: &Actor, area: Area, action: Action) -> Result<()> {
        let (rights, needed) = (self.rights(actor), Rights::of(area, action));
        if !rights.has(Rights::of(area, Action::Read)) {
            return Err(not_found(self.id));
        }
        if !rights.has(needed) {
            let (right, name, id) = (needed.names().join(", "), &self.name, self.id);
            return Err(Error::forbidden(format!("You need {right} on resource \"{name}\" ({id}) to do this.")));
        }
        Ok(())
    }

    /// Whether this is the other resource or lies anywhere below it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.path.starts_with(&other.path)
    }
}

/// The ids of a path, from its end up to the top.
pub(super) fn lineage_of(path: &str) -> Vec<ResourceId> {
    path.rsplit('/').filter_map(|id| id.parse().ok()).collect()
}

/// Where the tree ends: more levels than this are refused.
pub(crate) const DEEPEST: usize = 100;

/// Taken by all that changes the shape of the tree, so that nothing is put below what is just being moved or deleted.
pub(crate) const TREE: &str = "resource.tree";

/// There is no such resource, or none that the caller may see.
pub(crate) fn not_found(id: ResourceId) -> Error {
    Error::not_found(format!("No resource found with ID: {id}"))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use kernel::{Grants, GroupId, RequestId};

    use super::*;

    /// A resource that is nowhere but in a test.
    pub(crate) fn resource(path: &str) -> Resource {
        let ids: Vec<ResourceId> = path.split('/').filter_map(|id| id.parse().ok()).collect();
        let id = *ids.last().unwrap();
        Resource {
            id,
            version: 0,
            parent_id: ids.iter().rev().nth(1).copied(),
            kind: "entry".to_owned(),
            name: format!("Resource {id}"),
            slug: format!("resource-{id}"),
            path: path.to_owned(),
            category_id: None,
            section_id: None,
            custom_id: None,
            is_system: false,
            created_at: Timestamp(0),
            modified_at: Timestamp(0),
        }
    }

    fn actor(rights: Rights) -> Actor {
        let mut grants = Grants::default();
        grants.add(GroupId(1), ResourceId(7), rights);
        Actor { user: None, name: "ann".into(), grants: Arc::new(grants), request: RequestId("r".into()), terms: None }
    }

    #[test]
    fn the_lineage_goes_up_to_the_top() {
        assert_eq!(resource("/1/7/23/").lineage(), [ResourceId(23), ResourceId(7), ResourceId(1)]);
    }

    #[test]
    fn a_resource_lies_within_itself_and_what_is_above_but_not_within_a_namesake_in_digits() {
        assert!(resource("/1/7/").is_within(&resource("/1/7/")));
        assert!(resource("/1/7/23/").is_within(&resource("/1/7/")));
        assert!(!resource("/1/72/").is_within(&resource("/1/7/")));
    }

    #[test]
    fn what_may_not_be_read_is_not_there_and_what_may_be_read_names_the_missing_right() {
        let read = actor(Rights::of(Area::Ipam, Action::Read));
        let below = resource("/1/7/23/");
        assert!(below.allow(&read, Area::Ipam, Action::Read).is_ok());
        assert_eq!(
            below.allow(&read, Area::Ipam, Action::Update).unwrap_err().to_string(),
            "You need permissionIPAMUpdate on resource \"Resource 23\" (23) to do this."
        );
        let hidden = below.allow(&read, Area::Resource, Action::Read).unwrap_err();
        assert!(matches!(&hidden, Error::NotFound(text) if text == "No resource found with ID: 23"));
        let update_only = actor(Rights::of(Area::Ipam, Action::Update));
        assert!(matches!(below.allow(&update_only, Area::Ipam, Action::Update), Err(Error::NotFound(_))));
    }
}
