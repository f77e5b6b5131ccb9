//! The system's own resources as holders of blocks.

use kernel::{Action, Area, Error, ResourceId, Result, Rights};
use resources::Resource;
use store::Tx;

/// One of the system's own resources, which are always there.
pub(crate) async fn system_resource(tx: &mut Tx, id: ResourceId) -> Result<Resource> {
    let missing = || Error::internal(format!("the system resource {id} is missing"));
    resources::load(tx, &[id]).await?.remove(&id).ok_or_else(missing)
}

/// Checks that the caller may do this with blocks of this holder. That the system's own resources exist is no secret,
/// so whoever lacks a right on one of them hears which.
pub(crate) fn allow(tx: &Tx, holder: &Resource, action: Action) -> Result<()> {
    match holder.allow(tx.actor(), Area::Ipam, action) {
        Err(Error::NotFound(_)) if holder.is_system => {
            let right = Rights::of(Area::Ipam, action).names().join(", ");
            let Resource { id, name, .. } = holder;
            Err(Error::forbidden(format!("You need {right} on resource \"{name}\" ({id}) to do this.")))
        }
        answer => answer,
    }
}
