//! Contacts: people and desks that can be reached.

use clap::{Args, Subcommand};
use kernel::{JobId, ResourceId};
use reqwest::Method;
use serde::Serialize;
use serde_json::Value;

use crate::{
    Failure, Session, fields,
    import::{follow, report},
    table::{self, Column},
    text,
};

/// What can be done with contacts.
#[derive(Debug, Subcommand)]
pub enum Contact {
    /// Find contacts
    List(ListContacts),
    /// Show a contact
    Show {
        /// Its id
        id: ResourceId,
    },
    /// Add a contact
    Add(AddContact),
    /// Import a contact from a registry or the directory, or refresh one
    Import(ImportContact),
    /// Delete a contact
    Delete {
        /// Its id
        id: ResourceId,
    },
}

/// What the contacts have in common, and which part of the list is wanted.
#[derive(Debug, Args, Serialize)]
pub struct ListContacts {
    /// Text in the name, the handle, a phone number, an e-mail address ...
    #[arg(long, value_name = "TEXT")]
    #[serde(rename = "q")]
    search: Option<String>,
    /// Where they come from: Local, ARIN, RIPE, APNIC, LACNIC, AfriNIC or LDAP
    #[arg(long = "type", value_name = "TYPE")]
    #[serde(rename = "type")]
    kind: Option<String>,
    /// The resource whose contacts they are
    #[arg(long, value_name = "ID", alias = "resourceId")]
    resource_id: Option<ResourceId>,
    /// The resource above them
    #[arg(long, value_name = "ID", alias = "parentId")]
    parent_id: Option<ResourceId>,
    /// How many to show at the most
    #[arg(long, value_name = "NUMBER")]
    limit: Option<u32>,
    /// How many to leave out at the start
    #[arg(long, value_name = "NUMBER")]
    offset: Option<u32>,
}

/// A new contact.
#[derive(Debug, Args, Serialize)]
pub struct AddContact {
    /// The name of the person or the desk
    name: String,
    /// For whom they work
    #[arg(long, value_name = "TEXT")]
    organization: Option<String>,
    /// A phone number; may be given several times
    #[arg(long = "phone", value_name = "NUMBER")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    phones: Vec<String>,
    /// An e-mail address; may be given several times
    #[arg(long = "email", value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    emails: Vec<String>,
    /// The postal address
    #[arg(long, value_name = "TEXT")]
    address: Option<String>,
    /// What else there is to say
    #[arg(long, value_name = "TEXT")]
    comments: Option<String>,
    /// The resource above it
    #[arg(long, value_name = "ID", alias = "parentId")]
    parent_id: Option<ResourceId>,
    /// The name by which another system knows it
    #[arg(long, value_name = "TEXT", alias = "customId")]
    custom_id: Option<String>,
}

/// A contact that somebody else knows.
#[derive(Debug, Args, Serialize)]
pub struct ImportContact {
    /// Who knows it: ARIN, RIPE, APNIC, LACNIC, AfriNIC or LDAP
    source: String,
    /// By which handle
    handle: String,
    /// The resource above it
    #[arg(long, value_name = "ID", alias = "parentId")]
    parent_id: Option<ResourceId>,
}

const COLUMNS: [Column; 6] = [
    ("ID", |contact| text::of(&contact["id"])),
    ("NAME", |contact| text::of(&contact["name"])),
    ("TYPE", |contact| text::of(&contact["type"])),
    ("HANDLE", |contact| text::of(&contact["handle"])),
    ("E-MAIL", |contact| text::of(&contact["emails"][0])),
    ("PHONE", |contact| text::of(&contact["phones"][0])),
];

impl Contact {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        match self {
            Self::List(filter) => {
                let answer = session.api.get("/contacts", &fields::query(&filter)?).await?;
                session.show(&answer, |found, width| match found.as_array() {
                    Some(rows) if !rows.is_empty() => table::list(&COLUMNS, rows, width),
                    _ => "No contacts fit.".to_owned(),
                })
            }
            Self::Show { id } => {
                let answer = session.api.get(&format!("/contacts/{id}"), &[]).await?;
                session.show(&answer, table::facts)
            }
            Self::Add(new) => {
                let answer = session.api.write(Method::POST, "/contacts", Some(&fields::body(&new)?)).await?;
                session.show(&answer, |added, _| format!("Added {}.", named(&added["name"], &added["id"])))
            }
            Self::Import(wanted) => import(session, &wanted).await,
            Self::Delete { id } => {
                let answer = session.api.write(Method::DELETE, &format!("/contacts/{id}"), None).await?;
                session.show(&answer, |_, _| format!("Deleted contact {id}."))
            }
        }
    }
}

/// Starts the import and waits for its end.
async fn import(session: &mut Session<'_>, wanted: &ImportContact) -> Result<(), Failure> {
    let answer = session.api.write(Method::POST, "/contacts/import", Some(&fields::body(wanted)?)).await?;
    let started = text::of(&session.api.read(&answer)?["id"]);
    let id: JobId = started.parse().map_err(|_| Failure::Refused("The server names no job.".to_owned()))?;
    let answer = follow::until_done(session, id).await?;
    let job = session.api.read(&answer)?;
    if !report::done(&job) {
        return Err(Failure::Refused(report::end(&job)));
    }
    session.show(&answer, |job, _| told(&job["result"]))
}

fn told(result: &Value) -> String {
    let contact = named(&result["name"], &result["contact_id"]);
    match result["outcome"].as_str() {
        Some("added") => format!("Added {contact}."),
        Some("unchanged") => format!("{contact} is as it was."),
        _ => format!("Refreshed {contact}."),
    }
}

fn named(name: &Value, id: &Value) -> String {
    format!("{} ({})", text::of(name), text::of(id))
}
