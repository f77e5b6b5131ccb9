//! Jobs: long work that the server does.

use clap::Subcommand;
use kernel::JobId;
use reqwest::Method;
use serde_json::Value;

use crate::{Failure, Session, table, text};

/// What can be done with jobs.
#[derive(Debug, Subcommand)]
pub enum Jobs {
    /// Show how far a job is
    Show {
        /// Its id
        id: JobId,
        /// Show what it has logged
        #[arg(long)]
        log: bool,
    },
    /// Stop a job
    Cancel {
        /// Its id
        id: JobId,
    },
}

impl Jobs {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        match self {
            Self::Show { id, log: false } => {
                let answer = session.api.get(&format!("/jobs/{id}"), &[]).await?;
                session.show(&answer, table::facts)
            }
            Self::Show { id, log: true } => log(session, id).await,
            Self::Cancel { id } => {
                let answer = session.api.write(Method::POST, &format!("/jobs/{id}/cancel"), None).await?;
                session.show(&answer, |_, _| format!("Job {id} was told to stop."))
            }
        }
    }
}

/// Reads the log part after part, until nothing more comes.
async fn log(session: &mut Session<'_>, id: JobId) -> Result<(), Failure> {
    let mut after = Value::from(0);
    loop {
        let query = [("after".to_owned(), text::of(&after))];
        let answer = session.api.get(&format!("/jobs/{id}/lines"), &query).await?;
        let lines = session.api.read(&answer)?;
        let last = lines.as_array().and_then(|lines| lines.last()).map(|line| line["n"].clone());
        let Some(last) = last.filter(|last| *last != after) else { return Ok(()) };
        after = last;
        session.show(&answer, |lines, _| lines.as_array().into_iter().flatten().map(line).collect())?;
    }
}

fn line(line: &Value) -> String {
    format!("{} {} {}\n", text::of(&line["at"]), text::of(&line["level"]), text::of(&line["text"]))
}
