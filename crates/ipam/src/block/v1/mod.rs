//! Blocks in API v1, target `ipam`.

mod assign;
mod lookup;
mod manage;
pub(crate) mod request;
mod shape;

use api_v1::Actions;

use crate::Ipam;

pub(crate) use shape::block as shape;

/// The actions on blocks.
pub(crate) fn actions(ipam: &Ipam) -> Actions<Ipam> {
    Actions::new(ipam.clone())
        .on("ipam", "get", lookup::get)
        .on("ipam", "getOptions", lookup::options)
        .on("ipam", "getVlan", lookup::vlan)
        .on("ipam", "getResourceHierarchy", lookup::resource_hierarchy)
        .on("ipam", "add", manage::add)
        .on("ipam", "update", manage::update)
        .on("ipam", "delete", manage::delete)
        .on("ipam", "addTag", manage::add_tag)
        .on("ipam", "deleteTag", manage::delete_tag)
        .on("ipam", "split", manage::split)
        .on("ipam", "aggregate", manage::aggregate)
        .on("ipam", "smartAssign", assign::smart)
        .on("ipam", "directAssign", assign::direct)
        .on("ipam", "unassign", assign::unassign)
        .on("ipam", "overrideHolding", assign::override_holding)
        .on("ipam", "processHoldingTank", assign::process_holding)
}
