//! The table.

use kernel::{Family, GroupId, ResourceId};

store::record! {
    /// A quota.
    pub struct QuotaRow in "quota" secret [] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// The group whose members it limits.
        group_id: GroupId,
        /// The resource below which it counts.
        resource_id: ResourceId,
        /// 4 or 6.
        family: i64,
        /// The mask of the blocks that are counted; 0 for addresses.
        mask: u8,
        /// The most that may be held.
        most: i64,
    }
}

/// Addresses of IPv6 that count as one.
const SUBNET: u128 = 1 << 64;

impl QuotaRow {
    pub(super) fn family(&self) -> Family {
        Family::from_number(self.family).unwrap_or(Family::Ipv6)
    }

    /// Whether blocks are counted, and not their addresses.
    pub(super) const fn counts_blocks(&self) -> bool {
        self.mask > 0
    }

    /// The most that may be held, in blocks or addresses.
    pub(super) fn most(&self) -> u128 {
        u128::try_from(self.most).unwrap_or_default() * self.unit()
    }

    /// How many addresses, or blocks, count as one.
    pub(super) fn unit(&self) -> u128 {
        if self.counts_blocks() || self.family() == Family::Ipv4 { 1 } else { SUBNET }
    }

    /// What is counted, in words.
    pub(super) fn what(&self) -> String {
        match (self.family(), self.mask) {
            (Family::Ipv4, 0) => "IPv4 addresses".to_owned(),
            (Family::Ipv6, 0) => "IPv6 /64s".to_owned(),
            (Family::Ipv4, mask) => format!("IPv4 blocks of /{mask}"),
            (Family::Ipv6, mask) => format!("IPv6 blocks of /{mask}"),
        }
    }

    /// How much a block of this mask counts.
    pub(super) fn weight(&self, mask: u8) -> u128 {
        match self.mask {
            0 => 1_u128.checked_shl(u32::from(self.family().bits() - mask)).unwrap_or(u128::MAX),
            counted => u128::from(counted == mask),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(family: i64, mask: u8, most: i64) -> QuotaRow {
        QuotaRow { id: 1, version: 1, group_id: GroupId(1), resource_id: ResourceId(7), family, mask, most }
    }

    #[test]
    fn ipv4_is_counted_in_addresses_and_ipv6_in_64s() {
        assert_eq!((quota(4, 0, 256).weight(24), quota(4, 0, 256).most()), (256, 256));
        let v6 = quota(6, 0, 256);
        assert_eq!((v6.weight(56), v6.most()), (256 << 64, 256 << 64));
        assert_eq!((v6.weight(128), v6.weight(0)), (1, u128::MAX));
    }

    #[test]
    fn blocks_are_counted_by_their_mask() {
        let two = quota(4, 29, 2);
        assert_eq!((two.weight(29), two.weight(28), two.weight(30), two.most()), (1, 0, 0, 2));
        assert_eq!(two.what(), "IPv4 blocks of /29");
    }
}
