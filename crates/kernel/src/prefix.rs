//! Prefixes: an aligned power-of-two range of addresses, the unit of everything in IP address management.

use std::{fmt, net::IpAddr, str::FromStr};

use crate::{AddrKey, Family};

/// A prefix such as `192.0.2.0/24` or `2001:db8::/32`. The first address is always aligned: host bits are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Prefix {
    family: Family,
    first: u128,
    mask: u8,
}

/// Why a text is not a prefix. The words are for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrefixError {
    /// The part before the slash is no address.
    #[error("\"{0}\" is not an IPv4 or IPv6 address")]
    Address(String),
    /// The part after the slash is no number, or too large for the family.
    #[error("\"/{mask}\" is not a mask of an {family} block; use /0 to /{bits}", bits = family.bits())]
    Mask {
        /// What was given.
        mask: String,
        /// The family of the address before it.
        family: Family,
    },
    /// The address has bits set behind the mask.
    #[error("{given} has host bits set; the block that contains it is {block}")]
    HostBits {
        /// What was given.
        given: String,
        /// The aligned block around it.
        block: Prefix,
    },
}

impl Prefix {
    /// The prefix of this length that contains the address; `None` when the mask is longer than the family's addresses.
    pub fn containing(family: Family, address: u128, mask: u8) -> Option<Self> {
        if mask > family.bits() {
            return None;
        }
        Some(Self { family, first: address & !host_bits(family, mask), mask })
    }

    /// The prefix of one address.
    pub fn host(address: IpAddr) -> Self {
        let (family, first) = match address {
            IpAddr::V4(v4) => (Family::Ipv4, u128::from(v4.to_bits())),
            IpAddr::V6(v6) => (Family::Ipv6, v6.to_bits()),
        };
        Self { family, first, mask: family.bits() }
    }

    /// The family.
    pub const fn family(self) -> Family {
        self.family
    }

    /// The mask: the number of leading bits that are fixed.
    pub const fn mask(self) -> u8 {
        self.mask
    }

    /// The first address as a number.
    pub const fn first(self) -> u128 {
        self.first
    }

    /// The last address as a number.
    pub fn last(self) -> u128 {
        self.first | host_bits(self.family, self.mask)
    }

    /// The first address.
    pub fn first_address(self) -> IpAddr {
        self.family.address(self.first)
    }

    /// The last address.
    pub fn last_address(self) -> IpAddr {
        self.family.address(self.last())
    }

    /// The first address as a database key.
    pub const fn key(self) -> AddrKey {
        AddrKey::new(self.family, self.first)
    }

    /// The last address as a database key.
    pub fn last_key(self) -> AddrKey {
        AddrKey::new(self.family, self.last())
    }

    /// The number of addresses; `u128::MAX` stands for the 2^128 of `::/0`.
    pub fn size(self) -> u128 {
        host_bits(self.family, self.mask).saturating_add(1)
    }

    /// The lower and the upper half; `None` for a single address.
    pub fn halves(self) -> Option<(Self, Self)> {
        if self.mask == self.family.bits() {
            return None;
        }
        let mask = self.mask + 1;
        let upper = self.first | (1 << (self.family.bits() - mask));
        Some((Self { mask, ..self }, Self { mask, first: upper, ..self }))
    }

    /// The prefix one bit shorter around this one; `None` for a `/0`.
    pub fn parent(self) -> Option<Self> {
        Self::containing(self.family, self.first, self.mask.checked_sub(1)?)
    }

    /// The other half of the parent; `None` for a `/0`.
    pub fn buddy(self) -> Option<Self> {
        let bit = 1 << (self.family.bits() - self.mask.max(1));
        (self.mask > 0).then_some(Self { first: self.first ^ bit, ..self })
    }

    /// Whether the other prefix lies inside this one, or is the same.
    pub fn contains(self, other: Self) -> bool {
        self.family == other.family
            && self.mask <= other.mask
            && other.first & !host_bits(self.family, self.mask) == self.first
    }

    /// Whether the two share an address.
    pub fn overlaps(self, other: Self) -> bool {
        self.contains(other) || other.contains(self)
    }

    /// The dotted netmask of an IPv4 prefix (`255.255.255.0`), the address form of an IPv6 one.
    pub fn netmask(self) -> IpAddr {
        self.family.address(host_bits(self.family, 0) & !host_bits(self.family, self.mask))
    }
}

/// The bits that vary inside a prefix of this length.
const fn host_bits(family: Family, mask: u8) -> u128 {
    let width = family.bits() - mask;
    if width == 128 { u128::MAX } else { (1 << width) - 1 }
}

/// Address order, the larger block first.
impl Ord for Prefix {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.family, self.first, self.mask).cmp(&(other.family, other.first, other.mask))
    }
}

