//! VLANs that are enabled in a domain, and the blocks in them.

mod add;
pub(crate) mod api;
mod change;
mod delete;
mod model;
mod read;
mod row;
mod utilization;

pub(crate) use read::{beyond, of_domain, refuse_unknown, refuse_used};
pub(crate) use row::Vlan;
