//! Addresses as numbers and as database keys.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use serde::{Deserialize, Serialize};

/// The two address families.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// IPv4: 32 bits.
    Ipv4,
    /// IPv6: 128 bits.
    Ipv6,
}

impl Family {
    /// Bits in an address: 32 or 128.
    pub const fn bits(self) -> u8 {
        match self {
            Self::Ipv4 => 32,
            Self::Ipv6 => 128,
        }
    }

    /// The number by which people and the database name the family: 4 or 6.
    pub const fn number(self) -> i64 {
        match self {
            Self::Ipv4 => 4,
            Self::Ipv6 => 6,
        }
    }

    /// `ipv4` or `ipv6`, as the APIs write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
        }
    }

    /// The family of this number (4 or 6).
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            4 => Some(Self::Ipv4),
            6 => Some(Self::Ipv6),
            _ => None,
        }
    }

    /// The address with this value, which must fit the family: the value of an IPv4 address is below 2^32.
    pub fn address(self, value: u128) -> IpAddr {
        match self {
            Self::Ipv4 => IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(value).unwrap_or(u32::MAX))),
            Self::Ipv6 => IpAddr::V6(Ipv6Addr::from_bits(value)),
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// `ipv4`, `IPv6`, `4`, `6` in any case; `ip` is an old name of IPv4 (reference API v1).
impl FromStr for Family {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.trim().to_ascii_lowercase().as_str() {
            "ipv4" | "4" | "ip" => Ok(Self::Ipv4),
            "ipv6" | "6" => Ok(Self::Ipv6),
            _ => Err(()),
        }
    }
}

/// An address as a key of 16 big-endian bytes, IPv4 mapped into `::ffff:0:0/96`: byte order is address order
/// in both databases, without a sign trick or a column type that only one of them has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AddrKey(
    /// The bytes, most significant first.
    pub [u8; 16],
);

const MAPPED: u128 = 0xffff_0000_0000;

impl AddrKey {
    /// The key of the address with this value in this family.
    pub const fn new(family: Family, value: u128) -> Self {
        match family {
            Family::Ipv4 => Self((MAPPED | value).to_be_bytes()),
            Family::Ipv6 => Self(value.to_be_bytes()),
        }
    }

    /// The address's value in its family.
    pub const fn value(self, family: Family) -> u128 {
        let bits = u128::from_be_bytes(self.0);
        match family {
            Family::Ipv4 => bits & 0xffff_ffff,
            Family::Ipv6 => bits,
        }
    }
}

impl From<IpAddr> for AddrKey {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Self::new(Family::Ipv4, u128::from(v4.to_bits())),
            IpAddr::V6(v6) => Self::new(Family::Ipv6, v6.to_bits()),
        }
    }
}