impl PartialOrd for Prefix {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first_address(), self.mask)
    }
}

/// `address/mask`; an address alone is the block of that one address.
impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let text = text.trim();
        let (address, mask) = match text.split_once('/') {
            Some((address, mask)) => (address.trim_end(), Some(mask.trim_start())),
            None => (text, None),
        };
        let parsed: IpAddr = address.parse().map_err(|_| PrefixError::Address(shorten(address)))?;
        let host = Self::host(parsed);
        let Some(mask) = mask else { return Ok(host) };
        let digits = !mask.is_empty() && mask.bytes().all(|b| b.is_ascii_digit());
        let prefix = digits
            .then(|| mask.parse().ok())
            .flatten()
            .and_then(|mask| Self::containing(host.family, host.first, mask))
            .ok_or_else(|| PrefixError::Mask { mask: shorten(mask), family: host.family })?;
        if prefix.first != host.first {
            return Err(PrefixError::HostBits { given: text.to_owned(), block: prefix });
        }
        Ok(prefix)
    }
}

/// Errors repeat what was typed, but not a megabyte of it.
fn shorten(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}...", &text[..cut]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn prefix(text: &str) -> Prefix {
        text.parse().unwrap()
    }

    #[test]
    fn reads_and_writes_both_families() {
        for text in ["0.0.0.0/0", "10.0.0.0/8", "255.255.255.255/32", "::/0", "2001:db8::/32", "::1/128"] {
            assert_eq!(prefix(text).to_string(), text);
        }
        assert_eq!(prefix("192.0.2.7").to_string(), "192.0.2.7/32");
        assert_eq!(prefix(" 192.0.2.0/24 ").to_string(), "192.0.2.0/24");
    }

    #[test]
    fn says_what_is_wrong_with_a_text() {
        let error = |text: &str| text.parse::<Prefix>().unwrap_err().to_string();
        assert_eq!(error("10.0.0.1/24"), "10.0.0.1/24 has host bits set; the block that contains it is 10.0.0.0/24");
        assert_eq!(error("10.0.0.0/33"), "\"/33\" is not a mask of an ipv4 block; use /0 to /32");
        assert_eq!(error("10.0.0.0/+8"), "\"/+8\" is not a mask of an ipv4 block; use /0 to /32");
        assert_eq!(error("::/129"), "\"/129\" is not a mask of an ipv6 block; use /0 to /128");
        assert_eq!(error("10.0.0/8"), "\"10.0.0\" is not an IPv4 or IPv6 address");
        assert_eq!(error("010.0.0.0/8"), "\"010.0.0.0\" is not an IPv4 or IPv6 address");
        assert!(error(&"9".repeat(1_000_000)).len() < 150);
    }

    #[test]
    fn the_netmask_is_dotted() {
        assert_eq!(prefix("14.0.0.0/25").netmask().to_string(), "255.255.255.128");
        assert_eq!(prefix("0.0.0.0/0").netmask().to_string(), "0.0.0.0");
    }

    fn any_prefix() -> impl Strategy<Value = Prefix> {
        (any::<bool>(), any::<u128>(), 0_u8..=128).prop_map(|(v4, address, mask)| {
            let family = if v4 { Family::Ipv4 } else { Family::Ipv6 };
            let address = if v4 { address & 0xffff_ffff } else { address };
            Prefix::containing(family, address, mask.min(family.bits())).unwrap()
        })
    }

    proptest! {
        #[test]
        fn text_round_trips(p in any_prefix()) {
            prop_assert_eq!(p.to_string().parse::<Prefix>().unwrap(), p);
        }

        #[test]
        fn halves_tile_their_parent(p in any_prefix()) {
            let Some((low, high)) = p.halves() else { prop_assert_eq!(p.mask(), p.family().bits()); return Ok(()) };
            prop_assert_eq!(low.first(), p.first());
            prop_assert_eq!(high.last(), p.last());
            prop_assert_eq!(low.last() + 1, high.first());
            prop_assert_eq!(low.buddy(), Some(high));
            prop_assert_eq!(high.buddy(), Some(low));
            prop_assert_eq!(low.parent(), Some(p));
            prop_assert_eq!(high.parent(), Some(p));
            prop_assert!(p.contains(low) && p.contains(high) && !low.overlaps(high));
        }

        #[test]
        fn keys_keep_the_order_of_addresses(a in any_prefix(), b in any_prefix()) {
            prop_assert_eq!(a.key().value(a.family()), a.first());
            if a.family() == b.family() {
                prop_assert_eq!(a.key().cmp(&b.key()), a.first().cmp(&b.first()));
            }
        }
    }
}
