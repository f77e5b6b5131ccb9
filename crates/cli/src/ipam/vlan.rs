//! VLANs and the domains in which they are enabled.

use clap::{Args, Subcommand, ValueEnum};
use kernel::{VlanDomainId, VlanId};
use reqwest::Method;
use serde::Serialize;
use serde_json::Value;

use super::block;
use crate::{
    Failure, Session, fields,
    table::{self, Column},
    text,
};

/// What can be done with VLANs.
#[derive(Debug, Subcommand)]
pub enum Vlan {
    /// List the VLANs that are enabled
    List(ListVlans),
    /// Enable a VLAN in a domain: a certain one, or the lowest that is free
    Add(AddVlan),
    /// Disable a VLAN that no block is in
    Delete {
        /// Its id
        id: VlanId,
    },
    /// List the domains
    Domains,
    /// Add a domain
    AddDomain(AddDomain),
    /// Delete a domain with its VLANs
    DeleteDomain {
        /// Its id
        id: VlanDomainId,
    },
}

/// Which VLANs.
#[derive(Debug, Args, Serialize)]
pub struct ListVlans {
    /// Those of this domain
    #[arg(long, value_name = "ID")]
    domain_id: Option<VlanDomainId>,
    /// Those of this number
    #[arg(long)]
    vlan: Option<u32>,
    /// Those in the range of this tag of the domain
    #[arg(long, requires = "domain_id")]
    tag: Option<String>,
}

/// A VLAN to enable.
#[derive(Debug, Args, Serialize)]
pub struct AddVlan {
    /// The domain
    #[arg(long, value_name = "ID")]
    domain_id: VlanDomainId,
    /// The number; without one, the lowest that is free
    #[arg(long)]
    vlan: Option<u32>,
    /// A tag of the domain, in whose range it is to be
    #[arg(long)]
    tag: Option<String>,
    /// Its name
    #[arg(long)]
    name: Option<String>,
    /// Notes
    #[arg(long)]
    notes: Option<String>,
}

/// A new domain.
#[derive(Debug, Args, Serialize)]
pub struct AddDomain {
    /// Its name
    name: String,
    /// Its range of numbers [default: standard]
    #[arg(long)]
    range: Option<Range>,
}

/// A range of VLAN numbers.
#[derive(Debug, Clone, Copy, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Range {
    /// 2 to 1001
    Standard,
    /// 2 to 1001 and 1006 to 4094
    Extended,
}

const VLANS: [Column; 5] = [
    ("ID", |vlan| text::of(&vlan["id"])),
    ("DOMAIN", |vlan| text::of(&vlan["domain_id"])),
    ("VLAN", |vlan| text::of(&vlan["vlan"])),
    ("NAME", |vlan| text::of(&vlan["name"])),
    ("TAGS", |vlan| text::of(&vlan["tags"])),
];

const DOMAINS: [Column; 3] = [
    ("ID", |domain| text::of(&domain["id"])),
    ("NAME", |domain| text::of(&domain["name"])),
    ("RANGE", |domain| text::of(&domain["range"])),
];

impl Vlan {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        match self {
            Self::List(which) => {
                let answer = session.api.get("/ipam/vlans", &fields::query(&which)?).await?;
                session.show(&answer, |vlans, width| table::list(&VLANS, block::rows(vlans), width))
            }
            Self::Add(new) => {
                let body = fields::body(&new)?;
                let answer = session.api.write(Method::POST, "/ipam/vlans", Some(&body)).await?;
                session.show(&answer, |vlan: &Value, _| {
                    let [vlan, id] = ["vlan", "id"].map(|field| text::of(&vlan[field]));
                    format!("Enabled VLAN {vlan} (id {id}).")
                })
            }
            Self::Delete { id } => {
                let answer = session.api.write(Method::DELETE, &format!("/ipam/vlans/{id}"), None).await?;
                session.show(&answer, |_, _| format!("Disabled the VLAN with id {id}."))
            }
            Self::Domains => {
                let answer = session.api.get("/ipam/vlan_domains", &[]).await?;
                session.show(&answer, |domains, width| table::list(&DOMAINS, block::rows(domains), width))
            }
            Self::AddDomain(new) => {
                let body = fields::body(&new)?;
                let answer = session.api.write(Method::POST, "/ipam/vlan_domains", Some(&body)).await?;
                session.show(&answer, |domain: &Value, _| {
                    format!("Added {} (id {}).", text::of(&domain["name"]), text::of(&domain["id"]))
                })
            }
            Self::DeleteDomain { id } => {
                let answer = session.api.write(Method::DELETE, &format!("/ipam/vlan_domains/{id}"), None).await?;
                session.show(&answer, |_, _| format!("Deleted VLAN domain {id}."))
            }
        }
    }
}
