//! Blocks: how they are named on the command line, and how they are shown.

use std::{fmt, str::FromStr};

use clap::Args;
use kernel::{BlockId, Prefix, PrefixError};
use serde_json::Value;

use crate::{
    Failure,
    table::{self, Column},
    text,
};

/// A block as people name it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Block {
    /// By its id.
    Id(BlockId),
    /// By its addresses.
    Cidr(Prefix),
}

/// Digits are an id, everything else is a CIDR.
impl FromStr for Block {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => text.parse().map(Self::Cidr),
        }
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "block {id}"),
            Self::Cidr(prefix) => prefix.fmt(f),
        }
    }
}

impl Block {
    /// Its place in the API. The slash of a CIDR stays as it is, the way existing clients write it.
    pub(crate) fn path(self) -> String {
        match self {
            Self::Id(id) => format!("/ipam/netblocks/{id}"),
            Self::Cidr(prefix) => format!("/ipam/netblocks/{prefix}"),
        }
    }
}

/// One block, or none.
#[derive(Debug, Args)]
#[group(id = "which", multiple = false)]
pub(super) struct Maybe {
    /// The block: its CIDR or its id
    #[arg(value_name = "BLOCK")]
    named: Option<Block>,
    /// The same, by its CIDR
    #[arg(long, value_name = "CIDR")]
    block: Option<Prefix>,
    /// The same, by its id
    #[arg(long, value_name = "ID")]
    id: Option<BlockId>,
}

impl Maybe {
    /// The block, if one is named.
    pub(crate) fn block(&self) -> Option<Block> {
        self.named.or(self.block.map(Block::Cidr)).or(self.id.map(Block::Id))
    }
}

/// The one block that is meant.
#[derive(Debug, Args)]
#[group(id = "one", required = true, args = ["named", "block", "id"])]
pub(super) struct Which {
    #[command(flatten)]
    which: Maybe,
}

impl Which {
    pub(crate) fn block(&self) -> Result<Block, Failure> {
        self.which.block().ok_or_else(|| Failure::Usage("Name the block: its CIDR or its id.".to_owned()))
    }
}

/// The addresses of a block that does not exist yet.
#[derive(Debug, Args)]
#[group(id = "cidr", required = true, multiple = false)]
pub(super) struct Cidr {
    /// The CIDR of the block
    #[arg(value_name = "CIDR")]
    named: Option<Prefix>,
    /// The same
    #[arg(long, value_name = "CIDR")]
    block: Option<Prefix>,
}

impl Cidr {
    /// The addresses; exactly one of the two is there.
    pub(crate) fn prefix(&self) -> Option<Prefix> {
        self.named.or(self.block)
    }
}

const COLUMNS: [Column; 8] = [
    ("CIDR", |block| text::of(&block["cidr"])),
    ("STATE", |block| text::of(&block["state"])),
    ("HOLDER", holder),
    ("RIR", |block| text::of(&block["rir"])),
    ("REGION", |block| text::of(&block["region"])),
    ("VLAN", |block| text::of(&block["vlan_id"])),
    ("TAGS", |block| text::of(&block["tags"])),
    ("NOTES", |block| text::of(&block["notes"])),
];

/// What a single block shows besides, under these names.
const DETAILS: [(&str, &str); 13] = [
    ("id", "id"),
    ("parent", "parent"),
    ("top_aggregate", "top aggregate"),
    ("netmask", "netmask"),
    ("host_count", "addresses"),
    ("lir_id", "lir"),
    ("asn", "asn"),
    ("generic_code", "code"),
    ("region_name", "region name"),
    ("description", "description"),
    ("assign_time", "assigned at"),
    ("last_update_time", "changed at"),
    ("custody_chain", "custody chain"),
];

/// A table of blocks.
pub(crate) fn table(blocks: &[Value], width: Option<u16>) -> String {
    table::list(&COLUMNS, blocks, width)
}

/// A sentence, and the block it is about.
pub(crate) fn outcome(sentence: &str, block: &Value, width: Option<u16>) -> String {
    outcomes(sentence, std::slice::from_ref(block), width)
}

/// A sentence, and the blocks it is about.
pub(crate) fn outcomes(sentence: &str, blocks: &[Value], width: Option<u16>) -> String {
    if blocks.is_empty() { sentence.to_owned() } else { format!("{sentence}\n\n{}", table(blocks, width)) }
}

/// All that there is to say about one block.
pub(crate) fn facts(block: &Value, width: Option<u16>) -> String {
    let mut facts: serde_json::Map<String, Value> =
        COLUMNS.iter().map(|(title, cell)| (title.to_lowercase(), cell(block).into())).collect();
    let details = DETAILS.iter().map(|(key, name)| ((*name).to_owned(), block[*key].clone()));
    let metas = (1..=10).map(|n| (format!("meta {n}"), block[format!("meta{n}")].clone()));
    facts.extend(details.chain(metas));
    if let [first, last] = rows(&block["range"]) {
        facts.insert("range".to_owned(), format!("{} - {}", text::of(first), text::of(last)).into());
    }
    table::facts(&Value::Object(facts), width)
}

/// Who has the block: `Acme (1234)`; nobody when it is available or in holding.
pub(crate) fn holder(block: &Value) -> String {
    if matches!(block["state"].as_str(), Some("available" | "holding")) {
        return String::new();
    }
    match (text::of(&block["resource_name"]), text::of(&block["resource_id"])) {
        (name, id) if name.is_empty() => id,
        (name, id) => format!("{name} ({id})"),
    }
}

/// The rows of an answer that is a list.
pub(crate) fn rows(answer: &Value) -> &[Value] {
    answer.as_array().map_or(&[], Vec::as_slice)
}
