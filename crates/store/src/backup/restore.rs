//! Bringing a backup back.

use std::{
    io::Read,
    sync::{Mutex, PoisonError},
};

use kernel::{Actor, Error, Result};

use super::{BackupSummary, catalog, load, reader::Reader};
use crate::{Db, Location, Migration, Setup, Tx, Work, db::Access, schema, sqlite};

/// Makes a database like the one that was backed up, in an empty place, and brings its schema up to date. When
/// anything is wrong with the backup, the place stays empty.
pub async fn restore(location: &Location, setup: Setup, from: impl Read + Send + 'static) -> Result<BackupSummary> {
    let is_there = matches!(location, Location::Directory(path) if path.join(sqlite::FILE).exists());
    let db = Db::connect(location, setup, Access::Write).await?;
    let work = Restore { from: Mutex::new(Some(Reader::new(from))), migrations: db.migrations().to_vec() };
    let restored = db.write(&Actor::system("restore"), work).await;
    drop(db);
    if let (Err(_), Location::Directory(path), false) = (&restored, location, is_there)
        && let Err(error) = sqlite::remove(path)
    {
        tracing::warn!(%error, directory = %path.display(), "what a failed restore has left can't be removed");
    }
    restored
}

/// All in one transaction, so that a restore is complete or has never been.
struct Restore<R: Read> {
    /// Can be read once.
    from: Mutex<Option<Reader<R>>>,
    migrations: Vec<Migration>,
}

impl<R: Read + Send + 'static> Work for Restore<R> {
    type Out = BackupSummary;
    const NAME: &'static str = "store.restore";

    async fn run(&self, tx: &mut Tx) -> Result<BackupSummary> {
        let again = || Error::conflict("somebody used the database meanwhile; restore into one that nobody uses");
        let mut from = self.from.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or_else(again)?;
        tx.lock("migrate").await?;
        if let Some(table) = catalog::tables(tx).await?.first() {
            let message = format!("the database is not empty (it has the table {table}); restore into an empty one");
            return Err(Error::conflict(message));
        }
        let header = from.header()?;
        let migrations = schema::known(&header.migrations, &self.migrations)?;
        schema::migrate(tx, &migrations).await?;
        let names = schema::tables_of(&migrations);
        catalog::defer_references(tx).await?;
        for name in &names {
            // The schema's steps may have put rows there. Those that are still wanted come with the backup.
            tx.run(&format!("DELETE FROM {name}"), &[]).await?;
        }
        let footer = load::tables(tx, &names, &mut from).await?;
        from.end()?;
        catalog::check_references(tx).await?;
        schema::migrate(tx, &self.migrations).await?;
        Ok(BackupSummary { at: header.at, rows: footer.rows })
    }
}
