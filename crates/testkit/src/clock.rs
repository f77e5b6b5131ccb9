//! Time that tests own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use kernel::{Clock, Timestamp};

/// A clock that stands still until it is told to move. Clones are the same clock.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// A clock that shows this instant.
    pub fn at(instant: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(instant.0)))
    }

    /// Shows another instant, earlier or later.
    pub fn set(&self, instant: Timestamp) {
        self.0.store(instant.0, Ordering::SeqCst);
    }

    /// Moves on.
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or_else(|_| panic!("{by:?} is longer than any test"));
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

/// 2026-01-01 00:00:00 in UTC.
impl Default for TestClock {
    fn default() -> Self {
        Self::at(Timestamp(1_767_225_600_000_000))
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_moves_only_when_told() {
        let clock = TestClock::default();
        let same = clock.clone();
        assert_eq!(clock.now().sql(), "2026-01-01 00:00:00");
        same.advance(Duration::from_secs(3661));
        assert_eq!(clock.now().sql(), "2026-01-01 01:01:01");
        clock.set(Timestamp(0));
        assert_eq!(same.now().sql(), "1970-01-01 00:00:00");
    }
}
