//! Looking at changes at a registry.

use kernel::{BlockId, Page, Result};
use store::{Tx, params};

use super::SwipRow;

/// The last change for a block.
pub(super) async fn last(tx: &mut Tx, block: BlockId) -> Result<Option<SwipRow>> {
    Ok(tx.find::<SwipRow>("block_id = $1 ORDER BY id DESC LIMIT 1", params![block]).await?.pop())
}

/// What was said to a registry once, and what it answered.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) swip_id: i64,
    pub(super) at: kernel::Timestamp,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) request: Option<String>,
    pub(super) status: Option<i64>,
    pub(super) response: Option<String>,
}

/// A part of what was said about a block, the last first, and whether there is more.
pub(super) async fn exchanges(tx: &mut Tx, block: BlockId, page: Page) -> Result<(Vec<Said>, bool)> {
    let text = "SELECT e.swip_id, e.at, e.method, e.path, e.request, e.status, e.response
        FROM swip s JOIN swip_exchange e ON e.swip_id = s.id
        WHERE s.block_id = $1 ORDER BY e.swip_id DESC, e.n DESC LIMIT $2 OFFSET $3";
    let values = params![block, i64::from(page.limit) + 1, i64::from(page.offset)];
    let rows = tx.rows(text, values).await?;
    let said = rows.into_iter().map(|mut row| {
        Ok(Said {
            swip_id: row.take(0)?,
            at: row.take(1)?,
            method: row.take(2)?,
            path: row.take(3)?,
            request: row.take(4)?,
            status: row.take(5)?,
            response: row.take(6)?,
        })
    });
    let mut said = said.collect::<Result<Vec<_>>>()?;
    let more = said.len() > page.limit as usize;
    said.truncate(page.limit as usize);
    Ok((said, more))
}
