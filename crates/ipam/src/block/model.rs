//! A block in API v2.

use kernel::{BlockId, Family, Patch, ResourceId, RuleId, VlanDomainId, VrfId};
use serde::Serialize;
use utoipa::ToSchema;

use super::{BlockView, explanation::Explanation, marks::FOR_GOOD};
use crate::space::Scheme;

/// A block of addresses.
#[expect(clippy::struct_excessive_bools, reason = "the fields of the documented answer")]
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Netblock {
    /// Its id.
    #[schema(value_type = i64, example = 12345)]
    pub id: BlockId,
    /// `ipv4` or `ipv6`.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "ipv4")]
    pub family: Family,
    /// The id of the top-level aggregate; null when it is one itself.
    #[schema(value_type = Option<i64>)]
    pub top_aggregate: Option<BlockId>,
    /// The range of addresses.
    #[schema(example = "192.0.2.0/24")]
    pub cidr: String,
    /// The first address as a decimal number.
    #[schema(example = "3221225984")]
    pub address: String,
    /// The last address as a decimal number.
    pub end_address: String,
    /// The length of the prefix.
    #[schema(example = 24)]
    pub mask: u8,
    /// The mask as an address.
    #[schema(example = "255.255.255.0")]
    pub netmask: String,
    /// Whether it is a leaf, that is, not split. (The name is older than its meaning.)
    pub is_aggregate: bool,
    /// Whether a resource uses it up.
    pub assigned: bool,
    /// `available`, `assigned`, `pool` (held, and pieces may be given on), `holding` or `split`.
    #[schema(example = "available")]
    pub state: &'static str,
    /// The lower half, when split.
    #[schema(value_type = Option<i64>)]
    pub child1: Option<BlockId>,
    /// The upper half, when split.
    #[schema(value_type = Option<i64>)]
    pub child2: Option<BlockId>,
    /// The block whose half it is.
    #[schema(value_type = Option<i64>)]
    pub parent: Option<BlockId>,
    /// The resource that holds it.
    #[schema(value_type = i64)]
    pub resource_id: ResourceId,
    /// That resource's name.
    pub resource_name: Option<String>,
    /// The numbering authority.
    #[schema(example = "ARIN")]
    pub rir: String,
    /// The LIR resource.
    pub lir_id: Option<i64>,
    /// The AS number.
    pub asn: Option<u32>,
    /// The VLAN.
    pub vlan_id: Option<i64>,
    /// The domain of the VLAN.
    #[schema(value_type = Option<i64>)]
    pub vlan_domain_id: Option<VlanDomainId>,
    /// The VRF that the aggregate is in; 1 is "No VRF".
    #[schema(value_type = i64)]
    pub vrf_id: VrfId,
    /// The rule that it carries, which keeps positions back.
    #[schema(value_type = Option<i64>)]
    pub rule_id: Option<RuleId>,
    /// How blocks are spread over its aggregate: `leftmost`, `center` or `rightmost`; null when they are not.
    pub sparse_allocation: Option<&'static str>,
    /// The same as a number: 1 is leftmost, 2 center, 3 rightmost.
    pub sparse_allocation_id: Option<i64>,
    /// Until when it is reserved, in UTC; null when it is not, and when that does not end by itself.
    pub reserved_time: Option<String>,
    /// Who reserved it; null when it is not reserved.
    pub reserved_by: Option<String>,
    /// The block at the other side of an address translation.
    #[schema(example = "203.0.113.0/28")]
    pub nat: Option<String>,
    /// The generic code.
    pub generic_code: Option<String>,
    /// The region's code.
    pub region: Option<String>,
    /// The region's id in the list of regions.
    pub region_id: Option<i64>,
    /// The region's name.
    pub region_name: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Free text.
    pub notes: Option<String>,
    /// Not in use yet.
    pub description: Option<String>,
    /// Whether pieces of it may be given to other resources.
    pub allow_sub_assignments: bool,
    /// `true` when it overlaps another aggregate, else `false`: a text, as existing clients expect it.
    #[schema(example = "false")]
    pub allow_duplicate: String,
    /// When its holder got it, in UTC.
    pub assign_time: Option<String>,
    /// When it last changed, in UTC.
    pub last_update_time: Option<String>,
    /// The resources it goes back to when it is returned, the next one last.
    #[schema(value_type = Vec<i64>)]
    pub custody_chain: Vec<ResourceId>,
    /// Whether it is registered with its RIR.
    pub swipped: bool,
    /// When it was registered.
    pub swip_time: Option<String>,
    /// The registry's handle of the network.
    pub net_handle: Option<String>,
    /// The registry's handle of the customer.
    pub customer_handle: Option<String>,
    /// The organisation at the registry.
    pub org_id: Option<String>,
    /// Whether it is marked as important.
    pub is_important: bool,
    /// The number of addresses.
    #[schema(example = "256")]
    pub host_count: String,
    /// The first and the last address.
    pub range: Vec<String>,
    /// What the caller may do with it.
    #[schema(example = json!(["permissionIPAMRead"]))]
    pub permissions: Vec<&'static str>,
    /// Named columns.
    #[serde(flatten)]
    pub meta: Meta,
    /// Why it was chosen: in the answer of a smart assign with `explain`, and nowhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation>,
    /// Fields of the documented answer that are not in use yet.
    #[serde(flatten)]
    pub later: Later,
}

