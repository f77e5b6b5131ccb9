//! Splitting a block.

use clap::Args;
use reqwest::Method;
use serde::Serialize;

use super::{
    block::{self, Which},
    values::Mask,
};
use crate::{Failure, Session, fields, text};

/// Splits a block in two, or all the way down to a mask.
#[derive(Debug, Args, Serialize)]
pub struct Split {
    #[command(flatten)]
    #[serde(skip)]
    which: Which,
    /// Split all the way down to this mask
    #[arg(long, aliases = ["autoSplitToMask", "auto-split-to-mask"])]
    mask: Option<Mask>,
    /// How many blocks to make, a power of two
    #[arg(long, value_name = "NUMBER", aliases = ["autoSplitLimit", "auto-split-limit"])]
    limit: Option<u32>,
}

impl Split {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let body = fields::body(&self)?;
        let block = self.which.block()?;
        let answer = session.api.write(Method::PUT, &format!("{}/split", block.path()), Some(&body)).await?;
        session.show(&answer, |leaves, width| {
            let leaves = block::rows(leaves);
            block::outcomes(&format!("Split {block} into {}.", text::count(leaves.len(), "block")), leaves, width)
        })
    }
}
