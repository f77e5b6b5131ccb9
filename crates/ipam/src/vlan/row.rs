//! The table of VLANs.

use kernel::{VlanDomainId, VlanId};
use serde::{Deserialize, Serialize};

store::record! {
    /// A VLAN that is enabled in a domain.
    #[derive(Serialize, Deserialize)]
    pub struct Vlan in "vlan" secret [] part_of [("domain_id", "vlan_domain")] {
        /// Its id.
        id: VlanId,
        /// How often it changed.
        version: i64,
        /// The domain that it is enabled in.
        domain_id: VlanDomainId,
        /// Its number (IEEE 802.1Q).
        number: i64,
        /// Its name.
        name: Option<String>,
        /// Free text.
        notes: Option<String>,
    }
}
