//! Sealing what is new.

use std::time::Duration;

use kernel::{Actor, Result};
use tokio::sync::watch;

use super::{
    gaps::Gaps,
    key::SigningKey,
    seal::{Head, Seal, Sealable},
};
use crate::{Db, Tx, Work, params};

/// How long entries wait to be sealed, about.
const PAUSE: Duration = Duration::from_secs(10);
/// The most entries in a seal: each can be large, and all of them are in memory together.
const MOST: usize = 500;

/// Seals what is new, again and again, until told to stop; and then once more. Every node may do this: the one that
/// comes second finds nothing left to do.
pub async fn keep_sealing(db: Db, key: SigningKey, mut stop: watch::Receiver<bool>) {
    let mut goes_on = true;
    while goes_on {
        goes_on = tokio::select! {
            // Nobody left who could tell is the same as having been told.
            _ = stop.wait_for(|stop| *stop) => false,
            () = tokio::time::sleep(PAUSE) => true,
        };
        if let Err(error) = seal(&db, &key).await {
            tracing::error!(%error, "new entries of the change log could not be sealed; they will be with the next ones");
        }
    }
}

/// Seals all entries of the change log that are in no seal yet; returns how many this node has sealed.
pub async fn seal(db: &Db, key: &SigningKey) -> Result<usize> {
    let mut sealed = 0;
    while let Some(next) = Next::prepare(db, key).await? {
        let (count, caught_up) = (next.seal.entries().count(), next.seal.caught_up);
        if !db.write(&Actor::system("audit"), next).await? {
            // Another node was faster, and goes on.
            break;
        }
        sealed += count;
        if caught_up {
            break;
        }
    }
    Ok(sealed)
}

/// A seal that is to be added to the chain. It is worked out before the transaction begins, so that no writer waits
/// for the hashing: entries that are committed do not change any more.
struct Next {
    seal: Seal,
    /// Where the chain ended meanwhile.
    head: Head,
    gaps: Gaps,
    /// The gaps without what is in the seal.
    left: Gaps,
}

impl Next {
    /// Nothing when all entries are sealed.
    async fn prepare(db: &Db, key: &SigningKey) -> Result<Option<Self>> {
        let mut tx = db.snapshot(&Actor::system("audit")).await?;
        // Before the look, so that whatever is committed by then is seen.
        let at = tx.now();
        let head = Head::load(&mut tx).await?;
        let gaps = gaps(&mut tx).await?;
        let text = format!(
            "SELECT {} FROM audit_gap g JOIN change c ON c.id BETWEEN g.first AND g.last
            ORDER BY g.first, c.id LIMIT $1",
            Sealable::COLUMNS
        );
        let mut rows = tx.rows(&text, params![i64::try_from(MOST + 1).unwrap_or(i64::MAX)]).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let caught_up = rows.len() <= MOST;
        rows.truncate(MOST);
        let mut left = gaps.clone();
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows {
            let entry = Sealable::from_row(row)?;
            left.remove(entry.id);
            entries.push((entry.id, entry.hash));
        }
        let seal = Seal::after(&head, at, &entries, caught_up, key);
        Ok(Some(Self { seal, head, gaps, left }))
    }
}

async fn gaps(tx: &mut Tx) -> Result<Gaps> {
    let rows = tx.rows("SELECT first, last FROM audit_gap", &[]).await?;
    let ranges = rows.into_iter().map(|mut row| Ok((row.take(0)?, row.take(1)?))).collect::<Result<Vec<_>>>()?;
    Ok(Gaps::of(ranges))
}

impl Work for Next {
    /// Whether it was added: it is not when the chain has gone on meanwhile.
    type Out = bool;
    const NAME: &'static str = "audit.seal";

    async fn run(&self, tx: &mut Tx) -> Result<bool> {
        tx.lock("audit").await?;
        if Head::load(tx).await? != self.head {
            return Ok(false);
        }
        self.seal.insert(tx).await?;
        let head = "INSERT INTO audit_head (one, n, hash) VALUES (1, $1, $2)
            ON CONFLICT (one) DO UPDATE SET n = excluded.n, hash = excluded.hash";
        tx.derive(head, params![self.seal.n, crate::Bytes(self.seal.hash.clone())]).await?;
        for (first, _) in self.gaps.beside(&self.left) {
            tx.derive("DELETE FROM audit_gap WHERE first = $1", params![first]).await?;
        }
        for (first, last) in self.left.beside(&self.gaps) {
            tx.derive("INSERT INTO audit_gap (first, last) VALUES ($1, $2)", params![first, last]).await?;
        }
        Ok(true)
    }
}
