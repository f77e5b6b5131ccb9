//! The embedded engine: one file, one writer thread, readers on snapshots of their own.

mod connection;
mod reader;
mod writer;

use std::{
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use kernel::{Error, Result};

pub(crate) use connection::{merged, query, run, run_many};
pub(crate) use reader::{Readers, Snapshot};
pub(crate) use writer::Writer;

use crate::shared::Shared;

/// The file inside the data directory.
pub(crate) const FILE: &str = "platbook.db";

const LOCK: &str = "platbook.lock";

/// An open embedded database.
pub(crate) struct Sqlite {
    pub(crate) path: PathBuf,
    pub(crate) readers: Arc<Readers>,
    // Closed after the readers: the last connection to close takes the write-ahead log back into the file, which only
    // a writer can do.
    pub(crate) writer: Writer,
    /// Held while the database is open, so that a second process can't write beside this one.
    _lock: Option<File>,
}

impl Sqlite {
    /// Opens or creates the database in this directory.
    pub(crate) fn open(directory: &Path, shared: Arc<Shared>) -> Result<Self> {
        std::fs::create_dir_all(directory)
            .map_err(|e| Error::internal(format!("the data directory {} can't be made: {e}", directory.display())))?;
        refuse_old_library()?;
        let lock = lock(directory)?;
        let path = directory.join(FILE);
        private(&path)?;
        let writer = Writer::start(connection::open_writer(&path)?, shared)?;
        let readers = Arc::new(Readers::new(path.clone()));
        Ok(Self { path, writer, readers, _lock: Some(lock) })
    }

    /// Opens the database that is in this directory for reading, beside the process that has the lock.
    pub(crate) fn open_reader(directory: &Path) -> Result<Self> {
        refuse_old_library()?;
        let path = directory.join(FILE);
        if !path.is_file() {
            return Err(Error::not_found(format!("there is no database in {}", directory.display())));
        }
        let readers = Arc::new(Readers::new(path.clone()));
        Ok(Self { path, writer: Writer::none(), readers, _lock: None })
    }
}

/// Makes the file, if it is missing, for its owner alone: it holds password hashes. SQLite gives its other files the same
/// mode.
fn private(path: &Path) -> Result<()> {
    let made = owners_file().open(path).map(drop);
    made.map_err(|e| Error::internal(format!("the database {} can't be opened: {e}", path.display())))
}

fn owners_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Removes a database that was made in vain, and its directory when nothing else is in it.
pub(crate) fn remove(directory: &Path) -> std::io::Result<()> {
    let Some(_lock) = lock_of_nobody(directory) else { return Ok(()) };
    for name in [FILE, "platbook.db-wal", "platbook.db-shm", LOCK] {
        match std::fs::remove_file(directory.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    if directory.read_dir()?.next().is_none() { std::fs::remove_dir(directory) } else { Ok(()) }
}

/// The lock, unless somebody uses the database. A process that another thread is just starting has a copy of our own lock
/// until it runs its program, so one that was let go a moment ago may still look taken.
fn lock_of_nobody(directory: &Path) -> Option<File> {
    let begun = Instant::now();
    loop {
        match lock(directory) {
            Ok(lock) => return Some(lock),
            Err(_) if begun.elapsed() < Duration::from_secs(1) => std::thread::sleep(Duration::from_millis(5)),
            Err(_) => return None,
        }
    }
}

/// SQLite 3.7.0 to 3.51.2 can lose writes when two connections reset the write-ahead log at once.
fn refuse_old_library() -> Result<()> {
    const SOUND: i32 = 3_051_003;
    if rusqlite::version_number() < SOUND {
        let version = rusqlite::version();
        return Err(Error::internal(format!("SQLite {version} is too old: 3.51.3 or newer is needed")));
    }
    Ok(())
}

fn lock(directory: &Path) -> Result<File> {
    let path = directory.join(LOCK);
    let failed = |e: &dyn std::fmt::Display| Error::internal(format!("{} can't be locked: {e}", path.display()));
    let file = owners_file().open(&path).map_err(|e| failed(&e))?;
    file.try_lock().map_err(|e| match e {
        std::fs::TryLockError::WouldBlock => {
            Error::Busy(format!("another Platbook process is using {}; stop it first", directory.display()))
        }
        std::fs::TryLockError::Error(e) => failed(&e),
    })?;
    Ok(file)
}
