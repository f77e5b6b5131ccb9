//! VRFs: routing tables of their own, so that the same addresses may be in use in several of them.
//!
//! A VRF is that of a whole aggregate. The one that is always there, "No VRF", is the table of everything that is in none.

mod add;
pub(crate) mod api;
mod change;
mod delete;
mod model;
mod read;
mod route_distinguisher;
mod row;

use kernel::VrfId;

pub(crate) use add::first_vrf;
pub(crate) use read::{put, refuse_unknown};
pub(crate) use row::Vrf;

/// The VRF that is always there.
pub(crate) const NO_VRF: VrfId = VrfId(1);
