//! Groups of users: who is in them, what they may do, and how much they may hold.

use clap::Subcommand;
use kernel::GroupId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    Failure, Session,
    table::{self, Column},
    text,
};

/// What can be done with groups.
#[derive(Debug, Subcommand)]
pub enum Group {
    /// List the groups
    List,
    /// Add a group
    Add {
        /// Its name
        name: String,
    },
    /// Delete a group, with its permissions
    Delete {
        /// Its id
        id: GroupId,
    },
    /// Show who is in a group, or set it
    Members {
        /// Its id
        id: GroupId,
        /// The ids of all users who are to be in it
        #[arg(long, value_name = "ID,...", value_delimiter = ',')]
        set: Option<Vec<i64>>,
    },
    /// Show what a group may do, resource by resource
    Permissions {
        /// Its id
        id: GroupId,
    },
    /// Give a group rights on a resource, in place of those that it has there
    Grant {
        /// Its id
        id: GroupId,
        /// The resource
        #[arg(long, value_name = "ID")]
        resource: i64,
        /// The names of the rights, such as permissionIPAMRead; none takes away what would be inherited
        #[arg(value_name = "PERMISSION")]
        permissions: Vec<String>,
    },
    /// Take away the entry of a group on a resource
    Revoke {
        /// Its id
        id: GroupId,
        /// The resource
        #[arg(long, value_name = "ID")]
        resource: i64,
    },
    /// Show how much the members of a group may bring below resources, and what is held there
    Quotas {
        /// Its id
        id: GroupId,
    },
}

const GROUPS: [Column; 3] = [
    ("ID", |group| text::of(&group["id"])),
    ("NAME", |group| text::of(&group["name"])),
    ("ENABLED", |group| text::of(&group["enabled"])),
];
const MEMBERS: [Column; 2] = [("ID", |user| text::of(&user["id"])), ("NAME", |user| text::of(&user["username"]))];
const PERMISSIONS: [Column; 2] =
    [("RESOURCE", |entry| text::of(&entry["resource_id"])), ("PERMISSIONS", |entry| text::of(&entry["permissions"]))];
const QUOTAS: [Column; 6] = [
    ("ID", |quota| text::of(&quota["id"])),
    ("RESOURCE", |quota| text::of(&quota["resource_id"])),
    ("TYPE", |quota| text::of(&quota["type"])),
    ("COUNTS", |quota| match quota["mask"].as_u64() {
        Some(mask) => format!("blocks of /{mask}"),
        None => text::of(&quota["unit"]),
    }),
    ("USED", |quota| text::of(&quota["used"])),
    ("LIMIT", |quota| text::of(&quota["limit"])),
];

impl Group {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        match self {
            Self::List => {
                let all = [("limit".to_owned(), "1000".to_owned())];
                let answer = session.api.get("/usergroups", &all).await?;
                session.show(&answer, |found, width| rows(&GROUPS, found, width, "There are no groups."))
            }
            Self::Add { name } => {
                let answer = session.api.write(Method::POST, "/usergroups", Some(&json!({ "name": name }))).await?;
                session.show(&answer, |made, _| {
                    format!("Added group {} ({}).", text::of(&made["name"]), text::of(&made["id"]))
                })
            }
            Self::Delete { id } => {
                let answer = session.api.write(Method::DELETE, &format!("/usergroups/{id}"), None).await?;
                session.show(&answer, |_, _| format!("Deleted group {id}."))
            }
            Self::Members { id, set } => {
                let path = format!("/usergroups/{id}/users");
                let answer = match set {
                    Some(users) => session.api.write(Method::PUT, &path, Some(&json!({ "users": users }))).await?,
                    None => session.api.get(&path, &[]).await?,
                };
                session.show(&answer, |found, width| rows(&MEMBERS, found, width, "Nobody is in the group."))
            }
            Self::Permissions { id } => {
                let answer = session.api.get(&permissions_of(id), &[]).await?;
                session.show(&answer, permissions)
            }
            Self::Grant { id, resource, permissions } => {
                let entry = json!({ "resource_id": resource, "permissions": permissions });
                change(session, id, resource, Some(entry)).await
            }
            Self::Revoke { id, resource } => change(session, id, resource, None).await,
            Self::Quotas { id } => {
                let answer = session.api.get(&format!("/usergroups/{id}/quotas"), &[]).await?;
                session.show(&answer, |found, width| rows(&QUOTAS, found, width, "The group has no quotas."))
            }
        }
    }
}

fn permissions_of(id: GroupId) -> String {
    format!("/usergroups/{id}/permissions")
}

/// Puts another entry, or none, in the place of the one on this resource.
async fn change(session: &mut Session<'_>, id: GroupId, resource: i64, entry: Option<Value>) -> Result<(), Failure> {
    let there = session.api.read(&session.api.get(&permissions_of(id), &[]).await?)?;
    let others = there.as_array().into_iter().flatten().filter(|entry| entry["resource_id"] != resource);
    let entries: Vec<Value> = others.cloned().chain(entry).collect();
    let answer = session.api.write(Method::PUT, &permissions_of(id), Some(&Value::Array(entries))).await?;
    session.show(&answer, permissions)
}

fn permissions(found: &Value, width: Option<u16>) -> String {
    rows(&PERMISSIONS, found, width, "The group may do nothing.")
}

fn rows(columns: &[Column], found: &Value, width: Option<u16>, none: &str) -> String {
    match found.as_array() {
        Some(rows) if !rows.is_empty() => table::list(columns, rows, width),
        _ => none.to_owned(),
    }
}
