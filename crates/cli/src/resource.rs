//! Resources: what holds address space.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use kernel::ResourceId;
use reqwest::Method;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::{
    Failure, Session, fields,
    import::{self, Source, report},
    table::{self, Column},
    text,
};

/// What can be done with resources.
#[derive(Debug, Subcommand)]
pub enum Resource {
    /// Find resources
    List(ListResources),
    /// Print resources as a table of comma-separated values, all that fit
    Export(ExportResources),
    /// List the views: saved lists
    Views,
    /// Print what a view shows, as a table of comma-separated values
    View {
        /// Its id
        id: u64,
        /// What is filled in for its parameters
        #[arg(value_name = "NAME=VALUE", value_parser = attribute)]
        parameters: Vec<(String, String)>,
    },
    /// Show a resource
    Get {
        /// Its id
        id: ResourceId,
    },
    /// Add a resource
    Add(AddResource),
    /// Add the entries of a section that a file of comma-separated values holds
    Import(ImportEntries),
    /// Delete a resource
    Delete {
        /// Its id
        id: ResourceId,
        /// Delete the resources below it as well
        #[arg(long)]
        recursive: bool,
    },
}

/// What the resources have in common, and which part of the list is wanted.
#[derive(Debug, Args, Serialize)]
pub struct ListResources {
    #[command(flatten)]
    #[serde(flatten)]
    filter: Filter,
    /// How many to show at the most
    #[arg(long, value_name = "NUMBER")]
    limit: Option<u32>,
    /// How many to leave out at the start
    #[arg(long, value_name = "NUMBER")]
    offset: Option<u32>,
}

/// What the resources have in common, and what the table shows of them.
#[derive(Debug, Args, Serialize)]
pub struct ExportResources {
    #[command(flatten)]
    #[serde(flatten)]
    filter: Filter,
    /// Columns besides the usual ones: attributes, or fields by their slugs
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    columns: Vec<String>,
}

/// What resources have in common.
#[derive(Debug, Args, Serialize)]
struct Filter {
    /// Text in the name
    #[arg(long, value_name = "TEXT")]
    #[serde(rename = "q")]
    search: Option<String>,
    /// The name
    #[arg(long)]
    name: Option<String>,
    /// The type: entry, section, field ...
    #[arg(long = "type", value_name = "TYPE")]
    #[serde(rename = "type")]
    kind: Option<String>,
    /// The resource above it
    #[arg(long, value_name = "ID", alias = "parentId")]
    parent_id: Option<ResourceId>,
}

/// A new resource.
#[derive(Debug, Args, Serialize)]
pub struct AddResource {
    /// Its name
    name: String,
    /// Its type
    #[arg(long = "type", value_name = "TYPE", default_value = "entry")]
    #[serde(rename = "type")]
    kind: String,
    /// The resource above it
    #[arg(long, value_name = "ID", alias = "parentId")]
    parent_id: Option<ResourceId>,
    /// The section it belongs to
    #[arg(long, value_name = "ID", alias = "sectionId")]
    section_id: Option<ResourceId>,
    /// The name by which another system knows it
    #[arg(long, value_name = "TEXT", alias = "customId")]
    custom_id: Option<String>,
    /// A field of it; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = attribute)]
    #[serde(rename = "attrs", serialize_with = "attributes")]
    attr: Vec<(String, String)>,
}

/// Entries from a file.
#[derive(Debug, Args, Serialize)]
pub struct ImportEntries {
    /// The file, with a line of titles; - reads from the input
    #[serde(skip)]
    file: String,
    /// The section of the entries, by its slug
    #[arg(long, value_name = "SLUG")]
    section: String,
    /// The resource above the entries that name none
    #[arg(long, value_name = "ID", alias = "parentId")]
    parent_id: Option<ResourceId>,
    /// The category of the entries that name none
    #[arg(long, value_name = "ID", alias = "categoryId")]
    category_id: Option<ResourceId>,
    /// What a column holds whose title does not say so; TITLE= leaves it out. May be given several times
    #[arg(long, value_name = "TITLE=COLUMN")]
    #[serde(skip)]
    map: Vec<String>,
}

const COLUMNS: [Column; 5] = [
    ("ID", |resource| text::of(&resource["id"])),
    ("NAME", |resource| text::of(&resource["name"])),
    ("TYPE", |resource| text::of(&resource["type"])),
    ("PARENT", |resource| text::of(&resource["parent_id"])),
    ("CUSTOM ID", |resource| text::of(&resource["custom_id"])),
];

const VIEW_COLUMNS: [Column; 3] = [
    ("ID", |view| text::of(&view["id"])),
    ("NAME", |view| text::of(&view["name"])),
    ("COLUMNS", |view| {
        let columns = view["columns"].as_array().map_or(&[][..], Vec::as_slice);
        columns.iter().map(text::of).collect::<Vec<_>>().join(", ")
    }),
];

impl Resource {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        match self {
            Self::List(filter) => {
                let answer = session.api.get("/resources", &fields::query(&filter)?).await?;
                session.show(&answer, |found, width| match found.as_array() {
                    Some(rows) if !rows.is_empty() => table::list(&COLUMNS, rows, width),
                    _ => "No resources fit.".to_owned(),
                })
            }
            Self::Export(wanted) => {
                let mut query = fields::query(&wanted)?;
                query.push(("export".to_owned(), "csv".to_owned()));
                let table = session.api.get("/resources", &query).await?;
                session.console.say(&table.body)
            }
            Self::Views => {
                let answer = session.api.get("/resource_views", &[]).await?;
                session.show(&answer, |found, width| match found.as_array() {
                    Some(rows) if !rows.is_empty() => table::list(&VIEW_COLUMNS, rows, width),
                    _ => "There are no views.".to_owned(),
                })
            }
            Self::View { id, mut parameters } => {
                parameters.push(("export".to_owned(), "csv".to_owned()));
                let table = session.api.get(&format!("/resource_views/{id}/resources"), &parameters).await?;
                session.console.say(&table.body)
            }
            Self::Get { id } => {
                let answer = session.api.get(&format!("/resources/{id}"), &[]).await?;
                session.show(&answer, table::facts)
            }
            Self::Add(new) => {
                let answer = session.api.write(Method::POST, "/resources", Some(&fields::body(&new)?)).await?;
                session.show(&answer, |added, _| format!("Added {}.", named(added)))
            }
            Self::Import(wanted) => {
                let mut query = fields::query(&wanted)?;
                query.extend(wanted.map.into_iter().map(|pair| ("map".to_owned(), pair)));
                let mut source = Source::open(&wanted.file, session.console).await?;
                let job = import::send(session, &mut source, "/resources/imports", &query, "text/csv").await?;
                report::tell(session, &job, report::entries)
            }
            Self::Delete { id, recursive } => {
                let path = format!("/resources/{id}{}", if recursive { "?recursive=true" } else { "" });
                let answer = session.api.write(Method::DELETE, &path, None).await?;
                session.show(&answer, |_, _| format!("Deleted resource {id}."))
            }
        }
    }
}

fn named(resource: &Value) -> String {
    format!("{} ({})", text::of(&resource["name"]), text::of(&resource["id"]))
}

fn attribute(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE"),
    }
}

/// An object; nothing at all when no attribute is given.
fn attributes<S: Serializer>(attributes: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    let object: BTreeMap<_, _> = attributes.iter().map(|(name, value)| (name, value)).collect();
    (!object.is_empty()).then_some(object).serialize(serializer)
}
