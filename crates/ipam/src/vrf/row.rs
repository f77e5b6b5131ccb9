//! The table of VRFs.

use kernel::VrfId;
use serde::{Deserialize, Serialize};

store::record! {
    /// A VRF.
    #[derive(Serialize, Deserialize)]
    pub struct Vrf in "ipam_vrf" secret [] {
        /// Its id.
        id: VrfId,
        /// How often it changed.
        version: i64,
        /// Its name, which no other VRF has.
        name: String,
        /// Its route distinguisher (RFC 4364), which no other VRF has.
        route_distinguisher: Option<String>,
        /// Free text.
        notes: Option<String>,
    }
}
