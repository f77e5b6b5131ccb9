//! The table.

use kernel::{GroupId, ResourceId, Rights};

store::record! {
    /// An entry of a group on a resource.
    pub struct PermissionRow in "permission" secret [] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// The group.
        group_id: GroupId,
        /// The resource on which it hangs.
        resource_id: ResourceId,
        /// What it allows there and below. None at all takes away what would be inherited.
        rights: Rights,
    }
}