/// What existing clients look for in a block and Platbook does not keep yet: always null.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Later {
    /// The DHCP pool that serves it.
    pub dhcp_resource_id: Option<i64>,
    /// The cable modem network that it belongs to.
    pub cmnetblock_resource_id: Option<i64>,
    /// The system that it was read from.
    pub umbrella_resource_id: Option<i64>,
    /// How full it is, in words.
    pub utilization_status: Option<&'static str>,
}

macro_rules! meta {
    ($($name:ident),+) => {
        /// The ten columns that an instance may give a meaning of its own.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
        pub struct Meta {
            $(
                /// A column of the instance's own.
                #[serde(default)]
                pub $name: Option<String>,
            )+
        }

        impl Meta {
            /// Whether all are empty.
            fn is_empty(&self) -> bool {
                $(self.$name.is_none())&&+
            }
        }

        /// Changes to the ten columns.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub(crate) struct MetaPatch {
            $(pub(crate) $name: Patch<String>,)+
        }

        impl MetaPatch {
            /// The column of the table after the change.
            pub(crate) fn apply(&self, old: Option<&str>) -> Option<String> {
                if *self == Self::default() {
                    return old.map(ToOwned::to_owned);
                }
                let old = Meta::read(old);
                Meta { $($name: self.$name.clone().apply(old.$name)),+ }.write()
            }
        }
    };
}

meta!(meta1, meta2, meta3, meta4, meta5, meta6, meta7, meta8, meta9, meta10);

impl Meta {
    /// From the column of the table.
    pub(crate) fn read(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// For the column of the table.
    fn write(&self) -> Option<String> {
        if self.is_empty() { None } else { serde_json::to_string(self).ok() }
    }
}

impl From<BlockView> for Netblock {
    fn from(view: BlockView) -> Self {
        let BlockView { block, profile, holder_name, region_name, region_id, rights, now, explanation, registration } =
            view;
        let (marks, reservation) = (block.marks(), block.reservation(now));
        let prefix = block.prefix();
        let range = [prefix.first_address(), prefix.last_address()];
        Self {
            id: block.id,
            family: prefix.family(),
            top_aggregate: (block.root_id != block.id).then_some(block.root_id),
            cidr: prefix.to_string(),
            address: prefix.first().to_string(),
            end_address: prefix.last().to_string(),
            mask: prefix.mask(),
            netmask: prefix.netmask().to_string(),
            is_aggregate: block.is_leaf(),
            assigned: block.state == super::State::Assigned,
            state: block.state.name(),
            child1: block.child1,
            child2: block.child2,
            parent: block.parent_id,
            resource_id: block.holder,
            resource_name: holder_name,
            rir: profile.rir,
            lir_id: profile.lir.map(|lir| lir.0),
            asn: profile.asn.map(|asn| asn.0),
            vlan_id: profile.vlan,
            vlan_domain_id: profile.vlan.map(|_| profile.vlan_domain),
            vrf_id: profile.vrf,
            rule_id: profile.rule.filter(|rule| rule.mask == block.mask).map(|rule| rule.id),
            sparse_allocation: profile.sparse.map(Scheme::name),
            sparse_allocation_id: profile.sparse.map(Scheme::number),
            reserved_time: reservation.as_ref().filter(|r| r.until != FOR_GOOD).map(|r| r.until.sql()),
            reserved_by: reservation.map(|reservation| reservation.by),
            nat: marks.nat.map(|partner| partner.cidr),
            generic_code: profile.code,
            region: profile.region,
            region_id,
            region_name,
            tags: profile.tags,
            description: None,
            allow_sub_assignments: block.sub_assignable,
            allow_duplicate: (block.space != 0).to_string(),
            assign_time: block.assigned_at.map(kernel::Timestamp::sql),
            last_update_time: block.updated_at.map(kernel::Timestamp::sql),
            custody_chain: block.custody_chain(),
            swipped: registration.is_some(),
            swip_time: registration.as_ref().map(|r| r.registered_at.sql()),
            net_handle: registration.as_ref().map(|r| r.net_handle.clone()),
            customer_handle: registration.as_ref().and_then(|r| r.customer_handle.clone()),
            org_id: registration.and_then(|r| r.org_handle),
            is_important: marks.important,
            host_count: size(prefix),
            range: range.iter().map(ToString::to_string).collect(),
            permissions: rights.names(),
            meta: Meta::read(block.meta.as_deref()),
            explanation: explanation.map(|explanation| *explanation),
            later: Later::default(),
            notes: block.notes,
        }
    }
}

/// The number of addresses; that of `::/0` is one more than the largest number we can hold.
fn size(prefix: kernel::Prefix) -> String {
    let all_of_ipv6 = "340282366920938463463374607431768211456";
    if prefix.mask() == 0 && prefix.family() == Family::Ipv6 {
        all_of_ipv6.to_owned()
    } else {
        prefix.size().to_string()
    }
}
