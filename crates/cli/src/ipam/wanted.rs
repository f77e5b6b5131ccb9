//! Who gets a block, and what the block must be like.

use clap::Args;
use kernel::{LirId, ResourceId, VlanDomainId, VrfId};
use serde::Serialize;

use super::values::{Query, Tags, TagsMode};

/// The resource that gets the block.
#[derive(Debug, Args, Serialize)]
#[group(id = "holder", required = true, multiple = false)]
pub(super) struct Holder {
    /// The resource that gets the block
    #[arg(long, value_name = "ID", alias = "resourceId")]
    resource_id: Option<ResourceId>,
    /// The same, by what is known of it: custom_id=cust-001, or a JSON object
    #[arg(long, value_name = "QUERY", alias = "resourceQuery")]
    resource_query: Option<Query>,
}

/// What a block must be like to be assigned, and what it becomes.
#[derive(Debug, Args, Serialize)]
pub(super) struct Wanted {
    /// Only a block with these tags: a,b
    #[arg(long)]
    tags: Option<Tags>,
    /// How the tags must fit [default: intersection]
    #[arg(long, value_name = "MODE", alias = "tagsMode")]
    tags_mode: Option<TagsMode>,
    /// Only a block of this VLAN
    #[arg(long)]
    vlan: Option<u32>,
    /// Only a block whose VLAN is in this domain
    #[arg(long, value_name = "ID")]
    vlan_domain_id: Option<VlanDomainId>,
    /// Only a block of this VRF
    #[arg(long, value_name = "ID")]
    vrf_id: Option<VrfId>,
    /// Only a block of this region
    #[arg(long)]
    #[serde(rename = "region_id")]
    region: Option<String>,
    /// Only a block with this code
    #[arg(long)]
    code: Option<String>,
    /// Only a block of this LIR
    #[arg(long, value_name = "ID", alias = "lirId")]
    lir_id: Option<LirId>,
    /// The holder may assign parts of it
    #[arg(long, alias = "allowSubAssignments", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    allow_sub_assignments: Option<bool>,
}
