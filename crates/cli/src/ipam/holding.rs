//! The holding tank, in which blocks rest that were taken back.

use clap::Args;
use reqwest::Method;
use serde::Serialize;

use super::{
    block::{self, Which},
    unassign::sentence,
};
use crate::{Failure, Session, fields, text};

/// Ends the rest of one block.
#[derive(Debug, Args)]
pub struct OverrideHolding {
    #[command(flatten)]
    which: Which,
}

impl OverrideHolding {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let path = format!("{}/override_holding", self.which.block()?.path());
        let answer = session.api.write(Method::PUT, &path, None).await?;
        session.show(&answer, |block, width| block::outcome(&sentence("Released", block), block, width))
    }
}

/// Ends the rest of all blocks that have rested long enough.
#[derive(Debug, Args, Serialize)]
pub struct ProcessHolding {
    /// Only show which blocks these are
    #[arg(long)]
    preview: bool,
}

impl ProcessHolding {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let body = fields::body(&self)?;
        let answer = session.api.write(Method::PUT, "/ipam/holding_tank/process", Some(&body)).await?;
        session.show(&answer, |blocks, width| {
            let blocks = block::rows(blocks);
            let verb = if self.preview { "Would make" } else { "Made" };
            block::outcomes(&format!("{verb} {} available.", text::count(blocks.len(), "block")), blocks, width)
        })
    }
}
