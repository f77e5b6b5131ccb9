//! Instants in parameters.

use kernel::{Error, Result, Timestamp};

/// The instant that a parameter gives in the form of RFC 3339.
pub fn instant(field: &str, text: &str) -> Result<Timestamp> {
    Timestamp::from_rfc3339(text).ok_or_else(|| {
        let rule = "must be a time of RFC 3339, such as 2026-01-31T14:05:09Z; a + before the offset is written %2B";
        Error::invalid(field, rule)
    })
}
