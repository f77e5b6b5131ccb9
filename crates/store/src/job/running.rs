//! How far the jobs of this node have got, while they can't write it down.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use kernel::JobId;

/// The counters of running jobs: done, and the total.
#[derive(Debug, Default)]
pub(super) struct Running(Mutex<HashMap<JobId, (Arc<AtomicU64>, u64)>>);

impl Running {
    pub(super) fn show(&self, id: JobId, done: Arc<AtomicU64>, total: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, (done, total));
    }

    pub(super) fn forget(&self, id: JobId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// Done, and the total.
    pub(super) fn of(&self, id: JobId) -> Option<(i64, i64)> {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (done, total) = running.get(&id)?;
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        Some((number(done.load(Ordering::Relaxed)), number(*total)))
    }
}
