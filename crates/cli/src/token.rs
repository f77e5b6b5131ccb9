//! Tokens, by which programs sign in.

use clap::{Args, Subcommand};
use kernel::TokenId;
use reqwest::Method;
use serde::Serialize;

use crate::{
    Failure, Session, fields,
    table::{self, Column},
    text,
};

/// What can be done with tokens.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make a token of your own; it is shown this one time
    Create(CreateToken),
    /// List your tokens
    List,
    /// Take a token back: whoever has it is signed out
    Delete {
        /// Its id
        id: TokenId,
    },
}

/// A new token.
#[derive(Debug, Args, Serialize)]
pub struct CreateToken {
    /// What it is for
    name: String,
    /// After how many days it ends
    #[arg(long, value_name = "NUMBER")]
    #[serde(rename = "expires_in_days")]
    days: Option<u32>,
    /// What it may do, as far as you may: read, or the names of rights [default: all that you may]
    #[arg(long = "scope", value_name = "PERMISSION,...", value_delimiter = ',')]
    scopes: Option<Vec<String>>,
    /// From which networks it may be used
    #[arg(long = "from", value_name = "CIDR,...", value_delimiter = ',')]
    allowed_networks: Option<Vec<String>>,
    /// By pages of which origins it may be used
    #[arg(long = "origin", value_name = "ORIGIN,...", value_delimiter = ',')]
    allowed_origins: Option<Vec<String>>,
}

const COLUMNS: [Column; 6] = [
    ("ID", |token| text::of(&token["id"])),
    ("NAME", |token| text::of(&token["name"])),
    ("MAY", |token| if token["scopes"].is_null() { "all".to_owned() } else { text::of(&token["scopes"]) }),
    ("CREATED", |token| text::of(&token["created_at"])),
    ("EXPIRES", |token| text::of(&token["expires_at"])),
    ("LAST USED", |token| text::of(&token["last_used_at"])),
];

impl Token {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        match self {
            Self::Create(new) => {
                let answer = session.api.write(Method::POST, "/tokens", Some(&fields::body(&new)?)).await?;
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
