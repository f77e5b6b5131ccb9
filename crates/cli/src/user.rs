//! Users, and what they may do.

use clap::{Args, Subcommand};
use kernel::ResourceId;
use reqwest::Method;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    Failure, Session, fields,
    table::{self, Column},
    text,
};

/// What can be done with users.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Find users
    List(ListUsers),
    /// Show a user
    Get {
        /// The user's name
        name: String,
    },
    /// Add a user, who is in no group yet; you are asked for the password
    Add {
        /// The name to sign in with
        name: String,
        /// Where the user gets mail
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
    },
    /// Let a user sign in again
    Enable {
        /// The user's name
        name: String,
    },
    /// Keep a user out: passwords, tokens and keys are refused from now on, on every node
    Disable {
        /// The user's name
        name: String,
    },
    /// Delete a user, with their tokens and API key
    Delete {
        /// The user's name
        name: String,
    },
    /// Say what a user may do with a resource, and why
    Why {
        /// The user's name
        name: String,
        /// The resource
        #[arg(long, value_name = "ID", default_value_t = ResourceId::TOP)]
        resource: ResourceId,
    },
    /// Make the key by which a user signs requests of API v1, in place of the one that is there; shown this one time
    ApiKey {
        /// The user's name
        name: String,
        /// Take the key away instead
        #[arg(long)]
        delete: bool,
    },
    /// Ask for a mail by which you set a new password
    ForgotPassword {
        /// Your name
        name: String,
    },
    /// Set a new password with the token from that mail; you are asked for both
    NewPassword,
}

/// Which users, and which part of the list.
#[derive(Debug, Args, Serialize)]
pub struct ListUsers {
    /// Text in the name
    #[arg(long, value_name = "TEXT")]
    #[serde(rename = "q")]
    search: Option<String>,
    /// How many to show at the most
    #[arg(long, value_name = "NUMBER")]
    limit: Option<u32>,
    /// How many to leave out at the start
    #[arg(long, value_name = "NUMBER")]
    offset: Option<u32>,
}

const COLUMNS: [Column; 5] = [
    ("ID", |user| text::of(&user["id"])),
    ("NAME", |user| text::of(&user["username"])),
    ("EMAIL", |user| text::of(&user["email"])),
    ("ENABLED", |user| text::of(&user["enabled"])),
    ("GROUPS", |user| names(&user["groups"])),
];

const REASONS: [Column; 3] = [
    ("RIGHT", |reason| text::of(&reason["permission"])),
    ("ALLOWED", |reason| text::of(&reason["allowed"])),
    ("WHY", why),
];

impl User {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        match self {
            Self::List(filter) => {
                let answer = session.api.get("/users", &fields::query(&filter)?).await?;
                session.show(&answer, |found, width| match found.as_array() {
                    Some(rows) if !rows.is_empty() => table::list(&COLUMNS, rows, width),
                    _ => "No users fit.".to_owned(),
                })
            }
            Self::Get { name } => {
                let answer = session.api.get(&path(session, &name, "").await?, &[]).await?;
                session.show(&answer, table::facts)
            }
            Self::Add { name, email } => {
                let password = session.console.secret(&format!("Password of {name}: "))?;
                let body = json!({ "username": name, "password": password.reveal(), "email": email });
                let answer = session.api.write(Method::POST, "/users", Some(&body)).await?;
                session.show(&answer, |made, _| {
                    format!("Added user {} ({}).", text::of(&made["username"]), text::of(&made["id"]))
                })
            }
            Self::Enable { name } => enable(session, &name, true).await,
            Self::Disable { name } => enable(session, &name, false).await,
            Self::Delete { name } => {
                let path = path(session, &name, "").await?;
                let answer = session.api.write(Method::DELETE, &path, None).await?;
                session.show(&answer, |_, _| format!("Deleted user {}.", text::visible(&name)))
            }
            Self::Why { name, resource } => {
                let path = path(session, &name, "/permissions").await?;
                let query = [("resource_id".to_owned(), resource.to_string())];
                let answer = session.api.get(&path, &query).await?;
                session.show(&answer, reasons)
            }
            Self::ApiKey { name, delete: true } => {
                let path = path(session, &name, "/api_key").await?;
                let answer = session.api.write(Method::DELETE, &path, None).await?;
                session.show(&answer, |_, _| format!("Deleted the API key of {}.", text::visible(&name)))
            }
            Self::ApiKey { name, delete: false } => {
                let path = path(session, &name, "/api_key").await?;
                let answer = session.api.write(Method::POST, &path, None).await?;
                session.show(&answer, |made, _| {
                    let (key, secret) = (text::of(&made["api_key"]), text::of(&made["secret"]));
                    format!("apiKey: {key}\nsecret: {secret}\nThe secret is not shown again.")
                })
            }
            Self::ForgotPassword { name } => {
                let body = json!({ "username": name });
                let answer = session.api.write(Method::POST, "/password_resets", Some(&body)).await?;
                session.show(&answer, |said, _| text::of(&said["message"]))
            }
            Self::NewPassword => {
                let token = session.console.secret("Token from the mail: ")?;
                let password = session.console.secret("New password: ")?;
                let body = json!({ "token": token.reveal().trim(), "new_password": password.reveal() });
                let answer = session.api.write(Method::PUT, "/password_resets", Some(&body)).await?;
                session.show(&answer, |_, _| "The new password counts from now on.".to_owned())
            }
        }
    }
}

