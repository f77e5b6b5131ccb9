//! Rights: what a group may do with a resource and all below it.
//!
//! A permission is hung on a resource and inherited by its descendants. Within a group the entry nearest to the
//! object decides alone; over a person's groups the answers add up.

use std::{
    collections::HashMap,
    fmt,
    ops::{BitOr, BitOrAssign},
};

use serde::{Deserialize, Serialize};

use crate::{GroupId, ResourceId};

/// The functional areas that have rights of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Area {
    /// Address space held by a resource.
    Ipam,
    /// The resource itself, its attributes and links.
    Resource,
    /// Peering sessions and routers.
    Peering,
    /// Users and groups.
    User,
    /// Zones, records and name servers.
    Dns,
    /// DHCP pools and servers.
    Dhcp,
    /// Locations, racks, servers and what is done with them.
    Dcim,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Action {
    /// Make a new one.
    Create,
    /// See it.
    Read,
    /// Change it.
    Update,
    /// Remove it.
    Delete,
}

/// A set of rights: the four actions in each area, and the flags SWIP and Admin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rights(i64);

impl Rights {
    /// Nothing at all.
    pub const NONE: Self = Self(0);
    /// May send registrations (SWIP) for the blocks of the resource.
    pub const SWIP: Self = Self(1 << 16);
    /// Administrator of the resource; on the top-level resource, of everything.
    pub const ADMIN: Self = Self(1 << 17);
    /// Everything.
    pub const ALL: Self = Self((1 << 30) - 1);

    /// All areas, in the order in which the APIs list them.
    const AREAS: [Area; 7] = [Area::Ipam, Area::Resource, Area::Peering, Area::User, Area::Dns, Area::Dhcp, Area::Dcim];

    /// Every right with the name by which the APIs call it, in the order in which they list them.
    const NAMES: [(Self, &'static str); 30] = [
        (Self::of(Area::Ipam, Action::Read), "permissionIPAMRead"),
        (Self::of(Area::Ipam, Action::Update), "permissionIPAMUpdate"),
        (Self::of(Area::Ipam, Action::Create), "permissionIPAMCreate"),
        (Self::of(Area::Ipam, Action::Delete), "permissionIPAMDelete"),
        (Self::of(Area::Resource, Action::Read), "permissionResourceRead"),
        (Self::of(Area::Resource, Action::Update), "permissionResourceUpdate"),
        (Self::of(Area::Resource, Action::Create), "permissionResourceCreate"),
        (Self::of(Area::Resource, Action::Delete), "permissionResourceDelete"),
        (Self::of(Area::Peering, Action::Read), "permissionPeeringRead"),
        (Self::of(Area::Peering, Action::Update), "permissionPeeringUpdate"),
        (Self::of(Area::Peering, Action::Create), "permissionPeeringCreate"),
        (Self::of(Area::Peering, Action::Delete), "permissionPeeringDelete"),
        (Self::of(Area::User, Action::Read), "permissionUserRead"),
        (Self::of(Area::User, Action::Update), "permissionUserUpdate"),
        (Self::of(Area::User, Action::Create), "permissionUserCreate"),
        (Self::of(Area::User, Action::Delete), "permissionUserDelete"),
        (Self::of(Area::Dns, Action::Read), "permissionDNSRead"),
        (Self::of(Area::Dns, Action::Update), "permissionDNSUpdate"),
        (Self::of(Area::Dns, Action::Create), "permissionDNSCreate"),
        (Self::of(Area::Dns, Action::Delete), "permissionDNSDelete"),
        (Self::of(Area::Dhcp, Action::Read), "permissionDHCPRead"),
        (Self::of(Area::Dhcp, Action::Update), "permissionDHCPUpdate"),
        (Self::of(Area::Dhcp, Action::Create), "permissionDHCPCreate"),
        (Self::of(Area::Dhcp, Action::Delete), "permissionDHCPDelete"),
        (Self::of(Area::Dcim, Action::Read), "permissionDCIMRead"),
        (Self::of(Area::Dcim, Action::Update), "permissionDCIMUpdate"),
        (Self::of(Area::Dcim, Action::Create), "permissionDCIMCreate"),
        (Self::of(Area::Dcim, Action::Delete), "permissionDCIMDelete"),
        (Self::SWIP, "permissionSWIP"),
        (Self::ADMIN, "permissionAdmin"),
    ];

    /// The right to do this in this area.
    pub const fn of(area: Area, action: Action) -> Self {
        // The flags have the two bits behind the first four areas, which are in databases with that meaning.
        let first = match area {
            Area::Ipam | Area::Resource | Area::Peering | Area::User => area as i64 * 4,
            Area::Dns | Area::Dhcp | Area::Dcim => area as i64 * 4 + 2,
        };
        Self(1 << (first + action as i64))
    }

    /// The right to read in every area.
    pub fn read_everything() -> Self {
        Self::AREAS.into_iter().fold(Self::NONE, |rights, area| rights | Self::of(area, Action::Read))
    }

    /// What is in both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether all of the given rights are in this set.
    pub const fn has(self, rights: Self) -> bool {
        self.0 & rights.0 == rights.0
    }

    /// The bits, for the database.
    pub const fn bits(self) -> i64 {
        self.0
    }

    /// From the database; unknown bits are dropped.
    pub const fn from_bits(bits: i64) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// The names by which the APIs call the rights of the set, such as `permissionIPAMRead`.
    pub fn names(self) -> Vec<&'static str> {
        Self::NAMES.iter().filter(|(right, _)| self.has(*right)).map(|(_, name)| *name).collect()
    }

