//! Assigning a certain block.

use clap::Args;
use reqwest::Method;
use serde::Serialize;

use super::{
    block::{self, Which},
    wanted::{Holder, Wanted},
};
use crate::{Failure, Session, fields, text};

/// Assigns this block, when it is as wanted.
#[derive(Debug, Args, Serialize)]
pub struct DirectAssign {
    #[command(flatten)]
    #[serde(skip)]
    which: Which,
    #[command(flatten)]
    #[serde(flatten)]
    holder: Holder,
    /// Only when it is of this registry
    #[arg(long)]
    rir: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    wanted: Wanted,
}

impl DirectAssign {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let body = fields::body(&self)?;
        let path = format!("{}/direct_assign", self.which.block()?.path());
        let answer = session.api.write(Method::PUT, &path, Some(&body)).await?;
        session.show(&answer, |assigned, width| {
            let blocks = block::rows(assigned);
            let holder = blocks.first().map(block::holder).unwrap_or_default();
            let what = match blocks {
                [one] => text::of(&one["cidr"]),
                many => text::count(many.len(), "block"),
            };
            block::outcomes(&format!("Assigned {what} to {holder}."), blocks, width)
        })
    }
}
