//! Writing what was planned.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use kernel::{Error, Result};
use store::{RequestKey, Tx, Work};

use super::{
    Request,
    file::Table,
    plan::{Plan, plan},
};
use crate::resource::{TREE, add::put};

/// Plans a file again, under the lock on the tree, and writes it: all of it, or nothing. Once, however often the job
/// is begun.
pub(super) struct ImportEntries {
    pub(super) request: Request,
    pub(super) table: Arc<Table>,
    /// Counts what has been written so far.
    pub(super) done: Arc<AtomicU64>,
}

impl Work for ImportEntries {
    /// How many were added, and the plan; no plan where it was done before.
    type Out = (u64, Plan);
    const NAME: &'static str = "resource.import";

    async fn run(&self, tx: &mut Tx) -> Result<(u64, Plan)> {
        let key = RequestKey::new(format!("import {}", self.request.upload), &self.request)?;
        if let Some(added) = tx.answered(Some(&key)).await? {
            return Ok((added, Plan::default()));
        }
        tx.lock(TREE).await?;
        let plan = plan(tx, &self.request, &self.table).await?;
        if !plan.faults.is_empty() {
            return Ok((0, plan));
        }
        self.done.store(0, Ordering::Relaxed);
        for entry in &plan.entries {
            let parent = plan.parents.get(&entry.parent);
            let parent = parent.ok_or_else(|| Error::internal("an entry was planned without its parent"))?;
            put(tx, &entry.new, parent, Some(self.request.section), entry.slug.clone(), &plan.form).await?;
            self.done.fetch_add(1, Ordering::Relaxed);
        }
        let added = plan.entries.len() as u64;
        tx.remember(Some(&key), &added).await?;
        Ok((added, plan))
    }
}
