//! Time: instants in UTC with microseconds, and a clock that tests can own.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An instant in UTC, in microseconds since 1970. Microseconds, because that is what PostgreSQL and SQLite both keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub i64,
);

impl Timestamp {
    /// Whole seconds since 1970, as API v1 shows dates of resources.
    pub const fn epoch_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This many seconds later (or earlier, when negative).
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// `2015-01-22 12:30:37`, the form of both old APIs, in UTC.
    pub fn sql(self) -> String {
        self.civil().strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// Reads `2015-8-19 21:08:54` or `2015-08-19` (UTC), the form that API v1 takes.
    pub fn from_sql(text: &str) -> Option<Self> {
        let civil = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", text.trim())
            .or_else(|_| jiff::civil::Date::strptime("%Y-%m-%d", text.trim()).map(Into::into))
            .ok()?;
        let instant = jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()?;
        Some(Self(instant.as_microsecond()))
    }

    /// Reads the form of RFC 3339, with `Z` or an offset, cut to microseconds.
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|instant| Self(instant.as_microsecond()))
    }

    fn civil(self) -> jiff::civil::DateTime {
        let instant = jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        jiff::tz::TimeZone::UTC.to_datetime(instant)
    }
}

/// RFC 3339 in UTC.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.civil().strftime("%Y-%m-%dT%H:%M:%SZ"))
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync + 'static {
    /// The present instant, cut to microseconds.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_microsecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_form_round_trips() {
        let at = Timestamp::from_sql("2015-8-19 21:08:54").unwrap();
        assert_eq!(at.sql(), "2015-08-19 21:08:54");
        assert_eq!(at.to_string(), "2015-08-19T21:08:54Z");
        assert_eq!(Timestamp::from_sql("2015-08-19").unwrap().sql(), "2015-08-19 00:00:00");
        assert_eq!(Timestamp::from_sql("yesterday"), None);
    }

    #[test]
    fn rfc_3339_knows_offsets() {
        let at = Timestamp::from_rfc3339("2015-08-19T23:08:54+02:00").unwrap();
        assert_eq!(at.to_string(), "2015-08-19T21:08:54Z");
        assert_eq!(Timestamp::from_rfc3339("2015-08-19T21:08:54"), None);
    }
}
