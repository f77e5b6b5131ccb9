//! What sign-in remembers for a minute, so that a request costs neither a hash of a password nor a look into the
//! database.
//!
//! Every change of users, groups, permissions, tokens or keys drops all of it, on every node. The news is looked for
//! at each lookup and not by a task of its own: once a change has been answered, no request finds what was before it.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use kernel::{Timestamp, UserId};
use store::Signal;
use tokio::sync::broadcast::{Receiver, error::TryRecvError};

use super::{Fingerprint, Person};
use crate::{SIGNAL, hidden::Hidden};

/// How long something is remembered: also the longest that a node which the news did not reach believes it.
const SECONDS: i64 = 60;
/// The most entries of a kind.
const MOST: usize = 10_000;

/// Credentials that were right.
#[derive(Clone)]
pub(crate) struct Proven {
    pub(crate) person: Arc<Person>,
    /// When they end by themselves.
    pub(crate) expires: Option<Timestamp>,
    /// The secret that checks the signatures of an API key.
    pub(crate) secret: Option<Arc<Hidden<String>>>,
}

/// A state of the database, as far as sign-in is concerned: what was read in it may be remembered only as long as it
/// lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Generation(u64);

pub(crate) struct Memory(Mutex<Held>);

struct Held {
    signals: Receiver<Signal>,
    generation: Generation,
    proven: ForAMinute<Fingerprint, Proven>,
    people: ForAMinute<UserId, Arc<Person>>,
}

impl Memory {
    pub(crate) fn new(signals: Receiver<Signal>) -> Self {
        let (proven, people) = (ForAMinute::default(), ForAMinute::default());
        Self(Mutex::new(Held { signals, generation: Generation(0), proven, people }))
    }

    /// To be asked before the database is read.
    pub(crate) fn generation(&self) -> Generation {
        self.held().generation
    }

    pub(crate) fn proven(&self, fingerprint: &Fingerprint, now: Timestamp) -> Option<Proven> {
        let found = self.held().proven.get(fingerprint, now)?;
        found.expires.is_none_or(|expires| now < expires).then_some(found)
    }

    pub(crate) fn person(&self, id: UserId, now: Timestamp) -> Option<Arc<Person>> {
        self.held().people.get(&id, now)
    }

    pub(crate) fn keep_proven(&self, read_in: Generation, fingerprint: Fingerprint, proven: Proven, now: Timestamp) {
        let mut held = self.held();
        if held.generation == read_in {
            held.proven.keep(fingerprint, proven, now);
        }
    }

    pub(crate) fn keep_person(&self, read_in: Generation, person: Arc<Person>, now: Timestamp) {
        let mut held = self.held();
        if held.generation == read_in {
            held.people.keep(person.id, person, now);
        }
    }

    /// What is held, after hearing the news.
    fn held(&self) -> MutexGuard<'_, Held> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match held.signals.try_recv() {
                Ok(signal) if &*signal == SIGNAL || &*signal == "*" => held.forget(),
                Ok(_) => {}
                // Some news was missed; it may have been ours.
                Err(TryRecvError::Lagged(_)) => held.forget(),
                Err(TryRecvError::Empty) => return held,
                Err(TryRecvError::Closed) => {
                    held.forget();
                    return held;
                }
            }
        }
    }
}

impl Held {
    fn forget(&mut self) {
        self.generation.0 += 1;
        self.proven = ForAMinute::default();
        self.people = ForAMinute::default();
    }
}

/// Entries with the instant at which each was kept.
struct ForAMinute<K, V>(HashMap<K, (Timestamp, V)>);

impl<K, V> Default for ForAMinute<K, V> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash, V: Clone> ForAMinute<K, V> {
    fn get(&self, key: &K, now: Timestamp) -> Option<V> {
        self.0.get(key).filter(|(kept, _)| is_fresh(*kept, now)).map(|(_, value)| value.clone())
    }

    fn keep(&mut self, key: K, value: V, now: Timestamp) {
        if self.0.len() >= MOST {
            self.0.retain(|_, (kept, _)| is_fresh(*kept, now));
        }
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert(key, (now, value));
    }
}

/// A clock that was set back makes nothing live longer.
fn is_fresh(kept: Timestamp, now: Timestamp) -> bool {
    kept <= now && now < kept.plus_seconds(SECONDS)
}

#[cfg(test)]
mod tests {
    use kernel::Grants;
    use tokio::sync::broadcast;

    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000_000_000);

    fn person(id: i64) -> Arc<Person> {
        let grants = Arc::new(Grants::default());
        Arc::new(Person { id: UserId(id), name: "ann".into(), grants, bounds: Arc::default() })
    }

    fn proven(expires: Option<Timestamp>) -> Proven {
        Proven { person: person(1), expires, secret: None }
    }

    #[test]
    fn it_forgets_after_a_minute_and_when_the_clock_is_set_back() {
        let (_sender, signals) = broadcast::channel(4);
        let memory = Memory::new(signals);
        memory.keep_proven(memory.generation(), [1; 32], proven(None), NOW);
        assert!(memory.proven(&[1; 32], NOW.plus_seconds(59)).is_some());
        assert!(memory.proven(&[1; 32], NOW.plus_seconds(60)).is_none());
        assert!(memory.proven(&[1; 32], NOW.plus_seconds(-1)).is_none());
        assert!(memory.proven(&[2; 32], NOW).is_none());
    }

    #[test]
    fn what_expires_by_itself_ends_on_time() {
        let (_sender, signals) = broadcast::channel(4);
        let memory = Memory::new(signals);
        memory.keep_proven(memory.generation(), [1; 32], proven(Some(NOW.plus_seconds(10))), NOW);
        assert!(memory.proven(&[1; 32], NOW.plus_seconds(9)).is_some());
        assert!(memory.proven(&[1; 32], NOW.plus_seconds(10)).is_none());
    }

    #[test]
    fn every_news_about_access_drops_all_and_other_news_nothing() {
        let (sender, signals) = broadcast::channel(4);
        let memory = Memory::new(signals);
        let fill = || memory.keep_person(memory.generation(), person(7), NOW);
        fill();
        sender.send("ipam".into()).unwrap();
        assert!(memory.person(UserId(7), NOW).is_some());
        for news in ["access", "*"] {
            fill();
            sender.send(news.into()).unwrap();
            assert!(memory.person(UserId(7), NOW).is_none(), "{news}");
        }
        fill();
        (0..9).for_each(|_| _ = sender.send("ipam".into()).unwrap());
        assert!(memory.person(UserId(7), NOW).is_none(), "news that was missed may have been ours");
        fill();
        drop(sender);
        assert!(memory.person(UserId(7), NOW).is_none(), "nobody would tell us any more");
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let (sender, signals) = broadcast::channel(4);
        let memory = Memory::new(signals);
        let before = memory.generation();
        sender.send(SIGNAL.into()).unwrap();
        memory.keep_proven(before, [1; 32], proven(None), NOW);
        memory.keep_person(before, person(7), NOW);
        assert!(memory.proven(&[1; 32], NOW).is_none() && memory.person(UserId(7), NOW).is_none());
    }

    #[test]
    fn it_does_not_grow_without_bound() {
        let mut kept = ForAMinute::default();
        for n in 0..MOST + 5 {
            kept.keep(n, (), NOW);
        }
        assert!(kept.0.len() <= MOST);
        kept.keep(1, (), NOW.plus_seconds(100));
        assert_eq!(kept.get(&1, NOW.plus_seconds(100)), Some(()));
    }
}
