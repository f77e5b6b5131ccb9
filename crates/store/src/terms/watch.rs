//! Looking over the shoulder of a task: what it loads, which ids it takes, which jobs it starts.

use std::collections::{BTreeMap, HashMap};

use kernel::{Error, Preview, Result, unshowable};

use crate::{Record, Tx};

/// The most records that a preview is kept of.
const MOST_READS: usize = 20_000;
/// The most changes that a preview shows.
const MOST_CHANGES: usize = 10_000;

/// What is seen of a task.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// By table and id: the version that was loaded first.
    pub(super) reads: BTreeMap<(&'static str, i64), i64>,
    /// The ids taken: table, first and last.
    ids: Vec<(&'static str, i64, i64)>,
    jobs: Vec<String>,
    /// The ids that are kept for this task, by table, the next one last.
    promised: HashMap<String, Vec<i64>>,
    /// Whether what it does is taken back at its end.
    pub(crate) rehearses: bool,
    /// Whether the request was found to have been answered before.
    pub(crate) repeated: bool,
}

impl Watch {
    /// A watch over a task that gets the ids that were shown.
    pub(crate) fn promised(shown: &Preview) -> Self {
        let mut promised: HashMap<String, Vec<i64>> = HashMap::new();
        for (table, first, last) in shown.ids.iter().rev() {
            promised.entry(table.clone()).or_default().extend((*first..=*last).rev());
        }
        Self { promised, ..Self::default() }
    }

    pub(super) fn of_rehearsal(self) -> Self {
        Self { rehearses: true, ..self }
    }

    pub(crate) fn next_id(&mut self, table: &str) -> Option<i64> {
        self.promised.get_mut(table)?.pop()
    }

    pub(crate) fn took(&mut self, table: &'static str, id: i64) {
        match self.ids.iter_mut().rev().find(|(name, ..)| *name == table) {
            Some((_, _, last)) if *last + 1 == id => *last = id,
            _ => self.ids.push((table, id, id)),
        }
    }

    pub(crate) fn loaded<R: Record>(&mut self, records: &[R]) {
        for record in records {
            self.reads.entry((R::table().name, record.row_id())).or_insert_with(|| record.version());
        }
    }

    pub(crate) fn starts(&mut self, kind: &str) {
        self.jobs.push(kind.to_owned());
    }

    fn made(&self, table: &str, id: i64) -> bool {
        self.ids.iter().any(|(name, first, last)| *name == table && (*first..=*last).contains(&id))
    }
}

impl Tx {
    /// Whether what this task does is taken back at its end: memory beside the tables must not follow.
    pub fn rehearses(&self) -> bool {
        self.watch.as_ref().is_some_and(|watch| watch.rehearses)
    }

    pub(super) fn watch(&mut self, watch: Watch) {
        self.watch = Some(Box::new(watch));
    }

    pub(super) fn watched(&self) -> Option<&Watch> {
        self.watch.as_deref()
    }

    pub(super) fn unwatch(&mut self) -> Option<Box<Watch>> {
        self.watch.take()
    }

    /// Ends a rehearsal: tells what the task has done, and takes it back.
    pub(super) async fn take_back(&mut self, action: &str) -> Result<Preview> {
        self.finish_writing().await?;
        let lost = || Error::internal("nobody has watched a rehearsal");
        let watch = self.unwatch().ok_or_else(lost)?;
        let changes = self.changes_so_far()?;
        if watch.reads.len() > MOST_READS || changes.len() > MOST_CHANGES {
            return Err(unshowable(&format!(
                "it changes more than {MOST_CHANGES} records, or reads more than twice that"
            )));
        }
        if changes.is_empty() && !watch.jobs.is_empty() {
            return Err(unshowable("all that it does is done by a job"));
        }
        let reads = watch.reads.iter().filter(|((table, id), _)| !watch.made(table, *id));
        let preview = Preview {
            action: action.to_owned(),
            at: self.now().0,
            ids: watch.ids.iter().map(|(table, first, last)| ((*table).to_owned(), *first, *last)).collect(),
            reads: reads.map(|((table, id), version)| ((*table).to_owned(), *id, *version)).collect(),
            changes: serde_json::to_string(&changes).map_err(Error::internal)?,
            jobs: watch.jobs,
        };
        self.undo_to_savepoint().await?;
        Ok(preview)
    }
}
