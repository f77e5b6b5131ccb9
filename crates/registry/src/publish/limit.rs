//! How much one client may ask.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The most clients that are remembered; when there are more, those who have asked nothing for a while are forgotten.
const MOST_CLIENTS: usize = 100_000;

/// A limit for each client: so many questions at once, and so many more each minute. What is left is a number of
/// questions that grows with time (a token bucket).
#[derive(Debug)]
pub struct Limit {
    at_once: f64,
    each_second: f64,
    clients: Mutex<HashMap<IpAddr, (f64, Instant)>>,
}

impl Limit {
    /// This many at once, and this many more each minute.
    pub fn new(at_once: u32, each_minute: u32) -> Self {
        Self { at_once: at_once.into(), each_second: f64::from(each_minute) / 60.0, clients: Mutex::default() }
    }

    /// Whether the client may ask now; if not, in how many seconds.
    pub(super) fn ask(&self, client: IpAddr, now: Instant) -> Result<(), u64> {
        let client = household(client);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let full = Duration::from_secs_f64(self.at_once / self.each_second.max(f64::MIN_POSITIVE).min(1e6));
        if clients.len() >= MOST_CLIENTS {
            clients.retain(|_, (_, since)| now.saturating_duration_since(*since) < full);
            if clients.len() >= MOST_CLIENTS {
                clients.clear();
            }
        }
        let (left, since) = clients.entry(client).or_insert((self.at_once, now));
        let grown = now.saturating_duration_since(*since).as_secs_f64() * self.each_second;
        *left = (*left + grown).min(self.at_once);
        *since = now;
        if *left >= 1.0 {
            *left -= 1.0;
            return Ok(());
        }
        let wait = ((1.0 - *left) / self.each_second).ceil().clamp(1.0, 3600.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between 1 and 3600")]
        Err(wait as u64)
    }
}

/// Whoever has one IPv6 address has the /64 around it.
fn household(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_has_a_limit_that_grows_back() {
        let (limit, begin) = (Limit::new(2, 60), Instant::now());
        let ask = |client: &str, second: u64| limit.ask(client.parse().unwrap(), begin + Duration::from_secs(second));
        assert_eq!([ask("192.0.2.1", 0), ask("192.0.2.1", 0), ask("192.0.2.1", 0)], [Ok(()), Ok(()), Err(1)]);
        assert_eq!(ask("192.0.2.2", 0), Ok(()));
        assert_eq!([ask("192.0.2.1", 1), ask("192.0.2.1", 1)], [Ok(()), Err(1)]);
        assert_eq!([ask("192.0.2.1", 100), ask("192.0.2.1", 100), ask("192.0.2.1", 100)], [Ok(()), Ok(()), Err(1)]);
        assert_eq!([ask("2001:db8::1", 0), ask("2001:db8::2", 0), ask("2001:db8::3", 0)], [Ok(()), Ok(()), Err(1)]);
        assert_eq!(ask("2001:db8:0:1::1", 0), Ok(()));
    }
}
