//! Reading things as they were: from what they are now, back over the entries of the change log.
//!
//! What orders the changes of a record is its version, not the time: each change says from which version it led to
//! which. So the way back is exact also when many changes share an instant or the clocks of two nodes differ.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kernel::{Error, Result, Timestamp};
use serde_json::{Map, Value as Json};

use crate::{ColumnInfo, Kind, Record, Row, Table, Tx, Value, change::SECRET, notice::NOTICE, params};

/// The changes since an instant of a thing and of whatever changed together with it.
#[derive(Debug)]
pub struct Past {
    since: Timestamp,
    steps: HashMap<(String, i64), Steps>,
}

/// The changes of one record.
#[derive(Debug, Default)]
struct Steps {
    /// By the version to which each led: the columns before, or nothing where the record was made.
    back: HashMap<i64, Option<Map<String, Json>>>,
    /// By the version at which the record was deleted: its columns.
    deleted: BTreeMap<i64, Map<String, Json>>,
}

/// `[table, id, before, after]`.
type Item = (String, i64, Option<Map<String, Json>>, Option<Map<String, Json>>);

/// A column that is not the same at two times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its name.
    pub column: &'static str,
    /// At the first time; NULL also when the record was not there.
    pub before: Value,
    /// At the second time.
    pub after: Value,
}

impl Tx {
    /// What has happened to a thing and its parts after this instant. Changes that this task itself has made are not
    /// among it.
    pub async fn past(&mut self, table: &str, id: impl Into<i64>, since: Timestamp) -> Result<Past> {
        let mut past = Past::nothing(since);
        past.add(self, table, vec![id.into()]).await?;
        Ok(past)
    }

    /// A record as it was at this instant, all changes of the instant itself included; nothing when it was not there.
    /// What is secret reads `(secret)`.
    pub async fn as_of<R: Record>(&mut self, id: impl Into<i64>, at: Timestamp) -> Result<Option<R>> {
        let id = id.into();
        let past = self.past(R::table().name, id, at).await?;
        past.record(self, id).await
    }

    /// The columns of a record that are not the same at two instants; the version, which counts changes, aside.
    pub async fn difference<R: Record>(
        &mut self,
        id: impl Into<i64>,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Difference>> {
        let id = id.into();
        let (before, after) = (self.as_of::<R>(id, from).await?, self.as_of::<R>(id, to).await?);
        let columns = R::table().columns;
        let values = |record: Option<R>| record.map_or_else(|| vec![Value::Null; columns.len()], |r| r.values());
        let pairs = values(before).into_iter().zip(values(after));
        let all = columns.iter().zip(pairs).map(|(c, (before, after))| Difference { column: c.name, before, after });
        Ok(all.filter(|d| d.before != d.after && d.column != VERSION).collect())
    }
}

const VERSION: &str = "version";

impl Past {
    pub(crate) fn nothing(since: Timestamp) -> Self {
        Self { since, steps: HashMap::new() }
    }

    /// Takes in the items of an entry that are of wanted tables; says how many these are.
    pub(crate) fn note_all(&mut self, items: &str, wanted: impl Fn(&str) -> bool) -> Result<usize> {
        let items: Vec<Item> = serde_json::from_str(items).map_err(Error::internal)?;
        let mut noted = 0;
        // A notice changes nothing.
        for item in items.into_iter().filter(|(table, ..)| table != NOTICE && wanted(table)) {
            self.note(item)?;
            noted += 1;
        }
        Ok(noted)
    }

    async fn add(&mut self, tx: &mut Tx, table: &str, ids: Vec<i64>) -> Result<()> {
        let text = "SELECT c.items FROM change c WHERE c.at > $3 AND c.id IN
            (SELECT r.change_id FROM change_ref r WHERE r.entity = $1 AND r.entity_id = ANY($2))";
        for mut row in tx.rows(text, params![table, ids, self.since]).await? {
            self.note_all(&row.take::<String>(0)?, |_| true)?;
        }
        Ok(())
    }

    fn note(&mut self, (table, id, before, after): Item) -> Result<()> {
        let version = |side: &Map<String, Json>| {
            let missing = || Error::internal(format!("an entry of the change log lacks the version of {table} {id}"));
            side.get(VERSION).and_then(Json::as_i64).ok_or_else(missing)
        };
        match (before, after) {
            (before, Some(after)) => {
                let version = version(&after)?;
                self.steps.entry((table, id)).or_default().back.insert(version, before);
            }
            (Some(before), None) => {
                let version = version(&before)?;
                self.steps.entry((table, id)).or_default().deleted.insert(version, before);
            }
            (None, None) => {}
        }
        Ok(())
    }

