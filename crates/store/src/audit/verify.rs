//! Looking whether the change log is still what was sealed.

use std::collections::HashMap;

use kernel::{Actor, Error, Result, Timestamp};
use serde::Serialize;

use super::{
    checkpoint::Checkpoint,
    cut::Cut,
    gaps::Gaps,
    key::PublicKey,
    seal::{Head, Seal, Sealable},
};
use crate::{Db, Tx, hex, params, schema};

/// How long an entry may take from its time to its commit, the difference of the nodes' clocks included, in seconds.
/// One that is later than that has been written by somebody else.
const LATEST: i64 = 3_600;
/// How many seals are read at a time.
const SEALS: u32 = 20;
/// How many findings are told apart; the rest are counted.
const MOST: usize = 200;

/// What was looked at, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many seals there are.
    pub seals: u64,
    /// How many entries they hold.
    pub sealed: u64,
    /// How many entries wait for the next seal.
    pub unsealed: u64,
    /// What is not as it was written, in the order of the chain; at most 200.
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub more: u64,
    /// What can't be compared any more, and why; as sentences. Nothing is wrong with it.
    pub notes: Vec<String>,
}

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The seal.
    pub seal: Option<i64>,
    /// The entry of the change log.
    pub entry: Option<i64>,
    /// What is wrong, as a sentence.
    pub text: String,
}

impl Report {
    fn say(&mut self, seal: impl Into<Option<i64>>, entry: impl Into<Option<i64>>, text: impl Into<String>) {
        if self.findings.len() < MOST {
            self.findings.push(Finding { seal: seal.into(), entry: entry.into(), text: text.into() });
        } else {
            self.more += 1;
        }
    }
}

/// Fails when the database is older than the chain.
pub(super) async fn has_chain(tx: &mut Tx) -> Result<()> {
    if schema::applied(tx).await?.iter().any(|name| name == "store/0002") {
        return Ok(());
    }
    Err(Error::conflict("this database was never opened by a Platbook that seals its change log; run platbook migrate"))
}

/// Compares the change log with its seals, and these with each other, with the instance's key, and with a checkpoint
/// that was kept elsewhere. Changes nothing; others read and write meanwhile.
pub async fn verify(db: &Db, key: &PublicKey, kept: Option<&Checkpoint>) -> Result<Report> {
    let mut tx = db.snapshot(&Actor::system("audit")).await?;
    has_chain(&mut tx).await?;
    let mut chain =
        Chain { key, kept, report: Report::default(), end: Head::start(), caught_up: None, unsealed: Gaps::all() };
    chain.begin();
    chain.cut(&Cut::load(&mut tx).await?);
    loop {
        let seals = Seal::behind(&mut tx, chain.end.n, SEALS).await?;
        if seals.is_empty() {
            break;
        }
        for seal in seals {
            chain.seal(&seal);
            chain.entries(&mut tx, &seal).await?;
        }
    }
    let head = Head::load(&mut tx).await?;
    chain.end(&head);
    chain.rest(&mut tx).await?;
    Ok(chain.report)
}

/// The chain as far as it has been looked at.
struct Chain<'a> {
    key: &'a PublicKey,
    kept: Option<&'a Checkpoint>,
    report: Report,
    end: Head,
    /// The latest time of a seal that left nothing for the next one, and the number of that seal.
    caught_up: Option<(Timestamp, i64)>,
    unsealed: Gaps,
}