    /// The right with this name (`permissionIPAMRead`, `permissionSWIP`, `permissionAdmin`, ...).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(right, _)| *right)
    }
}

impl BitOr for Rights {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Rights {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ipam => "IPAM",
            Self::Resource => "Resource",
            Self::Peering => "Peering",
            Self::User => "User",
            Self::Dns => "DNS",
            Self::Dhcp => "DHCP",
            Self::Dcim => "DCIM",
        })
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// All permission entries of one person: for each group, the resources on which it has an entry.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    groups: HashMap<GroupId, HashMap<ResourceId, Rights>>,
    everything: bool,
    limit: Option<Rights>,
}

impl Grants {
    /// The rights of the system itself: start-up, jobs that nobody asked for.
    pub fn system() -> Self {
        let mut grants = Self::default();
        grants.add(GroupId(0), ResourceId::TOP, Rights::ALL);
        grants
    }

    /// Adds an entry of a group.
    pub fn add(&mut self, group: GroupId, resource: ResourceId, rights: Rights) {
        self.groups.entry(group).or_default().insert(resource, rights);
        self.everything = self.groups.values().any(|entries| {
            // One group that administers the top and has no narrower entry sees and does everything.
            entries.len() == 1 && entries.get(&ResourceId::TOP).is_some_and(|r| r.has(Rights::ADMIN))
        });
    }

    /// Says that the person is in a group, whether or not it has entries.
    pub fn join(&mut self, group: GroupId) {
        self.groups.entry(group).or_default();
    }

    /// The same entries with no rights but these, as when somebody comes with a token that may do less than its owner.
    /// Whoever administers has each of these rights as such, and is an administrator no longer, unless Admin is among
    /// them.
    #[must_use]
    pub fn limited_to(&self, limit: Rights) -> Self {
        let limit = self.limit.map_or(limit, |before| before.and(limit));
        let mut limited = Self { limit: Some(limit), ..Self::default() };
        for (group, entries) in &self.groups {
            limited.join(*group);
            for (resource, rights) in entries {
                let rights = if rights.has(Rights::ADMIN) { Rights::ALL } else { *rights };
                limited.add(*group, *resource, rights.and(limit));
            }
        }
        limited
    }

    /// The rights beyond which nothing is allowed, whatever the entries say; nothing when there is no such limit.
    pub const fn limit(&self) -> Option<Rights> {
        self.limit
    }

    /// The groups that the person is in.
    pub fn group_ids(&self) -> impl Iterator<Item = GroupId> {
        self.groups.keys().copied()
    }

    /// The rights on a resource, given the ids from the resource itself up to the top.
    pub fn on(&self, lineage: &[ResourceId]) -> Rights {
        if self.everything {
            return Rights::ALL;
        }
        self.groups.values().fold(Rights::NONE, |sum, entries| {
            let nearest = lineage.iter().find_map(|id| entries.get(id)).copied().unwrap_or_default();
            sum | if nearest.has(Rights::ADMIN) { Rights::ALL } else { nearest }
        })
    }

    /// Whether nothing anywhere is hidden or forbidden: lists then need no filter.
    pub const fn everything(&self) -> bool {
        self.everything
    }

