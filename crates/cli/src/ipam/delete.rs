//! Deleting an aggregate.

use clap::Args;
use reqwest::Method;

use super::block::Which;
use crate::{Failure, Session};

/// Deletes an aggregate.
#[derive(Debug, Args)]
pub struct Delete {
    #[command(flatten)]
    which: Which,
    /// Delete it although it is split or parts of it are assigned
    #[arg(long)]
    force: bool,
}

impl Delete {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let block = self.which.block()?;
        let path = format!("{}{}", block.path(), if self.force { "?force=true" } else { "" });
        let answer = session.api.write(Method::DELETE, &path, None).await?;
        session.show(&answer, |_, _| format!("Deleted {block}."))
    }
}
