//! Autonomous system numbers.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// An autonomous system number, 1 to 4294967295 (RFC 6793); written as a plain number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Asn(
    /// The number.
    pub u32,
);

impl fmt::Display for Asn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `64496`, `AS64496`, or the dotted form of RFC 5396 (`1.10`).
impl FromStr for Asn {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim();
        let digits = text.strip_prefix("AS").or_else(|| text.strip_prefix("as")).unwrap_or(text);
        let number = match digits.split_once('.') {
            Some((high, low)) => {
                let (high, low): (u16, u16) = (high.parse().map_err(drop)?, low.parse().map_err(drop)?);
                u32::from(high) << 16 | u32::from(low)
            }
            None => digits.parse().map_err(drop)?,
        };
        if number == 0 { Err(()) } else { Ok(Self(number)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_three_usual_forms() {
        assert_eq!("64496".parse(), Ok(Asn(64_496)));
        assert_eq!("AS64496".parse(), Ok(Asn(64_496)));
        assert_eq!("1.10".parse(), Ok(Asn(65_546)));
        assert_eq!("0".parse::<Asn>(), Err(()));
        assert_eq!("4294967296".parse::<Asn>(), Err(()));
        assert_eq!("-1".parse::<Asn>(), Err(()));
    }
}
