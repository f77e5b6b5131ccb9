//! Who has been promised which addresses, as the clients know it.
//!
//! A block is entered when its assignment has been answered, and struck out before its return is asked for. So what
//! stands here at the same time was valid at the same time, and must never overlap.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use kernel::{Family, Prefix};

/// What is promised at the moment.
#[derive(Debug, Default)]
pub struct Ledger {
    promises: Mutex<BTreeMap<(Family, u128), Promise>>,
}

#[derive(Debug, Clone, Copy)]
struct Promise {
    block: Prefix,
    to: i64,
}

impl Ledger {
    /// Enters a block; fails the test when a part of it is promised already.
    pub fn enter(&self, block: Prefix, to: i64) {
        let mut promises = self.lock();
        let begins_before = promises.range(..=(block.family(), block.last())).next_back();
        if let Some((_, other)) = begins_before.filter(|(_, other)| other.block.overlaps(block)) {
            let other = *other;
            drop(promises);
            panic!("{block} was given to {to} while {} had {}", other.to, other.block);
        }
        promises.insert((block.family(), block.first()), Promise { block, to });
    }

    /// Strikes a block out.
    pub fn strike(&self, block: Prefix) {
        self.lock().remove(&(block.family(), block.first()));
    }

    /// All blocks and who has them, in address order.
    pub fn all(&self) -> Vec<(Prefix, i64)> {
        self.lock().values().map(|promise| (promise.block, promise.to)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(Family, u128), Promise>> {
        self.promises.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str) -> Prefix {
        text.parse().unwrap()
    }

    #[test]
    fn what_was_given_back_may_be_given_again() {
        let ledger = Ledger::default();
        ledger.enter(block("10.0.0.0/24"), 1);
        ledger.enter(block("10.0.1.0/24"), 2);
        ledger.strike(block("10.0.0.0/24"));
        ledger.enter(block("10.0.0.128/25"), 3);
        assert_eq!(ledger.all(), [(block("10.0.0.128/25"), 3), (block("10.0.1.0/24"), 2)]);
    }

    #[test]
    #[should_panic(expected = "10.0.0.0/23 was given to 2 while 1 had 10.0.1.0/24")]
    fn a_block_around_a_promised_one_is_noticed() {
        let ledger = Ledger::default();
        ledger.enter(block("10.0.1.0/24"), 1);
        ledger.enter(block("10.0.0.0/23"), 2);
    }

    #[test]
    #[should_panic(expected = "10.0.1.8/29 was given to 2 while 1 had 10.0.1.0/24")]
    fn a_block_inside_a_promised_one_is_noticed() {
        let ledger = Ledger::default();
        ledger.enter(block("10.0.1.0/24"), 1);
        ledger.enter(block("10.0.1.8/29"), 2);
    }
}
