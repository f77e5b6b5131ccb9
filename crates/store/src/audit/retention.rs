//! How long the log is kept. What is older is thrown away in whole seals, from the beginning of the chain: the entries
//! and the seals that hold them. A signed cut says so in their place, and the chain goes on from there.

use std::{collections::HashSet, time::Duration};

use kernel::{Actor, Error, Result, Timestamp};
use tokio::sync::watch;

use super::{
    cut::Cut,
    key::SigningKey,
    seal::{Head, Seal, Sealable},
};
use crate::{Db, Level, Tx, Work, params, record};

/// How often it is looked whether something is old enough.
const PAUSE: Duration = Duration::from_mins(1);
/// How many seals are thrown away at a time: at most 2,000 entries.
const SEALS: u32 = 4;
/// How many lines of the log's index are looked at at a time.
const REFS: u32 = 5_000;
const DAY: i64 = 24 * 60 * 60;
/// The longest time that can be set: a hundred years.
const MOST_DAYS: u32 = 36_500;

record! {
    /// How long the log is kept. There is one, or none.
    pub struct Retention in "log_retention" secret [] {
        /// Always 1.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// For so many days.
        days: u32,
    }
}

const ONE: i64 = 1;

/// For how many days the log is kept; nothing when for ever.
pub async fn retention(tx: &mut Tx) -> Result<Option<u32>> {
    Ok(tx.get::<Retention>(ONE).await?.map(|retention| retention.days))
}

/// Says for how many days, 1 to 36,500, the log is kept from now on; nothing for ever.
pub async fn set_retention(db: &Db, actor: &Actor, days: Option<u32>) -> Result<()> {
    if days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
        return Err(Error::invalid("days", format!("must be 1 to {MOST_DAYS}, or null to keep the log for ever")));
    }
    db.write(actor, SetRetention(days)).await
}

struct SetRetention(Option<u32>);

impl Work for SetRetention {
    type Out = ();
    const NAME: &'static str = "log.set_retention";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        tx.lock("audit").await?;
        match (tx.get::<Retention>(ONE).await?, self.0) {
            (None, None) => Ok(()),
            (None, Some(days)) => tx.insert(&Retention { id: ONE, version: 0, days }).await,
            (Some(before), None) => tx.delete(&before).await,
            (Some(before), Some(days)) if before.days == days => Ok(()),
            (Some(before), Some(days)) => tx.update(&before, &mut Retention { days, ..before.clone() }).await,
        }
    }
}

/// Throws away what is old enough, again and again, until told to stop. Every node may do this.
pub async fn keep_expiring(db: Db, key: SigningKey, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
        if let Err(error) = expire(&db, &key).await {
            tracing::error!(%error, "old entries of the change log could not be thrown away");
        }
    }
}

/// Throws away what is old enough by now; returns how many entries. The last seal stays in any case, and so does what
/// is in no seal yet. Whole days count, so that there is something to do once a day.
///
/// What is not as it was sealed is evidence: it is kept, with all behind it, and the error says so.
pub async fn expire(db: &Db, key: &SigningKey) -> Result<u64> {
    let mut removed = 0;
    while let Some(next) = Next::prepare(db, key).await? {
        let count = next.ids.len() as u64;
        if !db.write(&Actor::system("retention"), next).await? {
            // Another node is at it.
            break;
        }
        removed += count;
    }
    if removed > 0 {
        remove_refs(db).await?;
        db.write(&Actor::system("retention"), Said(removed)).await?;
    }
    Ok(removed)
}

/// The next seals that are thrown away.
struct Next {
    before: Cut,
    after: Cut,
    ids: Vec<i64>,
}

