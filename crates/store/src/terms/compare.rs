//! Whether two runs of a work did the same. They differ in when they were: an instant that one run has set counts as the
//! same when it is as far from that run as the other one is from the other.

use std::collections::BTreeMap;

use kernel::{Error, Preview, Result};
use serde_json::Value as Json;

use crate::{Tx, params};

/// The most differences that are told.
const MOST_TOLD: usize = 10;
/// Integers beyond this are taken for instants: microseconds in this century.
const INSTANTS: i64 = 900_000_000_000_000;

/// The changes of a run, by what they change, with the instant of the run.
struct Run {
    at: i64,
    changes: BTreeMap<(String, i64), Vec<Json>>,
}

impl Run {
    fn new(at: i64, changes: Vec<Json>) -> Self {
        let mut sorted: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for change in changes {
            let table = change[0].as_str().unwrap_or_default().to_owned();
            sorted.entry((table, change[1].as_i64().unwrap_or_default())).or_default().push(change);
        }
        Self { at, changes: sorted }
    }

    fn of(preview: &Preview) -> Result<Self> {
        Ok(Self::new(preview.at, serde_json::from_str(&preview.changes).map_err(Error::internal)?))
    }

    /// What the other run does otherwise, each as a part of a sentence.
    fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        for (key, changes) in &self.changes {
            match other.changes.get(key) {
                None => found.push(format!("{} would no longer be changed", spoken(key))),
                Some(others) if !same_all(changes, others, self.at, other.at) => {
                    found.push(format!("{} would be changed in another way", spoken(key)));
                }
                Some(_) => {}
            }
        }
        let new = other.changes.keys().filter(|key| !self.changes.contains_key(*key));
        found.extend(new.map(|key| format!("{} would be changed as well", spoken(key))));
        found
    }
}

/// What has become different from one preview of a request to a later one, each as a part of a sentence.
pub fn differences(then: &Preview, now: &Preview) -> Result<Vec<String>> {
    let known: BTreeMap<_, _> = now.reads.iter().map(|(table, id, version)| ((table, id), version)).collect();
    let other = |(table, id, version): &&(String, i64, i64)| known.get(&(table, id)).is_some_and(|now| *now != version);
    let mut found: Vec<_> = then.reads.iter().filter(other).map(|(table, id, _)| changed(table, *id)).collect();
    found.extend(Run::of(then)?.differences(&Run::of(now)?));
    Ok(found)
}

/// Refuses when the task has not done what was shown, or has found what it loads in another state.
pub(super) async fn demand_equal(tx: &mut Tx, shown: &Preview) -> Result<()> {
    let mut found = changed_since(tx, shown).await?;
    let done = Run::new(tx.now().0, tx.changes_so_far()?);
    found.extend(Run::of(shown)?.differences(&done));
    if found.is_empty() {
        return Ok(());
    }
    let more = found.len().saturating_sub(MOST_TOLD);
    found.truncate(MOST_TOLD);
    let more = if more > 0 { format!("; and {more} more differences") } else { String::new() };
    let found = found.join("; ");
    Err(Error::conflict_of("commit", format!("Nothing was done, since it is not as it was shown: {found}{more}.")))
}

/// The records that were loaded for the preview and have changed since.
async fn changed_since(tx: &mut Tx, shown: &Preview) -> Result<Vec<String>> {
    let loaded: BTreeMap<(&str, i64), i64> = tx.watched().map(|watch| watch.reads.clone()).unwrap_or_default();
    let mut found = Vec::new();
    let mut unknown: BTreeMap<&str, Vec<(i64, i64)>> = BTreeMap::new();
    for (table, id, version) in &shown.reads {
        match loaded.get(&(table.as_str(), *id)) {
            Some(now) if now != version => found.push(changed(table, *id)),
            Some(_) => {}
            None => unknown.entry(table).or_default().push((*id, *version)),
        }
    }
    // What this run has not loaded again, such as what is kept in memory by now.
    for (table, records) in unknown {
        let ids: Vec<i64> = records.iter().map(|(id, _)| *id).collect();
        let text = format!("SELECT id, version FROM {table} WHERE id = ANY($1)");
        let mut versions = BTreeMap::new();
        for mut row in tx.rows(&text, params![ids]).await? {
            versions.insert(row.take::<i64>(0)?, row.take::<i64>(1)?);
        }
        let other = records.iter().filter(|(id, version)| versions.get(id) != Some(version));
        found.extend(other.map(|(id, _)| changed(table, *id)));
    }
    Ok(found)
}

fn changed(table: &str, id: i64) -> String {
    format!("{} {id} has been changed", table.replace('_', " "))
}

fn spoken((table, id): &(String, i64)) -> String {
    format!("{} {id}", table.replace('_', " "))
}

fn same_all(these: &[Json], those: &[Json], at: i64, other_at: i64) -> bool {
    these.len() == those.len() && these.iter().zip(those).all(|(one, other)| same(one, other, at, other_at))
}

fn same(one: &Json, other: &Json, at: i64, other_at: i64) -> bool {
    match (one, other) {
        (Json::Array(ones), Json::Array(others)) => same_all(ones, others, at, other_at),
        (Json::Object(ones), Json::Object(others)) => {
            let also =
                |(key, one): (&String, &Json)| others.get(key).is_some_and(|other| same(one, other, at, other_at));
            ones.len() == others.len() && ones.iter().all(also)
        }
        (Json::Number(_), Json::Number(_)) if one != other => match (one.as_i64(), other.as_i64()) {
            (Some(one), Some(other)) => one > INSTANTS && other > INSTANTS && one - at == other - other_at,
            _ => false,
        },
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const AT: i64 = 1_700_000_000_000_000;

    fn run(at: i64, changes: &Json) -> Preview {
        Preview { at, changes: changes.to_string(), ..Preview::default() }
    }

    fn told(one: &Json, other: &Json) -> Vec<String> {
        differences(&run(AT, one), &run(AT + 5_000_000, other)).unwrap()
    }

    #[test]
    fn instants_are_the_same_as_seen_from_the_run_or_as_they_are() {
        let moved = |at: i64, old: i64| json!([["moon", 1, {"at": old}, {"at": at, "until": at + 60}]]);
        assert_eq!(told(&moved(AT, AT - 7), &moved(AT + 5_000_000, AT - 7)), [""; 0]);
        assert_eq!(told(&moved(AT, AT - 7), &moved(AT + 1, AT - 7)), ["moon 1 would be changed in another way"]);
    }

    #[test]
    fn the_order_does_not_matter_but_everything_else_does() {
        let (one, two) = (json!(["moon", 1, null, {"n": 1}]), json!(["big_moon", 2, {"n": 1}, {"n": 2}]));
        let same = told(&json!([one, two]), &json!([two, one]));
        assert_eq!(same, [""; 0]);
        assert_eq!(told(&json!([one, two]), &json!([one])), ["big moon 2 would no longer be changed"]);
        assert_eq!(told(&json!([one]), &json!([one, two])), ["big moon 2 would be changed as well"]);
        let other = json!(["moon", 1, null, {"n": 2}]);
        assert_eq!(told(&json!([one]), &json!([other])), ["moon 1 would be changed in another way"]);
    }

    #[test]
    fn what_was_loaded_in_another_version_is_a_difference() {
        let reads = |version| Preview { reads: vec![("moon".to_owned(), 3, version)], ..run(AT, &json!([])) };
        assert_eq!(differences(&reads(1), &reads(1)).unwrap(), [""; 0]);
        assert_eq!(differences(&reads(1), &reads(2)).unwrap(), ["moon 3 has been changed"]);
    }
}
