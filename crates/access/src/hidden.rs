//! Values that must not be seen.

use std::fmt;

use kernel::{Error, Result};
use serde::{Deserialize, Serialize, Serializer};
use store::{Column, Kind, ToValue, Value};

/// A secret: no debug output, log line or error shows it. As a column of a record it must be named after `secret` as
/// well, which keeps it out of the change log.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Hidden<T>(
    /// The value itself, for whoever says that it is wanted.
    pub T,
);

impl<T> fmt::Debug for Hidden<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl<T> Serialize for Hidden<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str("(secret)")
    }
}

impl<T: ToValue> ToValue for Hidden<T> {
    fn to_value(&self) -> Value {
        self.0.to_value()
    }
}

impl<T: Column> Column for Hidden<T> {
    const KIND: Kind = T::KIND;

    fn from_value(value: Value) -> Result<Self> {
        // The error of the type inside would show what it found.
        T::from_value(value).map(Self).map_err(|_| Error::internal("a secret column holds something else"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_shows_what_is_hidden() {
        assert_eq!(format!("{:?}", Hidden("tulip")), "(secret)");
        let wrong = <Hidden<i64> as Column>::from_value(Value::Text("tulip".to_owned()));
        assert!(!wrong.unwrap_err().to_string().contains("tulip"));
    }
}
