//! Signed requests that must not be done twice.

use std::{
    collections::HashSet,
    mem,
    sync::{Mutex, PoisonError},
};

use kernel::{Error, Result, Timestamp};

/// The most signatures remembered in a window. Only who has a key can add one.
const MOST: usize = 100_000;

/// The signatures that have been used. A signature is an HMAC under the secret of a key: no two keys have it in
/// common, so it stands for the key as well.
#[derive(Default)]
pub(crate) struct Replays(Mutex<Seen>);

/// Two halves, of which the older is dropped as a whole when nothing in it could be repeated any more.
#[derive(Default)]
struct Seen {
    since: Option<Timestamp>,
    newer: HashSet<[u8; 32]>,
    older: HashSet<[u8; 32]>,
}

impl Replays {
    /// Accepts a signature once. `seconds` is how far the time of a request may be off, before or after the present.
    pub(crate) fn accept(&self, signature: [u8; 32], seconds: i64, now: Timestamp) -> Result<()> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A request dated ahead by the whole window can be sent again until it is behind by the whole window.
        let half = 2 * seconds;
        match seen.since {
            Some(since) if now < since.plus_seconds(half) => {}
            Some(since) => {
                let newer = mem::take(&mut seen.newer);
                seen.older = if now < since.plus_seconds(2 * half) { newer } else { HashSet::new() };
                seen.since = Some(now);
            }
            None => seen.since = Some(now),
        }
        if seen.newer.contains(&signature) || seen.older.contains(&signature) {
            return Err(Error::Unauthenticated(
                "This signed request has been done already. To do it again, sign it again with the present time."
                    .into(),
            ));
        }
        if seen.newer.len() >= MOST {
            return Err(Error::Busy(
                "There are too many signed requests at the moment. Try again in some minutes.".into(),
            ));
        }
        seen.newer.insert(signature);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000_000_000);

    #[test]
    fn a_signature_is_accepted_once_for_as_long_as_it_could_be_repeated() {
        let replays = Replays::default();
        for first in [0, 599, 601, 1_150] {
            let signature = [u8::try_from(first % 251).unwrap(); 32];
            replays.accept(signature, 300, NOW.plus_seconds(first)).unwrap();
            for later in [0, 1, 299, 600] {
                let again = replays.accept(signature, 300, NOW.plus_seconds(first + later));
                assert!(matches!(again, Err(Error::Unauthenticated(_))), "{first} + {later}");
            }
        }
    }

    #[test]
    fn what_is_too_old_to_be_repeated_is_forgotten() {
        let replays = Replays::default();
        for n in 0..100 {
            replays.accept([n; 32], 300, NOW.plus_seconds(i64::from(n) * 100)).unwrap();
        }
        let seen = replays.0.lock().unwrap();
        assert!(seen.newer.len() + seen.older.len() <= 12);
    }

    #[test]
    fn when_there_are_too_many_the_next_is_not_done() {
        let replays = Replays::default();
        for n in 0_u32..100_000 {
            let mut signature = [0; 32];
            signature[..4].copy_from_slice(&n.to_be_bytes());
            replays.accept(signature, 300, NOW).unwrap();
        }
        assert!(matches!(replays.accept([9; 32], 300, NOW), Err(Error::Busy(_))));
        replays.accept([9; 32], 300, NOW.plus_seconds(600)).unwrap();
    }
}
