//! What other slices may hear.

use resources::Resource;
use serde_json::{Value, json};

use crate::block::Block;

/// A block has got a holder.
pub const BLOCK_ASSIGNED: &str = "ipam.block_assigned";

/// The news that a block has got this holder.
pub(crate) fn assigned(block: &Block, to: &Resource) -> (&'static str, Value) {
    let what = json!({ "block_id": block.id, "cidr": block.prefix().to_string(), "resource_id": to.id });
    (BLOCK_ASSIGNED, what)
}
