//! Searching for a piece of an address: a text such as `192.168` or `2001:db8:4` is a small set of address ranges,
//! which an index finds at once. It is read from the beginning of the address; the last group may be cut short.

use kernel::{AddrKey, Family};

/// The ranges of addresses whose text begins like this; nothing when the text is no piece of an address.
pub(crate) fn ranges(text: &str) -> Option<Vec<(Family, AddrKey, AddrKey)>> {
    let text = text.trim().trim_end_matches(['/', '*', '%']);
    let prefix = text.parse::<kernel::Prefix>().ok();
    if let Some(prefix) = prefix.filter(|_| text.contains('/')) {
        return Some(vec![(prefix.family(), prefix.key(), prefix.last_key())]);
    }
    if text.contains(':') {
        return v6(text);
    }
    if text.contains('.') { v4(text) } else { None }
}

/// The ranges of addresses whose first group begins with this number. A number may be something else as well.
pub(crate) fn first_group(text: &str) -> Vec<(Family, AddrKey, AddrKey)> {
    let text = text.trim();
    let number = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if number { [v4(text), v6(text)].into_iter().flatten().flatten().collect() } else { Vec::new() }
}

fn v4(text: &str) -> Option<Vec<(Family, AddrKey, AddrKey)>> {
    let mut octets: Vec<&str> = text.split('.').collect();
    let cut = octets.pop()?;
    if octets.len() > 3 {
        return None;
    }
    let whole = octets.iter().map(|octet| octet.parse::<u8>().ok()).collect::<Option<Vec<u8>>>()?;
    let base = whole.iter().fold(0_u32, |sum, octet| sum << 8 | u32::from(*octet));
    let open = 32 - 8 * u32::try_from(whole.len()).ok()?;
    let octet = |value: u8| {
        let first = u64::from(base) << 8 | u64::from(value);
        let width = open - 8;
        range(Family::Ipv4, u128::from(first << width), width)
    };
    if cut.is_empty() {
        return Some(vec![range(Family::Ipv4, u128::from(u64::from(base) << open), open)]);
    }
    cut.parse::<u8>().ok()?;
    let continued = (0..=u8::MAX).filter(|value| value.to_string().starts_with(cut));
    Some(continued.map(octet).collect())
}

fn v6(text: &str) -> Option<Vec<(Family, AddrKey, AddrKey)>> {
    if text.contains("::") {
        // What "::" leaves out is only known when the address is complete.
        let stem = text.strip_suffix("::").filter(|stem| !stem.contains("::"));
        return match stem {
            Some(stem) => v6(&format!("{stem}:")),
            None => {
                text.parse().ok().map(|address: std::net::Ipv6Addr| vec![range(Family::Ipv6, address.to_bits(), 0)])
            }
        };
    }
    let mut groups: Vec<&str> = text.split(':').collect();
    let cut = groups.pop()?;
    if groups.len() > 7 {
        return None;
    }
    let hex = |group: &&str| (group.len() <= 4).then(|| u16::from_str_radix(group, 16).ok()).flatten();
    let whole = groups.iter().map(hex).collect::<Option<Vec<u16>>>()?;
    let base = whole.iter().fold(0_u128, |sum, group| sum << 16 | u128::from(*group));
    let width = 128 - 16 * u32::try_from(whole.len()).ok()?;
    if cut.is_empty() {
        return Some(vec![range(Family::Ipv6, base.checked_shl(width).unwrap_or(0), width)]);
    }
    let digits = hex(&cut)?;
    // "4" is 4, 40-4f, 400-4ff, 4000-4fff: leading zeros are not written.
    let continued = (0..=4 - cut.len()).filter_map(|more| {
        if digits == 0 && more > 0 {
            return None;
        }
        let first = u128::from(digits) << (4 * more);
        let rest = width - 16;
        let start = (base << 16 | first).checked_shl(rest).unwrap_or(0);
        Some(range(Family::Ipv6, start, rest + 4 * u32::try_from(more).ok()?))
    });
    Some(continued.collect())
}

fn range(family: Family, first: u128, width: u32) -> (Family, AddrKey, AddrKey) {
    let last = first | 1_u128.checked_shl(width).map_or(u128::MAX, |size| size - 1);
    (family, AddrKey::new(family, first), AddrKey::new(family, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, address: &str) -> bool {
        let address: std::net::IpAddr = address.parse().unwrap();
        let key = AddrKey::from(address);
        ranges(text).is_some_and(|ranges| ranges.iter().any(|(_, first, last)| *first <= key && key <= *last))
    }

    #[test]
    fn a_piece_of_an_address_is_read_from_the_beginning() {
        assert!(found("192.168", "192.168.4.1") && !found("192.168", "10.192.168.1"));
        assert!(found("192.16", "192.16.0.1") && found("192.16", "192.168.0.1") && !found("192.16", "192.17.0.1"));
        assert!(found("10.", "10.255.0.1") && !found("10.", "100.0.0.1"));
        assert!(found("10.0.0.1", "10.0.0.1") && found("10.0.0.1", "10.0.0.12") && !found("10.0.0.1", "10.0.0.2"));
        assert!(found("10.0.0.0/8", "10.9.9.9"));
    }

    #[test]
    fn the_last_group_of_ipv6_may_be_cut_short() {
        assert!(found("2001:db8:4", "2001:db8:4::1") && found("2001:db8:4", "2001:db8:4fff::1"));
        assert!(!found("2001:db8:4", "2001:db8:5::1") && !found("2001:db8:4", "2001:db8:14::1"));
        assert!(found("2001:db8::", "2001:db8:9::1") && found("2001:", "2001::1"));
        assert!(found("::1", "::1") && !found("::1", "::2"));
    }

    #[test]
    fn a_number_alone_may_be_the_first_group() {
        let found = |text: &str, address: &str| {
            let key = AddrKey::from(address.parse::<std::net::IpAddr>().unwrap());
            first_group(text).iter().any(|(_, first, last)| *first <= key && key <= *last)
        };
        assert!(found("10", "10.1.2.3") && found("10", "100.1.2.3") && !found("10", "11.10.0.0"));
        assert!(found("2001", "2001:db8::") && found("200", "2001:db8::") && !found("2001", "201::"));
        assert!(found("256", "2560::1") && !found("256", "25.6.0.0"));
        assert!(first_group("").is_empty() && first_group("dc1").is_empty() && first_group("12345").is_empty());
    }

    #[test]
    fn other_texts_are_no_addresses() {
        for text in ["", "acme", "10", "1.2.3.4.5", "256.1", "12345:", "a.b", "1..2", "2001:xyz", ".", ":"] {
            assert_eq!(ranges(text), None, "{text}");
        }
    }
}
