//! Loading many blocks: from CSV, or from the statistics files that the registries publish.
//!
//! A file is taken in, kept in pieces in the database, and read by a job, on whichever node. All of it is read and
//! planned first; every line that is wrong is reported with its number and the reason; only when all are right is
//! anything written, in one transaction.

pub(crate) mod api;
mod apply;
mod csv_file;
mod delegated;
mod job;
mod lines;
mod plan;

use kernel::{Prefix, ResourceId};
use serde::{Deserialize, Serialize};

use store::job::Pieces;

use crate::profile::Profile;

/// Where files are kept until they have been read.
const PIECES: Pieces = Pieces("import_piece");

pub(crate) use job::Import;

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// Comma-separated values with a header line.
    Csv,
    /// A registry's "delegated" or "delegated-extended" statistics.
    Delegated,
}

/// A block that a line asks for.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// The line, from 1.
    pub(crate) line: u64,
    pub(crate) prefix: Prefix,
    pub(crate) profile: Profile,
    pub(crate) holder: Option<ResourceId>,
    pub(crate) sub_assignable: bool,
    pub(crate) notes: Option<String>,
}

/// A line that can't be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct BadLine {
    pub(crate) line: u64,
    pub(crate) reason: String,
}

impl std::fmt::Display for BadLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

/// What a line turned out to be.
#[derive(Debug)]
pub(crate) enum Read {
    /// One block, or several where a range is no power of two.
    Blocks(Vec<Wanted>),
    /// Nothing to import: a comment, a header, a sum, an AS number.
    Skipped,
    /// Something that can't be taken.
    Bad(String),
}
