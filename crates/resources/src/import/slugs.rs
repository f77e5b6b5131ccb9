//! Slugs for many entries at once: those that the file names, and for the others those of their names, with numbers
//! where there are several. Asked for one by one, they would take longer than all else.

use std::collections::HashSet;

use indexmap::IndexMap;
use kernel::Result;
use store::Tx;

use super::{Fault, plan::Planned};
use crate::resource::slug;

/// How many slugs are looked for in one question.
const AT_ONCE: usize = 5_000;
/// The most numbers that are tried for a name in one round.
const MOST_TRIED: i64 = 100_000;

/// Gives each entry its slug. `title` is that of the column in which the file names them.
pub(super) async fn assign(
    tx: &mut Tx,
    entries: &mut [Planned],
    title: Option<String>,
    faults: &mut Vec<Fault>,
) -> Result<()> {
    let mut used = HashSet::new();
    let chosen: Vec<String> = entries.iter().filter_map(|entry| entry.new.slug.clone()).collect();
    let taken = taken(tx, &chosen).await?;
    for entry in entries.iter_mut() {
        let Some(slug) = entry.new.slug.clone() else { continue };
        let wrong = slug::misshapen(&slug).or_else(|| {
            let free = !taken.contains(&slug) && used.insert(slug.clone());
            (!free).then(|| slug::in_use(&slug))
        });
        match wrong {
            Some(reason) => faults.push(Fault { line: entry.line, column: title.clone(), reason }),
            None => entry.slug = slug,
        }
    }
    number(tx, entries, used).await
}

/// Entries that want the same slug, the last one first, and the numbers that are tried next.
struct Alike {
    entries: Vec<usize>,
    next: i64,
    many: i64,
}

async fn number(tx: &mut Tx, entries: &mut [Planned], mut used: HashSet<String>) -> Result<()> {
    let mut open: IndexMap<String, Alike> = IndexMap::new();
    for (at, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.new.slug.is_none()).rev() {
        let base = slug::base(&entry.new.name, &entry.new.kind);
        let alike = open.entry(base).or_insert_with(|| Alike { entries: Vec::new(), next: 1, many: 0 });
        alike.entries.push(at);
        alike.many += 1;
    }
    while !open.is_empty() {
        let numbers = |alike: &Alike| alike.next..alike.next + alike.many;
        let tried = open.iter().flat_map(|(base, alike)| numbers(alike).map(|n| slug::nth(base, n)));
        let taken = taken(tx, &tried.collect::<Vec<_>>()).await?;
        open.retain(|base, alike| {
            for n in numbers(alike) {
                let slug = slug::nth(base, n);
                if taken.contains(&slug) || used.contains(&slug) {
                    continue;
                }
                let Some(entry) = alike.entries.pop().and_then(|at| entries.get_mut(at)) else { break };
                used.insert(slug.clone());
                entry.slug = slug;
            }
            alike.next += alike.many;
            alike.many = (alike.many * 2).min(MOST_TRIED);
            !alike.entries.is_empty()
        });
    }
    Ok(())
}

/// Those of the slugs that resources have.
async fn taken(tx: &mut Tx, slugs: &[String]) -> Result<HashSet<String>> {
    let mut taken = HashSet::new();
    for some in slugs.chunks(AT_ONCE) {
        taken.extend(slug::taken(tx, some).await?);
    }
    Ok(taken)
}
