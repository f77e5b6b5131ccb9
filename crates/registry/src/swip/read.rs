//! Looking at changes at a registry.

use kernel::{BlockId, Result};
use store::{Tx, params};

use super::SwipRow;

/// The last change for a block.
pub(super) async fn last(tx: &mut Tx, block: BlockId) -> Result<Option<SwipRow>> {
    Ok(tx.find::<SwipRow>("block_id = $1 ORDER BY number DESC LIMIT 1", params![block]).await?.pop())
}
