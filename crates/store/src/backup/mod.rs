//! Backups: everything in one file, the same for both engines, made while the server runs.
//!
//! A backup is logical: gzip around lines of JSON. The first line says what it is and which steps of the schema the
//! database had; each table follows with a line of its own and one line a row; the last line has the number of rows
//! and the SHA-256 of all lines before it. It holds everything, secrets too, and is to be kept accordingly.

pub(crate) mod catalog;
mod line;
mod load;
mod reader;
mod restore;
mod write;

use std::collections::BTreeMap;

use kernel::Timestamp;

pub use restore::restore;
pub use write::backup;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupSummary {
    /// The instant at which the database was like this.
    pub at: Timestamp,
    /// How many rows each table has.
    pub rows: BTreeMap<String, u64>,
}
