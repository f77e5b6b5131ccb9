//! Submissions: requests that wait until others agree, and what became of them.

pub(crate) mod api;
mod archive;
mod decide;
mod execute;
mod letter;
mod model;
mod read;
mod row;
mod submit;

pub(crate) use archive::Archive;
pub(crate) use execute::Execute;
pub use model::{State, Submission};
pub(crate) use row::{SubmissionRow, VoiceRow};
pub(crate) use submit::{Kept, Submit, by_key, one};