impl Chain<'_> {
    fn begin(&mut self) {
        let signer = self.kept.map(Checkpoint::signer);
        match signer {
            Some(None) => self.report.say(None, None, "the checkpoint is not signed by the key that it names"),
            Some(Some(signer)) if signer != *self.key => {
                self.report.say(None, None, "the checkpoint is signed by another key than this instance's");
            }
            _ => {}
        }
    }

    /// Where the chain begins, when its beginning was thrown away by age.
    fn cut(&mut self, cut: &Cut) {
        let n = cut.last.n;
        if n == 0 {
            return;
        }
        if !cut.is_signed_by(self.key) {
            let text =
                format!("the log up to seal {n} was thrown away, but not by this instance: the signature is wrong");
            return self.report.say(n, None, text);
        }
        let (removed, until) = (cut.removed, cut.until);
        self.report.notes.push(format!(
            "The log begins behind seal {n}: {removed} entries up to {until} were thrown away by age, as a signed cut says."
        ));
        match self.kept {
            Some(kept) if kept.seal == n && kept.hash != hex::text(&cut.last.hash) => {
                let text =
                    format!("seal {n} is not the one of the checkpoint: the chain was written anew after {}", kept.at);
                self.report.say(n, None, text);
            }
            Some(kept) if kept.seal < n => self.report.notes.push(format!(
                "The checkpoint is of seal {}, which was thrown away with them: nothing can be compared with it any more. Make \
                 another one.",
                kept.seal
            )),
            _ => {}
        }
        self.end = cut.last.clone();
    }

    /// The seal itself, and its place.
    fn seal(&mut self, seal: &Seal) {
        let n = seal.n;
        self.report.seals += 1;
        if n == self.end.n + 1 {
            if seal.previous != self.end.hash {
                let text = format!("seal {n} does not follow what is seal {} now: one of them was replaced", n - 1);
                self.report.say(n, None, text);
            }
        } else {
            self.missing(n - 1);
        }
        if seal.right_hash() != seal.hash {
            self.report.say(n, None, format!("seal {n} was changed: its hash is not that of what it holds"));
        } else if !seal.is_signed_by(self.key) {
            self.report.say(n, None, format!("seal {n} was not made by this instance: its signature is wrong"));
        }
        if let Some(kept) = self.kept.filter(|kept| kept.seal == n && kept.hash != hex::text(&seal.hash)) {
            let text =
                format!("seal {n} is not the one of the checkpoint: the chain was written anew after {}", kept.at);
            self.report.say(n, None, text);
        }
        self.end = Head { n, hash: seal.hash.clone() };
    }

    /// The seals up to this one are not there.
    fn missing(&mut self, last: i64) {
        let first = self.end.n + 1;
        let text = if first == last {
            format!("seal {first} was removed")
        } else {
            format!("the seals {first} to {last} were removed")
        };
        self.report.say(first, None, text);
    }

    /// The entries that a seal holds.
    async fn entries(&mut self, tx: &mut Tx, seal: &Seal) -> Result<()> {
        let ids: Vec<i64> = seal.entries().map(|(id, _)| id).collect();
        let text = format!("SELECT {} FROM change c WHERE c.id = ANY($1)", Sealable::COLUMNS);
        let mut there = HashMap::with_capacity(ids.len());
        for row in tx.rows(&text, params![ids]).await? {
            let entry = Sealable::from_row(row)?;
            there.insert(entry.id, entry);
        }
        for (id, hash) in seal.entries() {
            self.report.sealed += 1;
            if !self.unsealed.remove(id) {
                self.report.say(seal.n, id, format!("entry {id} is in seal {} and in one before", seal.n));
            }
            match there.get(&id) {
                None => self.report.say(seal.n, id, format!("entry {id}, which seal {} holds, was removed", seal.n)),
                Some(entry) if entry.hash != hash => {
                    self.report.say(seal.n, id, format!("entry {id}, which seal {} holds, was changed", seal.n));
                }
                Some(entry) => self.in_time(entry.id, entry.at),
            }
        }
        if seal.caught_up && self.caught_up.is_none_or(|(at, _)| at < seal.at) {
            self.caught_up = Some((seal.at, seal.n));
        }
        Ok(())
    }

    /// An entry that should have been in a seal before.
    fn in_time(&mut self, id: i64, at: Timestamp) {
        let Some((sealed, n)) = self.caught_up.filter(|(sealed, _)| at.plus_seconds(LATEST) < *sealed) else { return };
        let text = format!(
            "entry {id} was inserted later than it says: its time is {at}, but seal {n} of {sealed} does not hold it"
        );
        self.report.say(n, id, text);
    }

    /// The end of the chain, against what the database and the checkpoint say of it.
    fn end(&mut self, head: &Head) {
        if head.n > self.end.n {
            self.missing(head.n);
        } else if *head != self.end {
            let text = format!("the chain ends with seal {}, but the last one that was made is {}", self.end.n, head.n);
            self.report.say(self.end.n, None, text);
        }
        if let Some(kept) = self.kept.filter(|kept| kept.seal > self.end.n.max(head.n)) {
            let text = format!(
                "the checkpoint knows seal {} of {}, but the chain ends with {}: it was cut short",
                kept.seal, kept.at, self.end.n
            );
            self.report.say(kept.seal, None, text);
        }
    }

    /// The entries that are in no seal.
    async fn rest(&mut self, tx: &mut Tx) -> Result<()> {
        let gaps: Vec<_> = self.unsealed.ranges().collect();
        for (first, last) in gaps {
            let mut first = first;
            loop {
                let text = "SELECT id, at FROM change WHERE id BETWEEN $1 AND $2 ORDER BY id LIMIT 1000";
                let rows = tx.rows(text, params![first, last]).await?;
                let full = rows.len() == 1000;
                for mut row in rows {
                    let id: i64 = row.take(0)?;
                    self.report.unsealed += 1;
                    self.in_time(id, row.take(1)?);
                    first = id;
                }
                if !full || first == last {
                    break;
                }
                first += 1;
            }
        }
        Ok(())
    }
}
