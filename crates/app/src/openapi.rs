//! `platbook openapi`.

use access::MasterKey;
use resources::Storage;
use store::{Db, Location};

use crate::{
    modules::{self, Modules},
    server,
    speech::say,
};

/// Prints the document. The routes want a database beneath them, so they get an empty one.
pub(crate) async fn print() -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let db = Db::open(&Location::Directory(directory.path().to_owned()), modules::setup()).await?;
    let master_key = MasterKey::find(&db, None, Some(directory.path())).await?;
    say(server::document(&Modules::open(db, master_key, Storage::none(), None).await?)?);
    Ok(())
}
