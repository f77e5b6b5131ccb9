//! Taking changes back: what the records were before them, from the log, and what is in the way.
//!
//! An undo is a change like any other. A record can be put back only if nobody has changed it since: its version must
//! be the one that the last of the changes left. The slices add the rules of their records, and write.

use std::collections::HashMap;

use kernel::{Actor, ChangeId, Error, Result, Timestamp};

use crate::{Past, Record, Row, Tx, Value, params};

/// The most records that are put back in one go.
const MOST: usize = 10_000;

/// What is to be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
pub enum Undoing {
    /// One entry of the log.
    Change(ChangeId),
    /// All that one request has changed.
    Request(String),
}

/// Changes that are being taken back.
#[derive(Debug)]
pub struct Undo {
    /// The entries of the log.
    pub changes: Vec<ChangeId>,
    /// When the last of them was made.
    last: Timestamp,
    past: Past,
    /// What is in the way, each as a sentence.
    conflicts: Vec<String>,
    /// Whether there is something among it of which no slice could say who may see it.
    unseen: bool,
}

/// A record that is to be put back.
#[derive(Debug, Clone)]
pub struct Reversal<R> {
    /// What it is; nothing when it has been deleted.
    pub now: Option<R>,
    /// What it was before; nothing when it was not there. One that comes back has the version after its last one.
    pub then: Option<R>,
}

impl<R: Record> Reversal<R> {
    /// The record's id.
    pub fn id(&self) -> i64 {
        self.now.as_ref().or(self.then.as_ref()).map_or(0, Record::row_id)
    }
}

impl Tx {
    /// What the log knows of these changes.
    pub async fn undo(&mut self, what: &Undoing) -> Result<Undo> {
        let text = "SELECT id, at, actor FROM change WHERE";
        let rows = match what {
            Undoing::Change(id) => self.rows(&format!("{text} id = $1"), params![*id]).await?,
            Undoing::Request(request) => {
                let limit = i64::try_from(MOST).unwrap_or(i64::MAX);
                self.rows(&format!("{text} request = $1 ORDER BY at, id LIMIT $2"), params![request, limit]).await?
            }
        };
        let nothing = || Past::nothing(Timestamp(i64::MIN));
        let mut undo = Undo {
            changes: Vec::new(),
            last: Timestamp(i64::MIN),
            past: nothing(),
            conflicts: Vec::new(),
            unseen: false,
        };
        let (mut noted, mut actor) = (0, None);
        for mut row in rows {
            let id: ChangeId = row.take(0)?;
            undo.changes.push(id);
            undo.last = undo.last.max(row.take(1)?);
            let by: String = row.take(2)?;
            if *actor.get_or_insert_with(|| by.clone()) != by {
                let why = "several people have sent requests with this id; undo their changes one by one";
                return Err(Error::conflict(why));
            }
            // One by one: a request may have changed more than is to be read before it is refused.
            let items = self.scalar::<String>("SELECT items FROM change WHERE id = $1", params![id]).await?;
            noted += undo.past.note_all(&items.unwrap_or_default(), |_| true)?;
            if noted >= MOST {
                return Err(Error::conflict(format!("these are {MOST} changes of records or more, too many to undo")));
            }
        }
        if noted == 0 {
            return Err(Error::not_found(what.missing()));
        }
        Ok(undo)
    }

    /// What this task has changed so far, as it will stand in the log: `[table, id, before, after]` for each change.
    pub fn changes_so_far(&self) -> Result<Vec<serde_json::Value>> {
        let texts = self.log.entries.iter().filter(|entry| !entry.items.is_empty());
        let lists = texts.map(|entry| serde_json::from_str::<Vec<serde_json::Value>>(&format!("{}]", entry.items)));
        let lists = lists.collect::<Result<Vec<_>, _>>().map_err(Error::internal)?;
        Ok(lists.into_iter().flatten().collect())
    }
}

impl Undoing {
    /// What is said when there is no such change, or none that the caller may take back since it touches what they may
    /// not see.
    pub fn missing(&self) -> String {
        match self {
            Self::Change(id) => format!("There is no change {id} that you may see whole."),
            Self::Request(request) => format!("There is no change of a request \"{request}\" that you may see whole."),
        }
    }
}

