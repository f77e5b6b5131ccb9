//! Changing what is written about a block.

use clap::{Args, ValueEnum};
use kernel::{Asn, LirId, RuleId, VlanDomainId, VrfId};
use reqwest::Method;
use serde::Serialize;

use super::{
    block::{self, Which},
    values::{self, Change, Meta, Tags},
};
use crate::{Failure, Session, text};

/// A change. What is not given stays as it is; an empty text clears a field.
#[derive(Debug, Args, Serialize)]
#[command(after_help = "What is not given stays as it is. An empty text clears a field: --notes \"\"")]
pub struct Update {
    #[command(flatten)]
    #[serde(skip)]
    which: Which,
    /// The registry the space comes from
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    rir: Option<String>,
    /// The VLAN
    #[arg(long)]
    #[serde(rename = "vlan_id", skip_serializing_if = "Option::is_none")]
    vlan: Option<Change<u32>>,
    /// The domain of the VLAN
    #[arg(long, value_name = "ID")]
    #[serde(skip_serializing_if = "Option::is_none")]
    vlan_domain_id: Option<Change<VlanDomainId>>,
    /// The VRF, of a whole aggregate
    #[arg(long, value_name = "ID")]
    #[serde(skip_serializing_if = "Option::is_none")]
    vrf_id: Option<Change<VrfId>>,
    /// The rule that it carries
    #[arg(long, value_name = "ID")]
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_id: Option<Change<RuleId>>,
    /// Spread the blocks of an aggregate out from now on (IPv6): leftmost, center or rightmost
    #[arg(long, value_name = "SCHEME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    sparse_allocation: Option<String>,
    /// Whether it is important
    #[arg(long, value_name = "BOOL")]
    #[serde(rename = "is_important", skip_serializing_if = "Option::is_none")]
    important: Option<bool>,
    /// The block at the other side of an address translation
    #[arg(long, value_name = "CIDR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    nat: Option<Change<String>>,
    /// The AS number that announces it
    #[arg(long, value_parser = values::asn_change)]
    #[serde(skip_serializing_if = "Option::is_none")]
    asn: Option<Change<Asn>>,
    /// The region
    #[arg(long)]
    #[serde(rename = "region_id", skip_serializing_if = "Option::is_none")]
    region: Option<Change<String>>,
    /// The LIR
    #[arg(long, value_name = "ID", alias = "lirId")]
    #[serde(skip_serializing_if = "Option::is_none")]
    lir_id: Option<Change<LirId>>,
    /// The code: a free text to filter by
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Change<String>>,
    /// Notes
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Change<String>>,
    /// Tags: a,b
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Tags>,
    /// What to do with the tags [default: replace]
    #[arg(long, value_name = "ACTION", aliases = ["tagsAction", "tags_action"], requires = "tags")]
    #[serde(skip_serializing_if = "Option::is_none")]
    tags_action: Option<TagsAction>,
    /// One of the fields meta1 to meta10; may be given several times
    #[arg(long, value_name = "NUMBER=TEXT")]
    #[serde(flatten, serialize_with = "values::metas")]
    meta: Vec<Meta>,
    /// Whether the holder may assign parts of it
    #[arg(long, alias = "allowSubAssignments", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_sub_assignments: Option<bool>,
    /// Change all smaller blocks inside it as well
    #[arg(long)]
    propagate: bool,
}

/// What becomes of the tags that a block has.
#[derive(Debug, Clone, Copy, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum TagsAction {
    /// They are dropped for the new ones
    Replace,
    /// The new ones come to them
    Add,
    /// Those that are named are taken away
    Delete,
}

impl Update {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        // Not `fields::body`, which leaves out what is null: here null clears a field.
        let body = serde_json::to_value(&self).map_err(|error| Failure::Usage(error.to_string()))?;
        let answer = session.api.write(Method::PATCH, &self.which.block()?.path(), Some(&body)).await?;
        session.show(&answer, |updated, width| {
            block::outcome(&format!("Updated {}.", text::of(&updated["cidr"])), updated, width)
        })
    }
}
