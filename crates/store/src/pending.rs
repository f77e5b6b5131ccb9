//! Changes of records that are planned but not yet sent. They are sent together, by table, when something is read
//! or the work ends: one round trip for many rows on PostgreSQL, one prepared statement on SQLite.

use indexmap::IndexMap;

use crate::{Table, Value};

/// All that is planned.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    tables: Vec<TableChanges>,
    rows: usize,
}

/// What is planned for one table.
#[derive(Debug)]
pub(crate) struct TableChanges {
    pub(crate) table: &'static Table,
    /// By id: the version that the row must have.
    pub(crate) deletes: IndexMap<i64, i64>,
    /// By id.
    pub(crate) updates: IndexMap<i64, Update>,
    /// By id: the columns.
    pub(crate) inserts: IndexMap<i64, Vec<Value>>,
}

/// One row's change.
#[derive(Debug)]
pub(crate) struct Update {
    /// The version that the row must have.
    pub(crate) was: i64,
    /// Which columns change: a bit for each. Only those are written, since an index is touched for every column that
    /// is named, changed or not.
    pub(crate) changed: u64,
    /// All columns.
    pub(crate) values: Vec<Value>,
}

impl TableChanges {
    /// The updates, by which columns they change.
    pub(crate) fn updates_alike(&self) -> IndexMap<u64, Vec<(i64, &Update)>> {
        let mut alike: IndexMap<u64, Vec<_>> = IndexMap::new();
        for (id, update) in &self.updates {
            alike.entry(update.changed).or_default().push((*id, update));
        }
        alike
    }
}

impl Pending {
    pub(crate) fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// How many rows are planned, roughly: a bound on memory.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn take(&mut self) -> Vec<TableChanges> {
        self.rows = 0;
        std::mem::take(&mut self.tables)
    }

    pub(crate) fn insert(&mut self, table: &'static Table, id: i64, values: Vec<Value>) {
        self.of(table).inserts.insert(id, values);
    }

    pub(crate) fn update(&mut self, table: &'static Table, id: i64, new: Update) {
        let changes = self.of(table);
        if let Some(insert) = changes.inserts.get_mut(&id) {
            *insert = new.values;
        } else if let Some(update) = changes.updates.get_mut(&id) {
            update.changed |= new.changed;
            update.values = new.values;
        } else {
            changes.updates.insert(id, new);
        }
    }

    pub(crate) fn delete(&mut self, table: &'static Table, id: i64, was: i64) {
        let changes = self.of(table);
        if changes.inserts.shift_remove(&id).is_none() {
            let was = changes.updates.shift_remove(&id).map_or(was, |update| update.was);
            changes.deletes.insert(id, was);
        }
    }

    fn of(&mut self, table: &'static Table) -> &mut TableChanges {
        self.rows += 1;
        let at = self.tables.iter().position(|c| std::ptr::eq(c.table, table)).unwrap_or_else(|| {
            let (deletes, updates, inserts) = (IndexMap::new(), IndexMap::new(), IndexMap::new());
            self.tables.push(TableChanges { table, deletes, updates, inserts });
            self.tables.len() - 1
        });
        &mut self.tables[at]
    }
}
