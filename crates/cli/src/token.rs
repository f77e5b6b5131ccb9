//! Tokens, by which programs sign in.

use clap::Subcommand;
use kernel::TokenId;
use reqwest::Method;
use serde_json::json;

use crate::{
    Failure, Session,
    table::{self, Column},
    text,
};

/// What can be done with tokens.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make a token of your own; it is shown this one time
    Create {
        /// What it is for
        name: String,
    },
    /// List your tokens
    List,
    /// Take a token back: whoever has it is signed out
    Delete {
        /// Its id
        id: TokenId,
    },
}

const COLUMNS: [Column; 4] = [
    ("ID", |token| text::of(&token["id"])),
    ("NAME", |token| text::of(&token["name"])),
    ("CREATED", |token| text::of(&token["created"])),
    ("LAST USED", |token| text::of(&token["last_used"])),
];

impl Token {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        match self {
            Self::Create { name } => {
                let answer = session.api.write(Method::POST, "/tokens", Some(&json!({ "name": name }))).await?;
                if !session.json {
                    // Not on the output, so that TOKEN=$(platbook token create ...) takes the token alone.
                    let made = session.api.read(&answer)?;
                    let (name, id) = (text::of(&made["name"]), text::of(&made["id"]));
                    session.console.remark(&format!("Created token {name} ({id}). It is not shown again:"))?;
                }
                session.show(&answer, |made, _| text::of(&made["token"]))
            }
            Self::List => {
                let answer = session.api.get("/tokens", &[]).await?;
                session.show(&answer, |tokens, width| match tokens.as_array() {
                    Some(rows) if !rows.is_empty() => table::list(&COLUMNS, rows, width),
                    _ => "There are no tokens.".to_owned(),
                })
            }
            Self::Delete { id } => {
                let answer = session.api.write(Method::DELETE, &format!("/tokens/{id}"), None).await?;
                session.show(&answer, |_, _| format!("Deleted token {id}."))
            }
        }
    }
}
