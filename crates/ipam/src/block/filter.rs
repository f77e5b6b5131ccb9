//! Asking for blocks: the filters, and the statement they make.

use std::net::IpAddr;

use kernel::{BlockId, Family, Order, Page, Prefix, ResourceId, Timestamp};

use super::State;
use crate::profile::Criteria;

/// Which blocks, in which order. Filters that are absent let everything pass; all given ones must be met.
#[derive(Debug, Clone, Default)]
pub(crate) struct BlockQuery {
    pub(crate) ids: Option<Vec<BlockId>>,
    /// Exactly this range.
    pub(crate) prefix: Option<Prefix>,
    /// Blocks that contain this address.
    pub(crate) contains: Option<IpAddr>,
    /// The first address, as a number: of whichever family it can be.
    pub(crate) first: Option<u128>,
    /// The last address, as a number.
    pub(crate) last: Option<u128>,
    pub(crate) family: Option<Family>,
    pub(crate) mask: Option<u8>,
    pub(crate) criteria: Criteria,
    pub(crate) state: Option<State>,
    /// Whether somebody uses it up.
    pub(crate) assigned: Option<bool>,
    /// Whether it has no halves.
    pub(crate) leaf: Option<bool>,
    pub(crate) swipped: Option<bool>,
    pub(crate) sub_assignable: Option<bool>,
    pub(crate) holders: Option<Vec<ResourceId>>,
    /// Below this aggregate (or it itself).
    pub(crate) root: Option<BlockId>,
    /// Top-level aggregates only.
    pub(crate) top_level: bool,
    pub(crate) parent: Option<BlockId>,
    /// Exactly these notes.
    pub(crate) notes: Option<String>,
    pub(crate) updated: Option<(When, Timestamp)>,
    /// Text somewhere in the block, or an address it begins with.
    pub(crate) search: Option<String>,
    pub(crate) sort: Sort,
    pub(crate) order: Order,
    pub(crate) page: Page,
}

/// How the time of the last change compares to the given one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// In this very second.
    At,
    /// At this time or later.
    After,
    /// At this time or earlier.
    Before,
}

/// By what a list is sorted; then by address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Sort {
    /// Address order, the larger block first.
    #[default]
    Cidr,
    Mask,
    Rir,
    Vlan,
    Code,
    UpdateTime,
}

impl Sort {
    /// The sort of this name, in any case: as API v1 (`updateTime`) or v2 (`last_update_time`) spells it.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "cidr" | "address" => Self::Cidr,
            "mask" => Self::Mask,
            "rir" => Self::Rir,
            "vlan" | "vlan_id" => Self::Vlan,
            "code" | "generic_code" => Self::Code,
            "updatetime" | "last_update_time" => Self::UpdateTime,
            _ => return None,
        })
    }

    /// The names to show in an error.
    pub(crate) const NAMES: &'static str = "cidr, mask, rir, vlan, code, updateTime";
}

impl BlockQuery {
    /// The states that the filters leave, or nothing when they leave all.
    pub(super) fn states(&self) -> Option<Vec<State>> {
        let all = [State::Available, State::Assigned, State::Holding, State::Split, State::Pool];
        let fits = |state: &State| {
            self.state.is_none_or(|wanted| wanted == *state)
                && self.assigned.is_none_or(|assigned| assigned == (*state == State::Assigned))
                && self.leaf.is_none_or(|leaf| leaf == (*state != State::Split))
        };
        let left: Vec<_> = all.into_iter().filter(fits).collect();
        (left.len() < all.len()).then_some(left)
    }
}
