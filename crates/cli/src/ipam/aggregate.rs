//! Merging blocks.

use clap::Args;
use reqwest::Method;
use serde::Serialize;

use super::{
    block::{self, Which},
    values::Mask,
};
use crate::{Failure, Session, fields, text};

/// Merges a block with its other half, or everything inside the block of a mask around it.
#[derive(Debug, Args, Serialize)]
pub struct Aggregate {
    #[command(flatten)]
    #[serde(skip)]
    which: Which,
    /// Merge everything inside the block of this mask
    #[arg(long, aliases = ["autoAggregateToMask", "auto-aggregate-to-mask"])]
    mask: Option<Mask>,
    /// Unassign what is assigned inside it first
    #[arg(long, alias = "ignoreAssignments")]
    ignore_assignments: bool,
}

impl Aggregate {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let body = fields::body(&self)?;
        let block = self.which.block()?;
        let answer = session.api.write(Method::PUT, &format!("{}/aggregate", block.path()), Some(&body)).await?;
        session.show(&answer, |merged, width| {
            block::outcome(&format!("Merged {block} into {}.", text::of(&merged["cidr"])), merged, width)
        })
    }
}
