//! `platbook openapi` and `platbook actions`: what the doors offer.

use access::MasterKey;
use resources::Storage;
use store::{Db, Location};
use tempfile::TempDir;

use crate::{
    modules::{self, Modules},
    server,
    speech::say,
};

/// Prints the document of API v2.
pub(crate) async fn openapi() -> anyhow::Result<()> {
    let (_directory, modules) = on_an_empty_database().await?;
    say(server::document(&modules)?);
    Ok(())
}

/// Prints the actions of API v1, one in a line: the target, a space and the action.
pub(crate) async fn actions() -> anyhow::Result<()> {
    let (_directory, modules) = on_an_empty_database().await?;
    for (target, action) in modules.v1().names() {
        say(format_args!("{target} {action}"));
    }
    Ok(())
}

/// The doors want a database beneath them.
async fn on_an_empty_database() -> anyhow::Result<(TempDir, Modules)> {
    let directory = tempfile::tempdir()?;
    let db = Db::open(&Location::Directory(directory.path().to_owned()), modules::setup()).await?;
    let master_key = MasterKey::find(&db, None, Some(directory.path())).await?;
    Ok((directory, Modules::open(db, master_key, Storage::none(), None).await?))
}
