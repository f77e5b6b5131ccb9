//! How often a new password may be asked for. The count is kept in memory, by each node for itself.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use kernel::{Error, Result, Timestamp};

/// The most requests of one network in a minute.
const MOST_OF_ONE: u32 = 5;
/// The most requests in a minute: each is a job.
const MOST: u32 = 60;

/// The requests of the present minute.
#[derive(Default)]
pub(crate) struct Pace(Mutex<Minute>);

#[derive(Default)]
struct Minute {
    number: i64,
    total: u32,
    by_network: HashMap<IpAddr, u32>,
}

impl Pace {
    /// Lets a request through, or refuses it.
    pub(super) fn admit(&self, from: Option<IpAddr>, now: Timestamp) -> Result<()> {
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = now.epoch_seconds().div_euclid(60);
        if minute.number != number {
            *minute = Minute { number, ..Minute::default() };
        }
        let of_one = from.map(|from| *minute.by_network.entry(network(from)).and_modify(|n| *n += 1).or_insert(1));
        minute.total += 1;
        if minute.total > MOST || of_one.is_some_and(|n| n > MOST_OF_ONE) {
            return Err(Error::Busy(
                "Too many new passwords were asked for. Wait a minute, then try again.".to_owned(),
            ));
        }
        Ok(())
    }
}

/// Somebody with IPv6 has all addresses of a /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(60_000_000_000);

    fn from(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_network_asks_five_times_a_minute() {
        let pace = Pace::default();
        for n in 0..5 {
            pace.admit(Some(from(&format!("2001:db8::{n}"))), NOW).unwrap();
        }
        assert!(matches!(pace.admit(Some(from("2001:db8::ffff")), NOW), Err(Error::Busy(_))));
        pace.admit(Some(from("192.0.2.1")), NOW).unwrap();
        pace.admit(Some(from("2001:db8::1")), NOW.plus_seconds(60)).unwrap();
    }

    #[test]
    fn all_together_ask_sixty_times_a_minute() {
        let pace = Pace::default();
        for n in 0..60 {
            pace.admit(Some(from(&format!("192.0.2.{n}"))), NOW).unwrap();
        }
        assert!(pace.admit(Some(from("192.0.2.100")), NOW).is_err());
    }
}
