//! Names of reverse zones (RFC 1035, 3.5; RFC 3596, 2.5).

use kernel::{Family, Prefix};

/// The range of which this is the reverse zone: of IPv4 one of 8, 16, 24 or 32 bits, of IPv6 any of whole hexadecimal
/// digits.
pub(super) fn prefix(name: &str) -> Option<Prefix> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    if let Some(labels) = name.strip_suffix(".in-addr.arpa") {
        let octet = |label: &str| -> Option<u128> {
            let plain = label == "0" || !label.starts_with('0');
            (plain && label.bytes().all(|b| b.is_ascii_digit()))
                .then(|| label.parse::<u8>().ok())
                .flatten()
                .map(Into::into)
        };
        return range(Family::Ipv4, labels, 8, octet);
    }
    let labels = name.strip_suffix(".ip6.arpa")?;
    let digit = |label: &str| (label.len() == 1).then(|| u128::from_str_radix(label, 16).ok()).flatten();
    range(Family::Ipv6, labels, 4, digit)
}

fn range(family: Family, labels: &str, bits: u8, number: impl Fn(&str) -> Option<u128>) -> Option<Prefix> {
    let (mut address, mut mask) = (0_u128, 0_u8);
    for label in labels.rsplit('.') {
        mask = mask.checked_add(bits).filter(|mask| *mask <= family.bits())?;
        address |= number(label)? << (family.bits() - mask);
    }
    Prefix::containing(family, address, mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_reverse_zones_are_ranges() {
        for (name, expected) in [
            ("192.in-addr.arpa", "192.0.0.0/8"),
            ("2.0.192.in-addr.arpa", "192.0.2.0/24"),
            ("16.2.0.192.IN-ADDR.ARPA.", "192.0.2.16/32"),
            ("8.b.d.0.1.0.0.2.ip6.arpa", "2001:db8::/32"),
        ] {
            assert_eq!(prefix(name).map(|prefix| prefix.to_string()).as_deref(), Some(expected));
        }
        let host = format!("{}8.b.d.0.1.0.0.2.ip6.arpa", "0.".repeat(24));
        assert_eq!(prefix(&host).unwrap().to_string(), "2001:db8::/128");
    }

    #[test]
    fn other_names_are_none() {
        for name in [
            "",
            "in-addr.arpa",
            ".in-addr.arpa",
            "256.in-addr.arpa",
            "01.in-addr.arpa",
            "+1.in-addr.arpa",
            "1.2.3.4.5.in-addr.arpa",
            "0/25.2.0.192.in-addr.arpa",
            "g.ip6.arpa",
            "10.ip6.arpa",
            "example.net",
        ] {
            assert_eq!(prefix(name), None, "{name}");
        }
        assert_eq!(prefix(&format!("{}2.ip6.arpa", "0.".repeat(32))), None);
    }
}
