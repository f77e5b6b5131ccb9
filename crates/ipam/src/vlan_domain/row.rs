//! The table of VLAN domains.

use kernel::VlanDomainId;
use serde::{Deserialize, Serialize};

use super::VlanTag;

store::record! {
    /// A domain.
    #[derive(Serialize, Deserialize)]
    pub struct Domain in "vlan_domain" secret [] {
        /// Its id.
        id: VlanDomainId,
        /// How often it changed.
        version: i64,
        /// Its name, which no other domain has.
        name: String,
        /// Whether it has the extended range of numbers, and not the standard one alone.
        extended: bool,
        /// Named parts of the range, as a JSON list.
        tags: String,
    }
}

/// The first and the last number that is for nobody: those of 802.1Q (0 and 4095), the default VLAN, and the old ones of
/// Token Ring and FDDI.
const RESERVED: [i64; 7] = [0, 1, 1002, 1003, 1004, 1005, 4095];

impl Domain {
    /// Whether VLANs of this domain may have this number.
    pub(crate) fn has(&self, vlan: i64) -> bool {
        (0..=self.last()).contains(&vlan) && !RESERVED.contains(&vlan)
    }

    /// The last number of its range.
    pub(crate) const fn last(&self) -> i64 {
        if self.extended { 4094 } else { 1001 }
    }

    /// The range in words.
    pub(crate) const fn range(&self) -> &'static str {
        if self.extended { "2 to 1001 and 1006 to 4094" } else { "2 to 1001" }
    }

    /// The named parts of its range.
    pub(crate) fn tags(&self) -> Vec<VlanTag> {
        serde_json::from_str(&self.tags).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vlan_domain::DEFAULT_DOMAIN;

    #[test]
    fn the_two_ranges_and_what_is_reserved() {
        let domain = |extended| {
            let (name, tags) = (String::new(), String::new());
            Domain { id: DEFAULT_DOMAIN, version: 1, name, extended, tags }
        };
        let numbers = |extended| (-1..=4096).filter(|n| domain(extended).has(*n)).count();
        assert_eq!((numbers(false), numbers(true)), (1000, 1000 + 4094 - 1005));
        for reserved in [-1, 0, 1, 1002, 1005, 4095, 4096] {
            assert!(!domain(true).has(reserved), "{reserved}");
        }
        assert!(domain(true).has(1006) && !domain(false).has(1006) && domain(false).has(2) && domain(false).has(1001));
    }
}
