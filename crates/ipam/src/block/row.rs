//! The table of blocks.

use kernel::{AddrKey, BlockId, Family, Prefix, ProfileId, ResourceId, Timestamp};
use serde::{Deserialize, Serialize};

use super::State;

store::record! {
    /// A node of the binary tree below a top-level aggregate.
    #[derive(Serialize, Deserialize)]
    pub struct Block in "block" secret [] {
        /// Its id; it keeps it when it is split or merged back.
        id: BlockId,
        /// How often it changed.
        version: i64,
        /// The block whose half this is; nothing for a top-level aggregate.
        parent_id: Option<BlockId>,
        /// The top-level aggregate; itself when it is one.
        root_id: BlockId,
        /// Keeps apart aggregates that overlap on purpose: blocks of one space never do.
        space: i64,
        /// 4 or 6.
        family: i64,
        /// The first address.
        first: AddrKey,
        /// The length of the prefix.
        mask: u8,
        /// Where it stands.
        state: State,
        /// The resource that holds it; the Available or the Holding resource when nobody does.
        holder: ResourceId,
        /// Whether pieces of it may be given to other resources.
        sub_assignable: bool,
        /// Its interned attributes.
        profile_id: ProfileId,
        /// The lower half, when split.
        child1: Option<BlockId>,
        /// The upper half, when split.
        child2: Option<BlockId>,
        /// When its holder got it; kept in the holding tank.
        assigned_at: Option<Timestamp>,
        /// Since when it has been in the holding tank.
        held_since: Option<Timestamp>,
        /// The resources that it goes back to when it is returned, as a JSON list, the next one last.
        custody: Option<String>,
        /// Free text.
        notes: Option<String>,
        /// Named columns `meta1` to `meta10`, as a JSON object.
        meta: Option<String>,
        /// When it last changed; nothing when it never did.
        updated_at: Option<Timestamp>,
        /// What is true of it alone, and of few: important, reserved, behind an address translation; a JSON object.
        marks: Option<String>,
    }
}

impl Block {
    /// The family.
    pub(crate) fn family(&self) -> Family {
        Family::from_number(self.family).unwrap_or(Family::Ipv6)
    }

    /// The range of addresses.
    pub(crate) fn prefix(&self) -> Prefix {
        let family = self.family();
        let prefix = Prefix::containing(family, self.first.value(family), self.mask);
        // The masks in the database fit their family; the whole family stands for one that did not.
        prefix.or_else(|| Prefix::containing(family, 0, 0)).unwrap_or_else(|| Prefix::host(family.address(0)))
    }

    /// A new aggregate that nobody holds, with an empty profile.
    pub(crate) fn available(id: BlockId, prefix: Prefix, space: i64) -> Self {
        Self {
            id,
            version: 1,
            parent_id: None,
            root_id: id,
            space,
            family: prefix.family().number(),
            first: prefix.key(),
            mask: prefix.mask(),
            state: State::Available,
            holder: resources::system::AVAILABLE,
            sub_assignable: false,
            profile_id: ProfileId(0),
            child1: None,
            child2: None,
            assigned_at: None,
            held_since: None,
            custody: None,
            notes: None,
            meta: None,
            updated_at: None,
            marks: None,
        }
    }

    /// Whether it has no halves.
    pub(crate) const fn is_leaf(&self) -> bool {
        self.child1.is_none()
    }

    /// The resources that it goes back to, the next one last.
    pub(crate) fn custody_chain(&self) -> Vec<ResourceId> {
        self.custody.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// Sets the chain.
    pub(crate) fn set_custody(&mut self, chain: &[ResourceId]) {
        self.custody = if chain.is_empty() { None } else { serde_json::to_string(chain).ok() };
    }
}
