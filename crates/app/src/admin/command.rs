//! The commands, and what they print.

use std::io::BufRead as _;

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::Value;

use super::{Request, ask};
use crate::{
    arguments::Data,
    log::{self, Form},
    speech::say,
};

/// What is done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make the key with which a user signs requests of API v1; it replaces the one that they have
    ApiKey {
        /// The user's name
        #[arg(long, value_name = "NAME")]
        user: String,
        /// Keep this key, which the user has elsewhere; its secret is read from standard input
        #[arg(long, value_name = "KEY")]
        take_over: Option<String>,
    },
    /// Give a user a new password
    Password {
        /// The user's name
        #[arg(long, value_name = "NAME")]
        user: String,
    },
    /// Take the second factor of a user away, who has lost it
    SecondFactor {
        /// The user's name
        #[arg(long, value_name = "NAME")]
        user: String,
    },
    /// Look at users
    User {
        /// What to do.
        #[command(subcommand)]
        command: User,
    },
}

/// What is done with users.
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// List them
    List,
}

/// Runs a command.
pub(crate) async fn run(data: &Data, command: Command, json: bool) -> anyhow::Result<()> {
    log::start(Form::Text, "warn")?;
    let (request, words): (_, fn(&Value) -> String) = match command {
        Command::ApiKey { user, take_over } => {
            let given = take_over.map(|key| Ok::<_, anyhow::Error>((key, secret()?))).transpose()?;
            let words = if given.is_some() { taken_over } else { api_key };
            (Request::ApiKey { user, given }, words)
        }
        Command::Password { user } => (Request::Password { user }, password),
        Command::SecondFactor { user } => (Request::SecondFactor { user }, second_factor),
        Command::User { command: User::List } => (Request::Users, users),
    };
    let answer = ask(data, &request).await?;
    say(if json { answer.to_string() } else { words(&answer) });
    Ok(())
}

fn secret() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("the secret can't be read from standard input")?;
    Ok(line.trim().to_owned())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn api_key(made: &Value) -> String {
    format!("API key: {}\nSecret:  {}\nThe secret is shown this once.", text(&made["apiKey"]), text(&made["secret"]))
}

fn taken_over(key: &Value) -> String {
    format!("Requests that are signed with {} are taken from now on.", text(&key["apiKey"]))
}

fn password(made: &Value) -> String {
    format!(
        "The new password of \"{}\" is: {}\nIt is shown this once.",
        text(&made["username"]),
        text(&made["password"])
    )
}

fn second_factor(answer: &Value) -> String {
    format!("{} signs in with the password alone now, unless a second factor is required.", text(&answer["username"]))
}

fn users(list: &Value) -> String {
    let line = |user: &Value| {
        let groups: Vec<&str> =
            user["groups"].as_array().into_iter().flatten().map(|group| text(&group["name"])).collect();
        let disabled = if user["enabled"] == Value::Bool(false) { " (disabled)" } else { "" };
        format!("{}{disabled}: {}", text(&user["username"]), groups.join(", "))
    };
    list.as_array().into_iter().flatten().map(line).collect::<Vec<_>>().join("\n")
}
