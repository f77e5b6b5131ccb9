//! Sums of space.

use std::collections::BTreeMap;

use kernel::Family;

use crate::block::State;

/// An amount of space: how many blocks, and how many addresses they have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Amount {
    pub(crate) blocks: u64,
    pub(crate) addresses: u128,
}

impl Amount {
    /// So many blocks of this mask.
    pub(crate) fn of(family: Family, mask: u8, n: u64) -> Self {
        let size = 1_u128.checked_shl(u32::from(family.bits().saturating_sub(mask))).unwrap_or(u128::MAX);
        Self { blocks: n, addresses: size.saturating_mul(n.into()) }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.blocks += other.blocks;
        self.addresses = self.addresses.saturating_add(other.addresses);
    }

    /// What is shown: addresses of IPv4, /64 subnets of IPv6 (a part of one counts as one).
    pub(crate) fn shown(self, family: Family) -> u128 {
        match family {
            Family::Ipv4 => self.addresses,
            Family::Ipv6 => self.addresses.div_ceil(1 << 64),
        }
    }
}

/// Space by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sums {
    pub(crate) available: Amount,
    pub(crate) assigned: Amount,
    pub(crate) holding: Amount,
    /// Held by a resource, and pieces may be given on.
    pub(crate) pool: Amount,
}

impl Sums {
    pub(crate) fn add(&mut self, state: State, amount: Amount) {
        match state {
            State::Available => self.available.add(amount),
            State::Assigned => self.assigned.add(amount),
            State::Holding => self.holding.add(amount),
            State::Pool => self.pool.add(amount),
            State::Split => {}
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.available.add(other.available);
        self.assigned.add(other.assigned);
        self.holding.add(other.holding);
        self.pool.add(other.pool);
    }

    pub(crate) fn total(self) -> Amount {
        let mut total = self.available;
        for amount in [self.assigned, self.holding, self.pool] {
            total.add(amount);
        }
        total
    }
}

/// Space by mask, the longest first.
pub(crate) type ByMask = BTreeMap<std::cmp::Reverse<u8>, Sums>;