impl Undo {
    /// Whether records of this table are among what changed.
    pub fn touches(&self, table: &str) -> bool {
        self.past.tables().any(|name| name == table)
    }

    /// Notes what is in the way.
    pub fn conflict(&mut self, why: String) {
        if !self.conflicts.contains(&why) {
            self.conflicts.push(why);
        }
    }

    /// Leaves the records of a table as they are.
    pub fn leave<R: Record>(&mut self) {
        self.past.forget(R::table().name);
    }

    /// The records of a table, taken out of what is left to do. Those that somebody has changed since are in the way.
    pub async fn take<R: Record>(&mut self, tx: &mut Tx) -> Result<Vec<Reversal<R>>> {
        let table = R::table().name;
        let ids = self.past.ids(table);
        let mut reversals = Vec::new();
        let here = if ids.is_empty() {
            Vec::new()
        } else {
            tx.find::<R>("id = ANY($1)", params![ids.iter().copied().collect::<Vec<_>>()]).await?
        };
        let mut here: HashMap<i64, R> = here.into_iter().map(|r| (r.row_id(), r)).collect();
        let later = if here.len() < ids.len() { self.later(tx).await? } else { Past::nothing(self.last) };
        for id in ids {
            let now = here.remove(&id);
            let here = now.as_ref().map(|now| R::from_row(Row(now.values()))).transpose()?;
            // What has been deleted may have come back meanwhile, and have been deleted once more.
            let came_back = now.is_none() && later.last_end(table, id) > self.past.last_end(table, id);
            let reversal = if came_back { None } else { self.past.before_all(id, now)? };
            let why = match reversal {
                Some((now, then)) if [&now, &then].into_iter().flatten().any(holds_secret) => {
                    "holds a secret, which has no past"
                }
                Some((now, then)) => {
                    reversals.push(Reversal { now, then });
                    continue;
                }
                None => "has been changed since",
            };
            self.conflict(format!("{} {id} {why}", spoken(table)));
            // It stays as it is; but whoever may not see it must not hear of it either.
            if let Some(now) = here {
                let then = R::from_row(Row(now.values()))?;
                reversals.push(Reversal { now: Some(now), then: Some(then) });
            } else {
                self.unseen = true;
            }
        }
        self.past.forget(table);
        Ok(reversals)
    }

    /// What has happened since to the things that the changes were about.
    async fn later(&self, tx: &mut Tx) -> Result<Past> {
        let mut later = Past::nothing(self.last);
        let text = "SELECT c.id FROM change c WHERE c.at >= $1 AND c.id IN
            (SELECT r.change_id FROM change_ref r JOIN change_ref u ON u.entity = r.entity AND u.entity_id = r.entity_id
             WHERE u.change_id = ANY($2))";
        let changes: Vec<i64> = self.changes.iter().map(|id| id.0).collect();
        for mut row in tx.rows(text, params![self.last, changes]).await? {
            let items =
                tx.scalar::<String>("SELECT items FROM change WHERE id = $1", params![row.take::<i64>(0)?]).await?;
            later.note_all(&items.unwrap_or_default(), |_| true)?;
        }
        Ok(later)
    }

    /// Refuses when anything is in the way, or of a kind that nobody has taken.
    /// What may concern things that the caller may not see is not there for anybody but an administrator.
    pub fn refuse(mut self, actor: &Actor, what: &Undoing) -> Result<Vec<ChangeId>> {
        if (self.unseen || self.past.tables().next().is_some()) && !actor.is_administrator() {
            return Err(Error::not_found(what.missing()));
        }
        let left: Vec<String> = self.past.tables().map(|table| format!("changes of {table} can't be undone")).collect();
        for why in left {
            self.conflict(why);
        }
        if self.conflicts.is_empty() {
            return Ok(self.changes);
        }
        self.conflicts.sort();
        Err(Error::conflict(format!("Nothing was undone: {}.", self.conflicts.join("; "))))
    }
}

fn holds_secret<R: Record>(record: &R) -> bool {
    let values = record.values();
    R::table().columns.iter().zip(&values).any(|(column, value)| column.secret && *value != Value::Null)
}

/// The word for a record of a table.
fn spoken(table: &str) -> String {
    table.replace('_', " ")
}
