//! Assigning the best free block.

use clap::Args;
use kernel::{BlockId, Family};
use reqwest::Method;
use serde::Serialize;

use super::{
    block,
    values::{self, Mask},
    wanted::{Holder, Wanted},
};
use crate::{Failure, Session, fields, text};

/// Asks for a block of a size; the server chooses which, and splits a larger one when it has to.
#[derive(Debug, Args, Serialize)]
pub struct SmartAssign {
    #[command(flatten)]
    #[serde(flatten)]
    holder: Holder,
    /// The mask of the block that is wanted
    #[arg(long)]
    mask: Mask,
    /// ipv4 or ipv6
    #[arg(long = "type", value_name = "FAMILY", value_parser = values::family)]
    #[serde(rename = "type")]
    family: Family,
    /// The registry the space comes from
    #[arg(long)]
    rir: String,
    /// Only a block of this aggregate
    #[arg(long, value_name = "ID", aliases = ["topAggregateId", "top-aggregate-id"])]
    top_aggregate: Option<BlockId>,
    /// Space that this resource holds; "ignore" for space that is available or that any holder may assign from
    #[arg(long, value_name = "ID", alias = "assignedResourceId")]
    assigned_resource_id: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    wanted: Wanted,
}

impl SmartAssign {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let body = fields::body(&self)?;
        let answer = session.api.write(Method::PUT, "/ipam/netblocks/smart_assign", Some(&body)).await?;
        session.show(&answer, |assigned, width| {
            let sentence = format!("Assigned {} to {}.", text::of(&assigned["cidr"]), block::holder(assigned));
            block::outcome(&sentence, assigned, width)
        })
    }
}
