//! What all transactions of one database share: the clock, signals, and memory that slices keep beside their tables.

use std::{
    any::{Any, TypeId},
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use kernel::Clock;
use tokio::sync::broadcast;

/// A message to all nodes of this database that something has changed. Carries no data: whoever hears it looks.
pub type Signal = Arc<str>;

/// Signalled when anything at all may have changed.
pub(crate) const ANYTHING: &str = "*";

pub(crate) struct Shared {
    /// Tells this node's own signals from those of others.
    pub(crate) node: u64,
    pub(crate) clock: Arc<dyn Clock>,
    signals: broadcast::Sender<Signal>,
    /// How often each thing was signalled: what was read before the last signal is out of date.
    generations: RwLock<HashMap<Signal, u64>>,
    memory: RwLock<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
    /// For each event, the jobs that want to hear of it.
    pub(crate) listeners: HashMap<&'static str, Vec<&'static str>>,
    /// Tables that hold what can be worked out again from records (or is no one's data): they have no change log.
    pub(crate) derived: HashSet<&'static str>,
    /// Ids leased from the database, on engines where a lease does not take part in the transaction.
    pub(crate) ids: Mutex<HashMap<&'static str, (i64, i64)>>,
}

impl Shared {
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        listeners: HashMap<&'static str, Vec<&'static str>>,
        derived: HashSet<&'static str>,
    ) -> Self {
        let (signals, _) = broadcast::channel(1024);
        let (generations, memory, ids) = (RwLock::default(), RwLock::default(), Mutex::default());
        Self { node: rand::random(), clock, signals, generations, memory, listeners, derived, ids }
    }

    pub(crate) fn publish(&self, signal: Signal) {
        self.outdate(signal.clone());
        // Nobody listening is no failure.
        self.signals.send(signal).ok();
    }

    /// What is kept in memory of this is out of date.
    pub(crate) fn outdate(&self, signal: Signal) {
        *self.generations.write().unwrap_or_else(PoisonError::into_inner).entry(signal).or_default() += 1;
    }

    pub(crate) fn generation(&self, signal: &str) -> u64 {
        let generations = self.generations.read().unwrap_or_else(PoisonError::into_inner);
        let of = |signal: &str| generations.get(signal).copied().unwrap_or(0);
        of(signal) + of(ANYTHING)
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Signal> {
        self.signals.subscribe()
    }

    pub(crate) fn memory<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let key = TypeId::of::<T>();
        let found = self.memory.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let any = found.unwrap_or_else(|| {
            let mut memory = self.memory.write().unwrap_or_else(PoisonError::into_inner);
            memory.entry(key).or_insert_with(|| Arc::new(T::default())).clone()
        });
        any.downcast().unwrap_or_default()
    }
}
