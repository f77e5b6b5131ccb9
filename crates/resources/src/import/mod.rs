//! Entries of a section from a file of comma-separated values.
//!
//! The file is taken in, kept in pieces in the database, and read by a job, on whichever node. All of it is read and
//! checked first; everything that is wrong is reported with its line and column; only when all is right is anything
//! written, in one transaction.

pub(crate) mod api;
mod apply;
mod columns;
mod file;
mod job;
mod plan;
mod slugs;

use std::fmt;

use kernel::ResourceId;
use serde::{Deserialize, Serialize};
use store::job::Pieces;

pub(crate) use job::Import;

/// Where files are kept until they have been read.
const PIECES: Pieces = Pieces("resource_import_piece");

/// What is done with a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Request {
    upload: String,
    /// The section of the entries.
    section: ResourceId,
    /// The resource above those that name none.
    parent: Option<ResourceId>,
    /// The category of those that name none.
    category: Option<ResourceId>,
    /// For titles of the file: what their columns hold; nothing for those that are left out.
    map: Vec<(String, String)>,
    dry_run: bool,
}

/// Something in a file that can't be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Fault {
    /// The line, from 1.
    line: u64,
    /// The title of the column; none when it is about the whole line.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<String>,
    reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some(column) => write!(f, "line {}, {column}: {}", self.line, self.reason),
            None => write!(f, "line {}: {}", self.line, self.reason),
        }
    }
}

/// The beginning of a text, for an error.
fn short(text: &str) -> String {
    const LONGEST: usize = 60;
    let start: String = text.chars().take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() { format!("{start}...") } else { start }
}
