//! What was said to a registry and what it answered, word for word but for keys. It is a log itself: written once, and
//! never changed.

use kernel::{BlockId, Page, Result, Timestamp};
use store::{Tx, Work, params};

use crate::arin::Exchange;

/// Keeps what was said to ARIN and what it answered.
pub(super) struct KeepExchange {
    pub(super) swip_id: i64,
    pub(super) exchange: Exchange,
}

impl Work for KeepExchange {
    type Out = ();
    const NAME: &'static str = "swip.exchange";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        let Exchange { sent, status, response, .. } = &self.exchange;
        let last = "SELECT COALESCE(MAX(n), 0) FROM swip_exchange WHERE swip_id = $1";
        let n = tx.scalar::<i64>(last, params![self.swip_id]).await?.unwrap_or(0) + 1;
        let (now, status) = (tx.now(), status.map(i64::from));
        let text = "INSERT INTO swip_exchange (swip_id, n, at, method, path, request, status, response)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let values = params![self.swip_id, n, now, sent.method, sent.path, sent.body, status, response];
        tx.derive(text, values).await.map(drop)
    }
}

/// What was said to a registry once, and what it answered.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) swip_id: i64,
    pub(super) at: Timestamp,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) request: Option<String>,
    pub(super) status: Option<i64>,
    pub(super) response: Option<String>,
}

/// A part of what was said about a block, the last first, and whether there is more.
pub(super) async fn list(tx: &mut Tx, block: BlockId, page: Page) -> Result<(Vec<Said>, bool)> {
    let text = "SELECT e.swip_id, e.at, e.method, e.path, e.request, e.status, e.response
        FROM swip s JOIN swip_exchange e ON e.swip_id = s.id
        WHERE s.block_id = $1 ORDER BY s.number DESC, e.n DESC LIMIT $2 OFFSET $3";
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
