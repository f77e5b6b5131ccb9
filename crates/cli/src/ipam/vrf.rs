//! VRFs.

use clap::{Args, Subcommand};
use kernel::VrfId;
use reqwest::Method;
use serde::Serialize;
use serde_json::Value;

use super::block;
use crate::{
    Failure, Session, fields,
    table::{self, Column},
    text,
};

/// What can be done with VRFs.
#[derive(Debug, Subcommand)]
pub enum Vrf {
    /// List the VRFs
    List,
    /// Add a VRF
    Add(AddVrf),
    /// Change a VRF; an empty text clears a field
    Update(UpdateVrf),
    /// Delete a VRF that has no space
    Delete {
        /// Its id
        id: VrfId,
    },
}

/// A new VRF.
#[derive(Debug, Args, Serialize)]
pub struct AddVrf {
    /// Its name
    name: String,
    /// Its route distinguisher: 65000:100, or 192.0.2.1:100
    #[arg(long, value_name = "RD")]
    route_distinguisher: Option<String>,
    /// Notes
    #[arg(long)]
    notes: Option<String>,
}

/// What is to be changed.
#[derive(Debug, Args, Serialize)]
pub struct UpdateVrf {
    /// Its id
    #[serde(skip)]
    id: VrfId,
    /// Its name
    #[arg(long)]
    name: Option<String>,
    /// Its route distinguisher
    #[arg(long, value_name = "RD")]
    #[serde(skip_serializing_if = "Option::is_none")]
    route_distinguisher: Option<String>,
    /// Notes
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<String>,
}

const COLUMNS: [Column; 4] = [
    ("ID", |vrf| text::of(&vrf["id"])),
    ("NAME", |vrf| text::of(&vrf["name"])),
    ("RD", |vrf| text::of(&vrf["route_distinguisher"])),
    ("NOTES", |vrf| text::of(&vrf["notes"])),
];

impl Vrf {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        match self {
            Self::List => {
                let answer = session.api.get("/ipam/vrfs", &[]).await?;
                session.show(&answer, |vrfs, width| table::list(&COLUMNS, block::rows(vrfs), width))
            }
            Self::Add(new) => {
                let body = fields::body(&new)?;
                let answer = session.api.write(Method::POST, "/ipam/vrfs", Some(&body)).await?;
                session.show(&answer, |vrf, _| format!("Added {}.", named(vrf)))
            }
            Self::Update(patch) => {
                let body = fields::body(&patch)?;
                let answer = session.api.write(Method::PATCH, &format!("/ipam/vrfs/{}", patch.id), Some(&body)).await?;
                session.show(&answer, |vrf, _| format!("Changed {}.", named(vrf)))
            }
            Self::Delete { id } => {
                let answer = session.api.write(Method::DELETE, &format!("/ipam/vrfs/{id}"), None).await?;
                session.show(&answer, |_, _| format!("Deleted VRF {id}."))
            }
        }
    }
}

fn named(vrf: &Value) -> String {
    format!("{} (id {})", text::of(&vrf["name"]), text::of(&vrf["id"]))
}
