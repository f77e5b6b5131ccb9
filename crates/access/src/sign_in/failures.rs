//! Failed sign-ins, counted by name: guessing a password is given up after a few tries a minute.
//!
//! The count is kept in memory, by each node for itself. It can't be used to lock a program out that signs in all the
//! time: what has been proven a moment ago is not tried again.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use kernel::{Error, Result, Timestamp};

use super::Fingerprint;

/// Failures within a minute after which a name is refused.
const MOST: u32 = 10;
/// How long failures count, and how long a name is refused.
const SECONDS: i64 = 60;
/// The most names counted at a time. Each has cost a password hash within a minute, so there are never that many.
const NAMES: usize = 50_000;

/// The failures of each name, by its fingerprint: names of any length take the same room.
#[derive(Default)]
pub(crate) struct Failures(Mutex<HashMap<Fingerprint, Tally>>);

/// Failures since the first one of this minute; from the tenth on `since` is the instant of the last one.
#[derive(Clone, Copy)]
struct Tally {
    failed: u32,
    since: Timestamp,
}

impl Tally {
    fn counts(self, now: Timestamp) -> bool {
        now < self.since.plus_seconds(SECONDS)
    }
}

impl Failures {
    /// Refuses a name that has failed too often.
    pub(crate) fn check(&self, name: &Fingerprint, now: Timestamp) -> Result<()> {
        match self.held().get(name) {
            Some(tally) if tally.failed >= MOST && tally.counts(now) => {
                let why = "There were too many failed sign-ins under this name. Wait a minute, then try again.";
                Err(Error::Busy(why.to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// Counts a failure.
    pub(crate) fn count(&self, name: Fingerprint, now: Timestamp) {
        let mut held = self.held();
        if held.len() >= NAMES {
            held.retain(|_, tally| tally.counts(now));
        }
        let tally = held.entry(name).or_insert(Tally { failed: 0, since: now });
        if !tally.counts(now) {
            *tally = Tally { failed: 0, since: now };
        }
        tally.failed += 1;
        if tally.failed >= MOST {
            tally.since = now;
        }
    }

    /// Forgets the failures of a name that has signed in.
    pub(crate) fn forget(&self, name: &Fingerprint) {
        self.held().remove(name);
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Fingerprint, Tally>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000_000_000);
    const ANN: Fingerprint = [1; 32];

    fn failed(times: u32) -> Failures {
        let failures = Failures::default();
        (0..times).for_each(|_| failures.count(ANN, NOW));
        failures
    }

    #[test]
    fn ten_failures_refuse_the_name_for_a_minute() {
        assert!(failed(9).check(&ANN, NOW).is_ok());
        let failures = failed(10);
        assert!(matches!(failures.check(&ANN, NOW), Err(Error::Busy(_))));
        assert!(failures.check(&ANN, NOW.plus_seconds(59)).is_err());
        assert!(failures.check(&ANN, NOW.plus_seconds(60)).is_ok());
        assert!(failures.check(&[2; 32], NOW).is_ok(), "other names are not concerned");
    }

    #[test]
    fn the_minute_counts_from_the_failure_that_was_too_many() {
        let failures = failed(9);
        failures.count(ANN, NOW.plus_seconds(59));
        assert!(failures.check(&ANN, NOW.plus_seconds(118)).is_err());
        assert!(failures.check(&ANN, NOW.plus_seconds(119)).is_ok());
    }

    #[test]
    fn failures_that_lie_far_apart_do_not_add_up() {
        let failures = failed(9);
        failures.count(ANN, NOW.plus_seconds(60));
        assert!(failures.check(&ANN, NOW.plus_seconds(60)).is_ok());
    }

    #[test]
    fn a_success_starts_the_count_anew() {
        let failures = failed(9);
        failures.forget(&ANN);
        failures.count(ANN, NOW);
        assert!(failures.check(&ANN, NOW).is_ok());
    }
}
