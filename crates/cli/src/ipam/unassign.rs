//! Taking a block back.

use clap::Args;
use reqwest::Method;
use serde::Serialize;

use super::block::{self, Which};
use crate::{Failure, Session, fields, text};

/// Takes a block back from its holder. It rests in holding before it can be assigned again.
#[derive(Debug, Args, Serialize)]
pub struct Unassign {
    #[command(flatten)]
    #[serde(skip)]
    which: Which,
    /// Make it available at once, without a rest in holding
    #[arg(long, alias = "skipHolding")]
    skip_holding: bool,
}

impl Unassign {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let body = fields::body(&self)?;
        let path = format!("{}/unassign", self.which.block()?.path());
        let answer = session.api.write(Method::PUT, &path, Some(&body)).await?;
        session.show(&answer, |block, width| block::outcome(&sentence("Unassigned", block), block, width))
    }
}

/// `Unassigned 192.0.2.0/24: it is in holding now.`
pub(crate) fn sentence(done: &str, block: &serde_json::Value) -> String {
    let now = match block["state"].as_str() {
        Some("holding") => ": it is in holding now".to_owned(),
        Some("available") => ": it is available now".to_owned(),
        Some("pool") => format!(": it is back with {}", block::holder(block)),
        _ => String::new(),
    };
    format!("{done} {}{now}.", text::of(&block["cidr"]))
}
