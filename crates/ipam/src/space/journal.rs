//! Bringing the index up to date: from the table, or from what other nodes have written into the journal.

use kernel::{AddrKey, BlockId, Error, Family, ProfileId, ResourceId, Result};
use store::{Tx, params};

use super::{FreeLeaf, Place, Pool, index::Index};
use crate::{
    block::{State, reserved_until},
    profile::Profiles,
};

/// Leaves read at a time while the index is built.
const PIECE: i64 = 20_000;
/// Entries kept for nodes that are behind; one that is further behind builds its index anew.
const KEPT: i64 = 1_024;

/// A leaf that has become free (`true`) or is no longer.
pub(super) type Change = (bool, FreeLeaf);

impl Index {
    /// Makes the index equal to the table. The caller holds the lock on blocks.
    pub(super) async fn catch_up(&mut self, tx: &mut Tx) -> Result<()> {
        match self.position {
            None => self.build(tx).await?,
            Some(position) if tx.is_shared() => self.follow(tx, position).await?,
            Some(_) => {}
        }
        self.wake(tx.now());
        Ok(())
    }

    /// Makes sure that the profiles of leaves are known before these are added: a profile says how its leaves are kept.
    pub(super) async fn meet(&mut self, tx: &mut Tx, ids: impl Iterator<Item = ProfileId> + Send) -> Result<()> {
        let unknown: Vec<ProfileId> = ids.filter(|id| !self.knows(*id)).collect();
        if !unknown.is_empty() {
            let found = tx.memory::<Profiles>().of(tx, &unknown).await?;
            self.learn(found);
        }
        Ok(())
    }

    async fn build(&mut self, tx: &mut Tx) -> Result<()> {
        self.clear();
        let position = tx.scalar("SELECT COALESCE(MAX(seq), 0) FROM block_journal", &[]).await?.unwrap_or(0);
        let mut after = 0;
        loop {
            let text = "SELECT id, space, family, first, mask, state, holder, profile_id, marks FROM block
                WHERE id > $1 AND state IN (0, 4) ORDER BY id LIMIT $2";
            let rows = tx.rows(text, params![after, PIECE]).await?;
            let complete = i64::try_from(rows.len()).is_ok_and(|read| read < PIECE);
            let mut leaves = Vec::with_capacity(rows.len());
            for mut row in rows {
                let id: BlockId = row.take(0)?;
                let broken = || Error::internal(format!("block {id} has no family"));
                let family = Family::from_number(row.take(2)?).ok_or_else(broken)?;
                let place = Place { space: row.take(1)?, first: row.take::<AddrKey>(3)?.value(family) };
                let holder: ResourceId = row.take(6)?;
                let pool = if row.take::<State>(5)? == State::Pool { Pool::Of(holder) } else { Pool::Available };
                let profile: ProfileId = row.take(7)?;
                let until = reserved_until(row.take::<Option<String>>(8)?.as_deref());
                leaves.push(FreeLeaf { id, family, pool, profile, mask: row.take(4)?, place, until });
                after = id.0;
            }
            self.meet(tx, leaves.iter().map(|leaf| leaf.profile)).await?;
            for leaf in &leaves {
                self.add(leaf);
            }
            if complete {
                break;
            }
        }
        self.position = Some(position);
        Ok(())
    }

    async fn follow(&mut self, tx: &mut Tx, position: i64) -> Result<()> {
        let text = "SELECT seq, changes FROM block_journal WHERE seq >= $1 ORDER BY seq";
        let rows = tx.rows(text, params![position]).await?;
        let mut next = position;
        for mut row in rows {
            let seq: i64 = row.take(0)?;
            if seq != next {
                return self.build(tx).await;
            }
            if seq > position {
                let changes: Vec<Change> = serde_json::from_str(&row.take::<String>(1)?).map_err(Error::internal)?;
                self.meet(tx, changes.iter().map(|(_, leaf)| leaf.profile)).await?;
                self.apply(&changes);
            }
            next += 1;
        }
        // The entry at our own position is missing: it has been cleared away, and perhaps others after it.
        if next == position && position > 0 {
            return self.build(tx).await;
        }
        self.position = Some((next - 1).max(position));
        Ok(())
    }

    pub(super) fn apply(&mut self, changes: &[Change]) {
        for (free, leaf) in changes {
            if *free {
                self.add(leaf);
            } else {
                self.remove(leaf);
            }
        }
    }

    /// Tells the other nodes what this one has changed.
    pub(super) async fn publish(&mut self, tx: &mut Tx, changes: &[Change]) -> Result<()> {
        if !tx.is_shared() || changes.is_empty() {
            return Ok(());
        }
        let seq = self.position.unwrap_or(0) + 1;
        let text = serde_json::to_string(changes).map_err(Error::internal)?;
        tx.derive("INSERT INTO block_journal (seq, changes) VALUES ($1, $2)", params![seq, text]).await?;
        if seq % (KEPT / 4) == 0 {
            tx.derive("DELETE FROM block_journal WHERE seq < $1", params![seq - KEPT]).await?;
        }
        self.position = Some(seq);
        Ok(())
    }
}
