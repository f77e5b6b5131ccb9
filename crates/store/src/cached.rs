//! Small tables kept in memory until somebody signals that they changed.

use std::sync::{Arc, PoisonError, RwLock};

/// One value, good for one generation (see [`Tx::generation`](crate::Tx::generation)).
#[derive(Debug)]
pub struct Cached<T>(RwLock<Option<(u64, Arc<T>)>>);

impl<T> Default for Cached<T> {
    fn default() -> Self {
        Self(RwLock::new(None))
    }
}

impl<T> Cached<T> {
    /// The value, when it was read in this generation.
    pub fn fresh(&self, generation: u64) -> Option<Arc<T>> {
        let slot = self.0.read().unwrap_or_else(PoisonError::into_inner);
        slot.as_ref().filter(|(kept, _)| *kept == generation).map(|(_, value)| value.clone())
    }

    /// Keeps a value. The generation is the one from *before* it was read, so that a change in between shows.
    pub fn keep(&self, generation: u64, value: T) -> Arc<T> {
        let value = Arc::new(value);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some((generation, value.clone()));
        value
    }
}
