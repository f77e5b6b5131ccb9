//! What waits until others agree.

use clap::{Args, Subcommand};
use reqwest::Method;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    Failure, Session, fields,
    table::{self, Column},
    text,
};

/// What can be done with requests that wait for approval.
#[derive(Debug, Subcommand)]
pub enum Approval {
    /// List what waits: your own, and that on which your groups decide
    List(Which),
    /// List what has been decided
    History(History),
    /// Show one, with what it would change
    Get {
        /// Its id
        id: u64,
    },
    /// Approve
    Approve(Decision),
    /// Reject
    Reject(Decision),
}

/// Which of those that wait.
#[derive(Debug, Args, Serialize)]
pub struct Which {
    /// Text in the name, the action or the submitter's name
    #[arg(long, value_name = "TEXT")]
    #[serde(rename = "q")]
    search: Option<String>,
    /// The order: name, family, action, updated or submitter; with - before it, the other way round
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    sort: Option<String>,
}

/// Which of those that were decided.
#[derive(Debug, Args, Serialize)]
pub struct History {
    /// executed, failed, approved, rejected or pending_by_others
    #[arg(long)]
    state: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    which: Which,
}

/// What is decided on.
#[derive(Debug, Args)]
pub struct Decision {
    /// Their ids
    #[arg(required = true)]
    ids: Vec<u64>,
    /// Why, for the submitter
    #[arg(long)]
    comment: Option<String>,
}

const COLUMNS: [Column; 5] = [
    ("ID", |row| text::of(&row["id"])),
    ("STATE", |row| text::of(&row["state"])),
    ("SUBMITTER", |row| text::of(&row["submitter"])),
    ("ACTION", |row| text::of(&row["sentence"])),
    ("REQUEST", |row| text::of(&row["name"])),
];

impl Approval {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        match self {
            Self::List(which) => list(session, "/approvals/pending", &which, "Nothing waits for approval.").await,
            Self::History(which) => list(session, "/approvals/history", &which, "Nothing was decided.").await,
            Self::Get { id } => {
                let answer = session.api.get(&format!("/approvals/pending/{id}"), &[]).await?;
                session.tell(&answer, table::facts)
            }
            Self::Approve(decision) => decision.make(session, "approve").await,
            Self::Reject(decision) => decision.make(session, "reject").await,
        }
    }
}

async fn list(session: &mut Session<'_>, path: &str, which: &impl Serialize, none: &str) -> Result<(), Failure> {
    let answer = session.api.get(path, &fields::query(which)?).await?;
    session.show(&answer, |found, width| match found.as_array() {
        Some(rows) if !rows.is_empty() => table::list(&COLUMNS, rows, width),
        _ => none.to_owned(),
    })
}

impl Decision {
    async fn make(self, session: &mut Session<'_>, decision: &str) -> Result<(), Failure> {
        let mut body = json!({ "ids": self.ids, "decision": decision });
        if let Some(comment) = self.comment {
            body["comment"] = comment.into();
        }
        let answer = session.api.write(Method::POST, "/approvals/decisions", Some(&body)).await?;
        session.show(&answer, |decided, _| {
            let lines: Vec<String> = decided.as_array().into_iter().flatten().map(outcome).collect();
            lines.join("\n")
        })
    }
}

fn outcome(decided: &Value) -> String {
    let id = text::of(&decided["id"]);
    match decided["error"].as_str() {
        Some(why) => format!("{id}: nothing was decided. {}", text::visible(why)),
        None => format!("{id}: {}", text::of(&decided["state"])),
    }
}
