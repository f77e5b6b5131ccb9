//! Keeping. One database, SQLite or PostgreSQL, behind one [`Db`]; every write is a [`Work`] in one transaction whose
//! changes of records are written to the change log; jobs and events are rows of the same transaction.
//!
//! It knows no domain: slices bring their migrations and records.

pub mod audit;
mod backup;
mod batch;
mod cached;
mod change;
mod check;
mod counter;
mod db;
mod hex;
mod history;
pub mod job;
mod merge;
mod notice;
mod once;
mod past;
mod pending;
mod postgres;
mod query;
mod read_log;
mod record;
mod rewind;
mod schema;
mod shared;
mod sqlite;
mod task;
mod terms;
mod text_index;
mod tx;
mod undo;
mod value;

pub use backup::{BackupSummary, backup, restore};
pub use batch::{Batch, Batcher};
pub use cached::Cached;
pub use check::{check, ping};
pub use counter::Counter;
pub use db::{Db, Location, Setup};
pub use history::Change;
pub use merge::Merge;
pub use notice::{Level, Notice};
pub use once::RequestKey;
pub use past::{Difference, Past};
pub use query::Query;
pub use read_log::{ChangeFilter, Changes};
pub use record::{ColumnInfo, Record, Table};
#[doc(hidden)]
pub use record::{is_one_of, next_column, part_of};
pub use schema::{Migration, tables};
pub use shared::Signal;
pub use task::Work;
pub use terms::differences;
pub use text_index::TextIndex;
pub use tx::Tx;
pub use undo::{Reversal, Undo, Undoing};
pub use value::{Bytes, Column, Kind, Row, ToValue, Value};
