//! VLAN domains: places in each of which a VLAN number means one VLAN.
//!
//! The default domain is always there. A block that names a VLAN and no domain means that one; there, a VLAN need not be
//! enabled before a block may name it.

mod add;
pub(crate) mod api;
mod change;
mod delete;
mod model;
mod read;
mod row;

use kernel::VlanDomainId;

pub(crate) use add::first_domain;
pub(crate) use model::VlanTag;
pub(crate) use read::load;
pub(crate) use row::Domain;

/// The domain that is always there.
pub(crate) const DEFAULT_DOMAIN: VlanDomainId = VlanDomainId(1);
