//! Finding blocks.

use clap::Args;
use kernel::{Asn, BlockId, Family, LirId, ResourceId};
use serde::Serialize;
use serde_json::Value;

use super::{
    block::{self, Block, Maybe},
    values::{self, Mask, Tags, TagsMode},
};
use crate::{Failure, Session, api::Answer, fields, text};

/// One block, or all blocks that fit.
#[derive(Debug, Args)]
pub struct Get {
    #[command(flatten)]
    which: Maybe,
    #[command(flatten)]
    filter: Filter,
    /// Read everything that fits, however much it is
    #[arg(long, conflicts_with_all = ["limit", "offset"])]
    all: bool,
}

/// What the blocks of a list have in common, and which part of the list is wanted.
#[derive(Debug, Args, Serialize)]
struct Filter {
    /// The blocks that contain this address
    #[arg(long)]
    address: Option<std::net::IpAddr>,
    /// Text in any field, or in the name of the holder
    #[arg(long, value_name = "TEXT")]
    #[serde(rename = "q")]
    search: Option<String>,
    /// ipv4 or ipv6
    #[arg(long = "type", value_name = "FAMILY", value_parser = values::family)]
    #[serde(rename = "type")]
    family: Option<Family>,
    /// The registry
    #[arg(long)]
    rir: Option<String>,
    /// The mask
    #[arg(long)]
    mask: Option<Mask>,
    /// available, assigned, pool, holding or split
    #[arg(long)]
    state: Option<String>,
    /// Whether it is assigned
    #[arg(long, value_name = "BOOL", aliases = ["isAssigned", "is-assigned"])]
    assigned: Option<bool>,
    /// Whether it is a leaf: not split
    #[arg(long, value_name = "BOOL", alias = "isAggregate")]
    is_aggregate: Option<bool>,
    /// The holder
    #[arg(long, value_name = "ID", alias = "resourceId")]
    resource_id: Option<ResourceId>,
    /// The aggregate it is part of; null for the aggregates themselves
    #[arg(long, value_name = "ID", aliases = ["topAggregateId", "top-aggregate-id"])]
    top_aggregate: Option<String>,
    /// The block it is a half of
    #[arg(long, value_name = "ID")]
    parent: Option<BlockId>,
    /// The region
    #[arg(long)]
    #[serde(rename = "region_id")]
    region: Option<String>,
    /// The VLAN
    #[arg(long)]
    vlan: Option<u32>,
    /// The code
    #[arg(long)]
    code: Option<String>,
    /// The AS number
    #[arg(long, value_parser = values::asn)]
    asn: Option<Asn>,
    /// The LIR
    #[arg(long, value_name = "ID", alias = "lirId")]
    lir_id: Option<LirId>,
    /// Tags: a,b
    #[arg(long)]
    tags: Option<Tags>,
    /// How the tags must fit [default: intersection]
    #[arg(long, value_name = "MODE", alias = "tagsMode")]
    tags_mode: Option<TagsMode>,
    /// What to sort by: cidr, mask, rir, vlan, code or updateTime
    #[arg(long, value_name = "FIELD", aliases = ["sortField", "sort-field"])]
    order_by: Option<String>,
    /// ASC or DESC
    #[arg(long, value_name = "ORDER", aliases = ["sortOrder", "sort-order"])]
    sort: Option<String>,
    /// How many to show at the most
    #[arg(long, value_name = "NUMBER", aliases = ["selectCount", "select-count"])]
    limit: Option<u32>,
    /// How many to leave out at the start
    #[arg(long, value_name = "NUMBER", aliases = ["selectOffset", "select-offset"])]
    offset: Option<u32>,
}

impl Get {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let mut query = fields::query(&self.filter)?;
        match self.which.block() {
            Some(block) if query.is_empty() => {
                let answer = session.api.get(&block.path(), &[]).await?;
                return session.show(&answer, block::facts);
            }
            Some(Block::Id(id)) => query.push(("id".to_owned(), id.to_string())),
            Some(Block::Cidr(prefix)) => query.push(("cidr".to_owned(), prefix.to_string())),
            None => {}
        }
        if self.all {
            return all(session, query).await;
        }
        let answer = session.api.get("/ipam/netblocks", &query).await?;
        session.show(&answer, found)?;
        if answer.next.is_some() && !session.json {
            let shown = session.api.read(&answer)?.as_array().map_or(0, Vec::len);
            let next = usize::try_from(self.filter.offset.unwrap_or(0)).unwrap_or(usize::MAX).saturating_add(shown);
            session.console.flush()?;
            session
                .console
                .remark(&format!("There are more: --offset {next} shows the next, --all shows them all."))?;
        }
        Ok(())
    }
}

/// The most that one answer of the API holds.
const MOST: &str = "1000";

/// Reads part after part, and shows them as one list.
async fn all(session: &mut Session<'_>, mut query: Vec<(String, String)>) -> Result<(), Failure> {
    query.push(("limit".to_owned(), MOST.to_owned()));
    let mut blocks = Vec::new();
    let mut answer = session.api.get("/ipam/netblocks", &query).await?;
    loop {
        if let Value::Array(part) = session.api.read(&answer)? {
            blocks.extend(part);
        }
        let Some(next) = answer.next else { break };
        answer = session.api.get(&format!("/ipam/netblocks?{next}"), &[]).await?;
    }
    let body = Value::Array(blocks).to_string();
    session.show(&Answer { body, next: None, is_dry_run: false }, found)
}

fn found(blocks: &Value, width: Option<u16>) -> String {
    match block::rows(blocks) {
        [] => "No blocks fit.".to_owned(),
        rows => format!("{}\n\n{}", block::table(rows, width), text::count(rows.len(), "block")),
    }
}