    /// A record as it was: the thing itself, or a part of it.
    pub async fn record<R: Record>(&self, tx: &mut Tx, id: impl Into<i64>) -> Result<Option<R>> {
        tx.is_in_log(self.since).await?;
        let id = id.into();
        let now = tx.get::<R>(id).await?;
        self.back(id, now)
    }

    /// All records of a table that have changed, or have been made or deleted: their ids, and those records that were
    /// there, as they were.
    pub async fn records<R: Record>(&self, tx: &mut Tx) -> Result<(Vec<i64>, Vec<R>)> {
        let table = R::table().name;
        let ids: Vec<i64> = self.steps.keys().filter(|(name, _)| name == table).map(|(_, id)| *id).collect();
        if ids.is_empty() {
            return Ok((ids, Vec::new()));
        }
        let now = tx.find::<R>("id = ANY($1)", params![ids]).await?;
        let mut now: HashMap<i64, R> = now.into_iter().map(|record| (record.row_id(), record)).collect();
        let mut then = Vec::new();
        for id in &ids {
            then.extend(self.back(*id, now.remove(id))?);
        }
        Ok((ids, then))
    }

    /// All states of a record since the beginning of this past, by version, the one that it has now included.
    pub fn states<R: Record>(&self, id: impl Into<i64>, now: Option<R>) -> Result<BTreeMap<i64, R>> {
        let id = id.into();
        let mut states = Vec::new();
        self.walk(id, now, |values| states.push(values.to_vec()))?;
        let states = states.into_iter().map(|values| R::from_row(Row(values)));
        states.map(|state| state.map(|state| (state.version(), state))).collect()
    }

    /// The tables that it is about, in order.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &str> {
        self.steps.keys().map(|(table, _)| table.as_str()).collect::<BTreeSet<_>>().into_iter()
    }

    /// The records of a table, in order.
    pub(crate) fn ids(&self, table: &str) -> BTreeSet<i64> {
        self.steps.keys().filter(|(name, _)| name == table).map(|(_, id)| *id).collect()
    }

    pub(crate) fn forget(&mut self, table: &str) {
        self.steps.retain(|(name, _), _| name != table);
    }

    /// What a record was before all of these changes, beside what it is. Nothing when it has been changed after them,
    /// or in between by others. One that comes back has the version after its last one.
    pub(crate) fn before_all<R: Record>(&self, id: i64, now: Option<R>) -> Result<Option<(Option<R>, Option<R>)>> {
        let Some(steps) = self.steps.get(&(R::table().name.to_owned(), id)) else { return Ok(None) };
        let (made, gone) = (steps.back.keys().max(), steps.deleted.keys().next_back());
        let is_last = match &now {
            Some(now) => made == Some(&now.version()) && gone < made,
            None => gone.is_some() && gone >= made,
        };
        if !is_last {
            return Ok(None);
        }
        let here = now.as_ref().map(|now| R::from_row(Row(now.values()))).transpose()?;
        let mut lowest = i64::MAX;
        let place = R::table().columns.iter().position(|column| column.name == VERSION);
        let mut then = self.walk(id, here, |values| {
            if let Some(Value::Int(version)) = place.and_then(|place| values.get(place)) {
                lowest = *version;
            }
        })?;
        // Whatever the way back has not come to lies behind a change of somebody else.
        if steps.back.keys().chain(steps.deleted.keys()).any(|version| *version < lowest) {
            return Ok(None);
        }
        if let (None, Some(then), Some(gone)) = (&now, &mut then, gone) {
            then.set_version(gone + 1);
        }
        Ok(Some((now, then)))
    }

    /// The version at which a record was deleted last.
    pub(crate) fn last_end(&self, table: &str, id: i64) -> Option<i64> {
        self.steps.get(&(table.to_owned(), id))?.deleted.keys().next_back().copied()
    }

    /// The records that were parts of the thing with this id, in the order of their ids: those whose `column`, which
    /// must be one that says so ([`record!`](crate::record!)), held it.
    pub async fn parts<R: Record>(&self, tx: &mut Tx, column: &str, whole: impl Into<i64>) -> Result<Vec<R>> {
        tx.is_in_log(self.since).await?;
        let table = R::table();
        let whole = Value::Int(whole.into());
        let not_a_part = || Error::internal(format!("{}.{column} does not say of what it is a part", table.name));
        let place = table.columns.iter().position(|c| c.name == column && c.part_of.is_some());
        let place = place.ok_or_else(not_a_part)?;
        let now = tx.find::<R>(&format!("{column} = $1"), std::slice::from_ref(&whole)).await?;
        let mut records: BTreeMap<i64, Option<R>> = now.into_iter().map(|r| (r.row_id(), Some(r))).collect();
        let of_table =
            || self.steps.iter().filter(|((name, _), _)| name == table.name).map(|((_, id), steps)| (*id, steps));
        let elsewhere: Vec<i64> = of_table().map(|(id, _)| id).filter(|id| !records.contains_key(id)).collect();
        if !elsewhere.is_empty() {
            records.extend(elsewhere.iter().map(|id| (*id, None)));
            let moved = tx.find::<R>("id = ANY($1)", params![elsewhere]).await?;
            records.extend(moved.into_iter().map(|r| (r.row_id(), Some(r))));
        }
        // What was moved out of the whole has a past elsewhere, too.
        let moved = of_table().filter(|(_, steps)| steps.back.values().flatten().any(|c| c.contains_key(column)));
        let moved: Vec<i64> = moved.map(|(id, _)| id).collect();
        let mut elsewhere = Self { since: self.since, steps: HashMap::new() };
        if !moved.is_empty() {
            elsewhere.add(tx, table.name, moved.clone()).await?;
        }
        let mut parts = Vec::new();
        for (id, now) in records {
            let past = if moved.contains(&id) { &elsewhere } else { self };
            parts.extend(past.back(id, now)?.filter(|r: &R| r.values().get(place) == Some(&whole)));
        }
        Ok(parts)
    }