    /// The entries, group by group, from which a list makes its filter.
    pub fn groups(&self) -> impl Iterator<Item = &HashMap<ResourceId, Rights>> {
        self.groups.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Rights = Rights::of(Area::Ipam, Action::Read);
    const UPDATE: Rights = Rights::of(Area::Ipam, Action::Update);

    fn up(ids: &[i64]) -> Vec<ResourceId> {
        ids.iter().map(|id| ResourceId(*id)).collect()
    }

    #[test]
    fn the_nearest_entry_of_a_group_decides_alone() {
        let mut grants = Grants::default();
        grants.add(GroupId(1), ResourceId::TOP, READ | UPDATE);
        grants.add(GroupId(1), ResourceId(7), READ);
        assert_eq!(grants.on(&up(&[9, 7, 1])), READ);
        assert_eq!(grants.on(&up(&[8, 1])), READ | UPDATE);
    }

    #[test]
    fn groups_add_up() {
        let mut grants = Grants::default();
        grants.add(GroupId(1), ResourceId::TOP, READ);
        grants.add(GroupId(2), ResourceId(7), UPDATE);
        assert_eq!(grants.on(&up(&[7, 1])), READ | UPDATE);
        assert_eq!(grants.on(&up(&[1])), READ);
        assert_eq!(Grants::default().on(&up(&[1])), Rights::NONE);
    }

    #[test]
    fn an_administrator_of_the_top_does_everything_unless_a_nearer_entry_says_less() {
        let mut grants = Grants::default();
        grants.add(GroupId(1), ResourceId::TOP, Rights::ADMIN);
        assert!(grants.everything());
        assert_eq!(grants.on(&up(&[5, 1])), Rights::ALL);
        grants.add(GroupId(1), ResourceId(5), READ);
        assert!(!grants.everything());
        assert_eq!(grants.on(&up(&[5, 1])), READ);
    }

    #[test]
    fn a_limit_takes_rights_away_everywhere_and_adds_none() {
        let mut grants = Grants::default();
        grants.add(GroupId(1), ResourceId::TOP, Rights::ADMIN);
        grants.add(GroupId(1), ResourceId(5), UPDATE);
        let limited = grants.limited_to(READ);
        assert!(!limited.everything() && limited.limit() == Some(READ) && grants.limit().is_none());
        assert_eq!(limited.on(&up(&[7, 1])), READ);
        assert_eq!(limited.on(&up(&[5, 1])), Rights::NONE);
        assert_eq!(limited.limited_to(READ | UPDATE).on(&up(&[7, 1])), READ, "limits add up");
        assert_eq!(grants.limited_to(Rights::ALL).on(&up(&[7, 1])), Rights::ALL);
    }

    #[test]
    fn a_group_without_entries_is_a_group_and_gives_nothing() {
        let mut grants = Grants::system();
        grants.join(GroupId(7));
        assert!(grants.everything() && grants.group_ids().any(|id| id == GroupId(7)));
    }

    #[test]
    fn every_right_has_a_bit_of_its_own_and_the_old_ones_have_their_old_bits() {
        let each: i64 = Rights::NAMES.iter().map(|(right, _)| right.bits()).sum();
        assert_eq!(each, Rights::ALL.bits());
        assert_eq!(Rights::of(Area::Ipam, Action::Create).bits(), 1);
        assert_eq!(Rights::of(Area::User, Action::Delete).bits(), 1 << 15);
        assert_eq!((Rights::SWIP.bits(), Rights::ADMIN.bits()), (1 << 16, 1 << 17));
        assert_eq!(Rights::of(Area::Dns, Action::Create).bits(), 1 << 18);
        assert_eq!(Rights::of(Area::Dcim, Action::Delete).bits(), 1 << 29);
    }

    #[test]
    fn whoever_reads_everything_reads_in_every_area() {
        let reads = Rights::NAMES.iter().filter(|(_, name)| name.ends_with("Read"));
        let reads = reads.fold(Rights::NONE, |rights, (right, _)| rights | *right);
        assert_eq!(Rights::read_everything(), reads);
    }

    #[test]
    fn names_round_trip() {
        let names = Rights::ALL.names();
        assert_eq!(names.len(), 30);
        assert_eq!(names[0], "permissionIPAMRead");
        for name in names {
            assert_eq!(Rights::from_name(name).unwrap().names(), [name]);
        }
        assert_eq!(Rights::from_name("permissionRoot"), None);
    }
}
