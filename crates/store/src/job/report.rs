//! What a job says of the faults that it found in what it was given.

use std::fmt::Display;

use kernel::{Error, Result};
use serde::Serialize;
use serde_json::{Value, json};

use super::JobContext;

/// Faults that a result lists; more of them are in the job's log.
const MOST_LISTED: usize = 1_000;
/// Faults that are written to the log.
const MOST_LOGGED: usize = 10_000;

impl JobContext {
    /// The result of the job: its summary, and the faults under `error_count` and `errors`. They go into the log too.
    pub async fn report<F: Display + Serialize + Sync>(&self, summary: &impl Serialize, faults: &[F]) -> Result<Value> {
        let mut result = serde_json::to_value(summary).map_err(Error::internal)?;
        self.say_all("error", faults.iter().take(MOST_LOGGED).map(F::to_string).collect()).await?;
        if let Some(members) = result.as_object_mut() {
            members.insert("error_count".to_owned(), json!(faults.len()));
            members.insert("errors".to_owned(), json!(&faults[..faults.len().min(MOST_LISTED)]));
        }
        Ok(result)
    }
}