    /// A record that has been deleted since, as it was at its end.
    pub fn at_its_end<R: Record>(&self, id: impl Into<i64>) -> Result<Option<R>> {
        let steps = self.steps.get(&(R::table().name.to_owned(), id.into()));
        let last = steps.and_then(|steps| steps.deleted.last_key_value());
        last.map(|(_, columns)| R::from_row(Row(over(R::table(), nulls(R::table()), columns)?))).transpose()
    }

    /// Walks back from what a record is now.
    fn back<R: Record>(&self, id: i64, now: Option<R>) -> Result<Option<R>> {
        self.walk(id, now, |_| ())
    }

    /// The same, showing each state on the way.
    fn walk<R: Record>(&self, id: i64, now: Option<R>, mut show: impl FnMut(&[Value])) -> Result<Option<R>> {
        let table = R::table();
        let none = Steps::default();
        let steps = self.steps.get(&(table.name.to_owned(), id)).unwrap_or(&none);
        let mut version = now.as_ref().map_or(i64::MAX, Record::version);
        let mut values = now.map(|record| masked(table, record.values()));
        loop {
            if let Some(values) = &values {
                show(values);
            }
            let (before, from) = if let Some(values) = values.take() {
                match steps.back.get(&version) {
                    None => return R::from_row(Row(values)).map(Some),
                    Some(None) => continue,
                    Some(Some(before)) => (before, values),
                }
            } else {
                match steps.deleted.range(..version).next_back() {
                    None => return Ok(None),
                    Some((_, before)) => (before, nulls(table)),
                }
            };
            // Each step leads to a smaller version, so the walk ends.
            let older = before.get(VERSION).and_then(Json::as_i64).filter(|older| *older < version);
            let backwards = || Error::internal(format!("the versions of {} {id} do not rise", table.name));
            version = older.ok_or_else(backwards)?;
            values = Some(over(table, from, before)?);
        }
    }
}

fn nulls(table: &Table) -> Vec<Value> {
    vec![Value::Null; table.columns.len()]
}

/// The values with those columns replaced that an entry names.
fn over(table: &Table, mut values: Vec<Value>, columns: &Map<String, Json>) -> Result<Vec<Value>> {
    for (column, value) in table.columns.iter().zip(&mut values) {
        if let Some(logged) = columns.get(column.name) {
            *value = read(column, logged).ok_or_else(|| {
                Error::internal(format!("the change log holds no value of {}.{}", table.name, column.name))
            })?;
        }
    }
    Ok(values)
}

/// A value as the change log writes it.
fn read(column: &ColumnInfo, logged: &Json) -> Option<Value> {
    match (column.kind, logged) {
        (_, Json::Null) => Some(Value::Null),
        _ if column.secret => Some(secret(column.kind)),
        (Kind::Int, Json::Number(n)) => n.as_i64().map(Value::Int),
        (Kind::Text, Json::String(text)) => Some(Value::Text(text.clone())),
        (Kind::Bytes, Json::String(digits)) => {
            let pair = |at| digits.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
            (0..digits.len()).step_by(2).map(pair).collect::<Option<Vec<u8>>>().map(Value::Bytes)
        }
        _ => None,
    }
}

/// The values without what is secret.
fn masked(table: &Table, mut values: Vec<Value>) -> Vec<Value> {
    for (column, value) in table.columns.iter().zip(&mut values) {
        if column.secret && *value != Value::Null {
            *value = secret(column.kind);
        }
    }
    values
}

/// What stands in the place of a secret.
fn secret(kind: Kind) -> Value {
    match kind {
        Kind::Int => Value::Null,
        Kind::Text => Value::Text(SECRET.to_owned()),
        Kind::Bytes => Value::Bytes(SECRET.as_bytes().to_vec()),
    }
}
