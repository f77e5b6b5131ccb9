//! When failures are too many.

use std::net::IpAddr;

use kernel::{Error, Result, Timestamp};

/// How long failures add up when no other one follows, in seconds.
pub(super) const FORGOTTEN_AFTER: i64 = 3600;
/// The first pause, in seconds.
const FIRST_PAUSE: i64 = 60;
/// How often a pause doubles at most: the longest is 16 minutes.
const DOUBLINGS: i64 = 4;

/// What is counted. Each has a limit of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// A name, whether somebody has it or not.
    Name,
    /// A network from which people come.
    Network,
}

/// Failures in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) failed: i64,
    pub(super) last_at: Timestamp,
}

impl Of {
    /// How many failures are free, and how many more double the pause.
    const fn limits(self) -> (i64, i64) {
        match self {
            Self::Name => (10, 1),
            // Many people may share one address.
            Self::Network => (100, 20),
        }
    }

    /// Refuses while a pause lasts.
    pub(super) fn check(self, tally: Tally, now: Timestamp) -> Result<()> {
        let Some(until) = self.closed_until(tally).filter(|until| now < *until) else { return Ok(()) };
        let seconds = until.0.saturating_sub(now.0) / 1_000_000;
        let wait = if seconds < 60 { "a minute".to_owned() } else { format!("{} minutes", seconds / 60 + 1) };
        let what = match self {
            Self::Name => "under this name",
            Self::Network => "from your network",
        };
        Err(Error::Busy(format!("There were too many failed sign-ins {what}. Wait {wait}, then try again.")))
    }

    /// From the last free failure on each one closes for a while, and the more of them the longer.
    fn closed_until(self, Tally { failed, last_at }: Tally) -> Option<Timestamp> {
        let (free, each) = self.limits();
        let doublings = ((failed - free) / each).min(DOUBLINGS);
        (failed >= free).then(|| last_at.plus_seconds(FIRST_PAUSE << doublings))
    }
}

/// The network of an address: a provider gives whoever asks a whole /64 of IPv6.
pub(super) fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000_000_000);

    fn closed_for(of: Of, failed: i64) -> i64 {
        let tally = Tally { failed, last_at: NOW };
        (0..=FORGOTTEN_AFTER).find(|seconds| of.check(tally, NOW.plus_seconds(*seconds)).is_ok()).unwrap()
    }

    #[test]
    fn from_the_tenth_failure_on_a_name_rests_and_each_further_one_doubles_the_rest() {
        let rests: Vec<_> = [9, 10, 11, 12, 13, 14, 15, 1000].map(|failed| closed_for(Of::Name, failed)).into();
        assert_eq!(rests, [0, 60, 120, 240, 480, 960, 960, 960]);
    }

    #[test]
    fn a_network_has_more_failures_free_and_rests_too() {
        let rests: Vec<_> = [99, 100, 119, 120, 10_000].map(|failed| closed_for(Of::Network, failed)).into();
        assert_eq!(rests, [0, 60, 60, 120, 960]);
    }

    #[test]
    fn the_refusal_says_how_long_to_wait() {
        let said = |failed, later: i64| {
            let tally = Tally { failed, last_at: NOW };
            Of::Name.check(tally, NOW.plus_seconds(later)).unwrap_err().to_string()
        };
        assert!(said(10, 1).contains("Wait a minute,"));
        assert!(said(12, 1).contains("Wait 4 minutes,"));
    }

    #[test]
    fn a_network_is_an_address_of_ipv4_and_a_64_of_ipv6() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("192.0.2.1"), "192.0.2.1");
        assert_eq!(of("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    }
}
