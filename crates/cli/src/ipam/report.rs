//! What may be done with a block, and how much of it is in use.

use clap::Args;
use kernel::Family;
use serde::Serialize;

use super::{
    block::{Maybe, Which},
    values::{self, Mask, Tags},
};
use crate::{Failure, Session, fields, table};

/// Shows what may be done with a block.
#[derive(Debug, Args)]
pub struct BlockOptions {
    #[command(flatten)]
    which: Which,
}

impl BlockOptions {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let answer = session.api.get(&format!("{}/options", self.which.block()?.path()), &[]).await?;
        session.show(&answer, table::facts)
    }
}

/// Counts how much of a block is in use, or of all blocks that fit.
#[derive(Debug, Args, Serialize)]
pub struct Utilization {
    #[command(flatten)]
    #[serde(skip)]
    which: Maybe,
    /// Only blocks of this mask
    #[arg(long, requires = "which")]
    mask: Option<Mask>,
    /// ipv4 or ipv6
    #[arg(long = "type", value_name = "FAMILY", value_parser = values::family, conflicts_with = "which")]
    #[serde(rename = "type")]
    family: Option<Family>,
    /// Only blocks of this registry
    #[arg(long, conflicts_with = "which")]
    rir: Option<String>,
    /// Only blocks of this region
    #[arg(long, conflicts_with = "which")]
    #[serde(rename = "region_id")]
    region: Option<String>,
    /// Only blocks with this code
    #[arg(long, conflicts_with = "which")]
    code: Option<String>,
    /// Only blocks with these tags: a,b
    #[arg(long, conflicts_with = "which")]
    tags: Option<Tags>,
    /// Only blocks of this VLAN
    #[arg(long, conflicts_with = "which")]
    vlan: Option<u32>,
}

impl Utilization {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let path = match self.which.block() {
            Some(block) => format!("{}/utilization", block.path()),
            None => "/ipam/utilization".to_owned(),
        };
        let answer = session.api.get(&path, &fields::query(&self)?).await?;
        session.show(&answer, table::facts)
    }
}
