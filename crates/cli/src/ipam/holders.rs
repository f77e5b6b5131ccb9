//! Who held an address when.

use clap::Args;
use kernel::VrfId;
use serde::Serialize;

use super::block;
use crate::{
    Failure, Session, fields,
    table::{self, Column},
    text,
};

/// Lists who held an address, the latest first.
#[derive(Debug, Args, Serialize)]
pub struct Holders {
    /// The address
    address: std::net::IpAddr,
    /// At this time alone: 2026-01-31T14:05:09Z
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// In this VRF alone
    #[arg(long, value_name = "ID")]
    vrf_id: Option<VrfId>,
}

const COLUMNS: [Column; 6] = [
    ("HOLDER", |period| format!("{} ({})", text::of(&period["resource_name"]), text::of(&period["resource_id"]))),
    ("CIDR", |period| text::of(&period["cidr"])),
    ("STATE", |period| text::of(&period["state"])),
    ("FROM", |period| text::of(&period["from"])),
    ("UNTIL", |period| text::of(&period["until"])),
    ("BY", |period| text::of(&period["actor"])),
];

impl Holders {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let answer = session.api.get("/ipam/holders", &fields::query(&self)?).await?;
        session.show(&answer, |periods, width| match block::rows(periods) {
            [] => "Nobody held it.".to_owned(),
            rows => table::list(&COLUMNS, rows, width),
        })
    }
}