/// The path of what belongs to the user with this name.
async fn path(session: &Session<'_>, name: &str, rest: &str) -> Result<String, Failure> {
    let query = [("q", name), ("limit", "1000")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let found = session.api.read(&session.api.get("/users", &query).await?)?;
    let same =
        |user: &&Value| user["username"].as_str().is_some_and(|known| known.to_lowercase() == name.to_lowercase());
    let user = found.as_array().and_then(|users| users.iter().find(same));
    let user = user.ok_or_else(|| Failure::Refused(format!("There is no user \"{}\".", text::visible(name))))?;
    Ok(format!("/users/{}{rest}", text::of(&user["id"])))
}

async fn enable(session: &mut Session<'_>, name: &str, enabled: bool) -> Result<(), Failure> {
    let path = path(session, name, "").await?;
    let answer = session.api.write(Method::PATCH, &path, Some(&json!({ "enabled": enabled }))).await?;
    let verb = if enabled { "Enabled" } else { "Disabled" };
    session.show(&answer, |_, _| format!("{verb} user {}.", text::visible(name)))
}

/// The names of groups.
fn names(groups: &Value) -> String {
    groups.as_array().into_iter().flatten().map(|group| text::of(&group["name"])).collect::<Vec<_>>().join(", ")
}

/// What decides about each right of which there is something to say.
fn reasons(explained: &Value, width: Option<u16>) -> String {
    let said = |reason: &&Value| reason["allowed"] == true || !text::of(&reason["taken_away_by"]).is_empty();
    let rows: Vec<Value> = explained["rights"].as_array().into_iter().flatten().filter(said).cloned().collect();
    let (name, resource) = (text::of(&explained["username"]), text::of(&explained["resource_id"]));
    let mut words = match rows.as_slice() {
        [] => format!("{name} may do nothing with resource {resource}."),
        rows => table::list(&REASONS, rows, width),
    };
    let disabled = names(&explained["disabled_groups"]);
    if !disabled.is_empty() {
        words = format!("{words}\nDisabled groups: {disabled}.");
    }
    if explained["enabled"] == false {
        words = format!("{words}\n{name} is disabled, and may not sign in.");
    }
    words
}

fn why(reason: &Value) -> String {
    let entries = |name: &str| reason[name].as_array().cloned().unwrap_or_default();
    let on = |entry: &Value| format!("{} on {}", text::of(&entry["group"]["name"]), text::of(&entry["resource_id"]));
    let given = entries("given_by").into_iter().map(|entry| match entry["as"].as_str() {
        Some(by) if reason["permission"] != by => format!("{} ({by})", on(&entry)),
        _ => on(&entry),
    });
    let taken = entries("taken_away_by").into_iter();
    let taken = taken.map(|entry| format!("taken away by {}, from {}", on(&entry), text::of(&entry["from"])));
    given.chain(taken).collect::<Vec<_>>().join("; ")
}