impl Next {
    async fn prepare(db: &Db, key: &SigningKey) -> Result<Option<Self>> {
        let mut tx = db.snapshot(&Actor::system("retention")).await?;
        let Some(days) = retention(&mut tx).await? else { return Ok(None) };
        let today = tx.now().epoch_seconds().div_euclid(DAY);
        let oldest = Timestamp((today - i64::from(days)).saturating_mul(DAY).saturating_mul(1_000_000));
        let (before, head) = (Cut::load(&mut tx).await?, Head::load(&mut tx).await?);
        let mut seals = Seal::behind(&mut tx, before.last.n, SEALS).await?;
        let old = seals.iter().take_while(|seal| seal.at < oldest && seal.n < head.n).count();
        seals.truncate(old);
        let (mut last, mut until, mut ids) = (before.last.clone(), before.until, Vec::new());
        for seal in &seals {
            let entries: HashSet<_> = seal.entries().collect();
            let text = format!("SELECT {} FROM change c WHERE c.id = ANY($1)", Sealable::COLUMNS);
            let named: Vec<i64> = entries.iter().map(|(id, _)| *id).collect();
            let rows = tx.rows(&text, params![named]).await?;
            let there = rows.into_iter().map(Sealable::from_row).collect::<Result<Vec<_>>>()?;
            let holds = |entry: &Sealable| entries.contains(&(entry.id, entry.hash));
            let sound = seal.n == last.n + 1
                && seal.previous == last.hash
                && seal.right_hash() == seal.hash
                && seal.is_signed_by(&key.public())
                && there.len() == entries.len()
                && there.iter().all(holds);
            if !sound || !before.is_signed_by(&key.public()) {
                return Err(Error::conflict(format!(
                    "the log is not as it was sealed at seal {}, so nothing is thrown away; run platbook audit verify",
                    seal.n
                )));
            }
            until = there.iter().map(|entry| entry.at).fold(until, Ord::max);
            ids.extend(named);
            last = Head { n: seal.n, hash: seal.hash.clone() };
        }
        if seals.is_empty() {
            return Ok(None);
        }
        let removed = before.removed.saturating_add(i64::try_from(ids.len()).unwrap_or(i64::MAX));
        Ok(Some(Self { after: Cut::behind(last, until, removed, key), before, ids }))
    }
}

impl Work for Next {
    /// Whether it was done: it is not when another node was faster.
    type Out = bool;
    const NAME: &'static str = "log.expire";

    async fn run(&self, tx: &mut Tx) -> Result<bool> {
        tx.lock("audit").await?;
        if Cut::load(tx).await? != self.before {
            return Ok(false);
        }
        tx.derive("DELETE FROM change WHERE id = ANY($1)", params![self.ids]).await?;
        tx.derive("DELETE FROM audit_seal WHERE n <= $1", params![self.after.last.n]).await?;
        self.after.save(tx).await?;
        Ok(true)
    }
}

/// Removes the lines of the log's index that lead to entries that are gone. They are spread over all of it, since it is
/// in the order of the things; so all of it is read, in pieces and beside the writers.
async fn remove_refs(db: &Db) -> Result<()> {
    let mut place = (String::new(), i64::MIN, i64::MIN);
    loop {
        let mut tx = db.read(&Actor::system("retention")).await?;
        let text =
            "SELECT r.entity, r.entity_id, r.change_id, c.id FROM change_ref r LEFT JOIN change c ON c.id = r.change_id
            WHERE (r.entity, r.entity_id, r.change_id) > ($1, $2, $3)
            ORDER BY r.entity, r.entity_id, r.change_id LIMIT $4";
        let rows = tx.rows(text, params![place.0, place.1, place.2, REFS]).await?;
        drop(tx);
        let last = rows.len() < REFS as usize;
        let (from, mut gone) = (place.clone(), Vec::new());
        for mut row in rows {
            place = (row.take(0)?, row.take(1)?, row.take(2)?);
            if row.take::<Option<i64>>(3)?.is_none() {
                gone.push(place.2);
            }
        }
        if !gone.is_empty() {
            db.write(&Actor::system("retention"), RemoveRefs { from, to: place.clone(), gone }).await?;
        }
        if last {
            return Ok(());
        }
    }
}

/// A place in the index.
type Place = (String, i64, i64);

struct RemoveRefs {
    from: Place,
    to: Place,
    gone: Vec<i64>,
}

impl Work for RemoveRefs {
    type Out = ();
    const NAME: &'static str = "log.expire";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        let text = "DELETE FROM change_ref WHERE (entity, entity_id, change_id) > ($1, $2, $3)
            AND (entity, entity_id, change_id) <= ($4, $5, $6) AND change_id = ANY($7)";
        let (from, to) = (&self.from, &self.to);
        tx.derive(text, params![from.0, from.1, from.2, to.0, to.1, to.2, self.gone]).await.map(drop)
    }
}

/// The log says what is no longer in it.
struct Said(u64);

impl Work for Said {
    type Out = ();
    const NAME: &'static str = "log.expire";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        let until = tx.log_begins_after().await?.map(|until| until.to_string()).unwrap_or_default();
        let text = format!("Threw away {} entries of the log, the latest of {until}, by its retention", self.0);
        tx.note(Level::Notice, "System", &text)
    }
}
