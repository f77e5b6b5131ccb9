//! Rules that keep positions of blocks back.

use clap::{Args, Subcommand};
use kernel::RuleId;
use reqwest::Method;
use serde::Serialize;
use serde_json::Value;

use super::block;
use crate::{
    Failure, Session, fields,
    table::{self, Column},
    text,
};

/// What can be done with rules.
#[derive(Debug, Subcommand)]
pub enum Rule {
    /// List the rules
    List,
    /// Add a rule
    Add(AddRule),
    /// Change a rule; the blocks that carry it follow
    Update(UpdateRule),
    /// Delete a rule that no block carries
    Delete {
        /// Its id
        id: RuleId,
    },
    /// List the blocks that carry a rule
    Users {
        /// Its id
        id: RuleId,
    },
}

/// A new rule.
#[derive(Debug, Args, Serialize)]
pub struct AddRule {
    /// Its name
    name: String,
    /// The positions that it keeps back: 1 is the first address of a block, 0 the last, -1 the one before: 1,2,0
    #[arg(long, value_delimiter = ',', required = true, allow_negative_numbers = true)]
    positions: Vec<i64>,
}

/// What is to be changed.
#[derive(Debug, Args, Serialize)]
pub struct UpdateRule {
    /// Its id
    #[serde(skip)]
    id: RuleId,
    /// Its name
    #[arg(long)]
    name: Option<String>,
    /// Its positions: 1,2,0
    #[arg(long, value_delimiter = ',', allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    positions: Vec<i64>,
}

const COLUMNS: [Column; 3] = [
    ("ID", |rule| text::of(&rule["id"])),
    ("NAME", |rule| text::of(&rule["name"])),
    ("POSITIONS", |rule| text::of(&rule["positions"])),
];

impl Rule {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        match self {
            Self::List => {
                let answer = session.api.get("/ipam/rules", &[]).await?;
                session.show(&answer, |rules, width| table::list(&COLUMNS, block::rows(rules), width))
            }
            Self::Add(new) => {
                let body = fields::body(&new)?;
                let answer = session.api.write(Method::POST, "/ipam/rules", Some(&body)).await?;
                session.show(&answer, |rule, _| format!("Added {}.", named(rule)))
            }
            Self::Update(patch) => {
                let body = fields::body(&patch)?;
                let answer =
                    session.api.write(Method::PATCH, &format!("/ipam/rules/{}", patch.id), Some(&body)).await?;
                session.show(&answer, |rule, _| format!("Changed {}.", named(rule)))
            }
            Self::Delete { id } => {
                let answer = session.api.write(Method::DELETE, &format!("/ipam/rules/{id}"), None).await?;
                session.show(&answer, |_, _| format!("Deleted rule {id}."))
            }
            Self::Users { id } => {
                let answer = session.api.get(&format!("/ipam/rules/{id}/users"), &[]).await?;
                session.show(&answer, |blocks, width| block::table(block::rows(blocks), width))
            }
        }
    }
}

fn named(rule: &Value) -> String {
    format!("{} (id {})", text::of(&rule["name"]), text::of(&rule["id"]))
}
