//! Adding an aggregate.

use clap::Args;
use kernel::{Asn, LirId, ResourceId, RuleId, VlanDomainId, VrfId};
use reqwest::Method;
use serde::Serialize;

use super::{
    block::{self, Cidr},
    values::{self, Meta, Tags},
};
use crate::{Failure, Session, fields, text};

/// A new aggregate.
#[derive(Debug, Args, Serialize)]
pub struct Add {
    #[command(flatten)]
    #[serde(skip)]
    cidr: Cidr,
    /// The registry the space comes from: ARIN, RIPE, APNIC, LACNIC, AfriNIC, 1918 or one of your own
    #[arg(long)]
    rir: String,
    /// Tags: a,b
    #[arg(long)]
    tags: Option<Tags>,
    /// The VLAN
    #[arg(long)]
    #[serde(rename = "vlan_id")]
    vlan: Option<u32>,
    /// The domain of the VLAN
    #[arg(long, value_name = "ID")]
    vlan_domain_id: Option<VlanDomainId>,
    /// The VRF
    #[arg(long, value_name = "ID")]
    vrf_id: Option<VrfId>,
    /// The rule that it carries
    #[arg(long, value_name = "ID")]
    rule_id: Option<RuleId>,
    /// Spread its blocks out (IPv6): leftmost, center or rightmost
    #[arg(long, value_name = "SCHEME")]
    sparse_allocation: Option<String>,
    /// The resource that holds it
    #[arg(long, value_name = "ID", alias = "resourceId")]
    resource_id: Option<ResourceId>,
    /// The region
    #[arg(long)]
    #[serde(rename = "region_id")]
    region: Option<String>,
    /// The AS number that announces it
    #[arg(long, value_parser = values::asn)]
    asn: Option<Asn>,
    /// The code: a free text to filter by
    #[arg(long)]
    code: Option<String>,
    /// Notes
    #[arg(long)]
    notes: Option<String>,
    /// The LIR
    #[arg(long, value_name = "ID", alias = "lirId")]
    lir_id: Option<LirId>,
    /// One of the fields meta1 to meta10; may be given several times
    #[arg(long, value_name = "NUMBER=TEXT")]
    #[serde(flatten, serialize_with = "values::metas")]
    meta: Vec<Meta>,
    /// The holder may assign parts of it
    #[arg(long, alias = "allowSubAssignments")]
    allow_sub_assignments: bool,
    /// Add it even when the same block is there already
    #[arg(long, alias = "allowDuplicate")]
    allow_duplicate: bool,
}

impl Add {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let mut body = fields::body(&self)?;
        body["cidr"] = self.cidr.prefix().map(|prefix| prefix.to_string()).into();
        let answer = session.api.write(Method::POST, "/ipam/netblocks", Some(&body)).await?;
        session.show(&answer, |added, width| {
            let sentence = format!("Added {} (id {}).", text::of(&added["cidr"]), text::of(&added["id"]));
            block::outcome(&sentence, added, width)
        })
    }
}
