//! The statistics that the five registries publish: `registry|cc|type|start|value|date|status[|extensions...]`.
//!
//! IPv4 gives the first address and how many there are, which need not be a power of two; IPv6 gives the first address
//! and the length of the prefix. The country becomes the block's generic code; status, date and the registry's opaque
//! id go to the notes.

use std::net::IpAddr;

use kernel::{Family, Prefix};

use super::{Read, Wanted};
use crate::profile::Profile;

/// Reads one line.
pub(crate) fn read(line: u64, text: &str) -> Read {
    let text = text.trim();
    if text.is_empty() || text.starts_with('#') {
        return Read::Skipped;
    }
    let fields: Vec<&str> = text.split('|').collect();
    // The first line begins with the version of the format.
    if fields[0].bytes().all(|b| b.is_ascii_digit() || b == b'.') || fields.get(5) == Some(&"summary") {
        return Read::Skipped;
    }
    let [registry, country, kind, start, value, date, rest @ ..] = fields.as_slice() else {
        return Read::Bad(format!("has {} fields; a record has at least 7", fields.len()));
    };
    if *kind == "asn" {
        return Read::Skipped;
    }
    let Some(status) = rest.first() else { return Read::Bad("has no status".to_owned()) };
    let Some(rir) = rir(registry) else {
        return Read::Bad(format!("\"{registry}\" is not one of the five registries"));
    };
    let ranges = match *kind {
        "ipv4" => v4(start, value),
        "ipv6" => v6(start, value),
        other => Err(format!("\"{other}\" is none of asn, ipv4, ipv6")),
    };
    let ranges = match ranges {
        Ok(ranges) => ranges,
        Err(reason) => return Read::Bad(reason),
    };
    let opaque = rest.get(1).filter(|id| !id.is_empty()).map_or_else(String::new, |id| format!(", holder {id}"));
    let since = if date.is_empty() { String::new() } else { format!(" {date}") };
    let notes = Some(format!("{status}{since}{opaque}"));
    let code = (!country.is_empty() && *country != "*").then(|| country.to_uppercase());
    let profile = Profile { rir: rir.to_owned(), code, ..Profile::default() };
    let wanted = |prefix| Wanted {
        line,
        prefix,
        profile: profile.clone(),
        holder: None,
        sub_assignable: false,
        notes: notes.clone(),
    };
    Read::Blocks(ranges.into_iter().map(wanted).collect())
}

fn rir(registry: &str) -> Option<&'static str> {
    Some(match registry.to_ascii_lowercase().as_str() {
        "arin" => "ARIN",
        "ripencc" | "ripe" => "RIPE",
        "apnic" => "APNIC",
        "lacnic" => "LACNIC",
        "afrinic" => "AfriNIC",
        _ => return None,
    })
}

fn v4(start: &str, value: &str) -> Result<Vec<Prefix>, String> {
    let first = match start.parse() {
        Ok(IpAddr::V4(address)) => u64::from(address.to_bits()),
        _ => return Err(format!("\"{start}\" is not an IPv4 address")),
    };
    let count: u64 = value.parse().map_err(|_| format!("\"{value}\" is not a number of addresses"))?;
    if count == 0 || first + count > 1 << 32 {
        return Err(format!("{count} addresses from {start} on are not in IPv4"));
    }
    Ok(cover(first, count))
}

/// The fewest prefixes that are exactly this range.
fn cover(mut first: u64, mut count: u64) -> Vec<Prefix> {
    let mut prefixes = Vec::new();
    while count > 0 {
        let aligned = if first == 0 { 32 } else { first.trailing_zeros().min(32) };
        let bits = aligned.min(count.ilog2());
        let mask = u8::try_from(32 - bits).unwrap_or(32);
        prefixes.extend(Prefix::containing(Family::Ipv4, first.into(), mask));
        first += 1 << bits;
        count -= 1 << bits;
    }
    prefixes
}

fn v6(start: &str, value: &str) -> Result<Vec<Prefix>, String> {
    let prefix: Prefix = format!("{start}/{value}").parse().map_err(|e: kernel::PrefixError| e.to_string())?;
    if prefix.family() == Family::Ipv6 { Ok(vec![prefix]) } else { Err(format!("\"{start}\" is not an IPv6 address")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &str) -> Vec<(String, String, Option<String>)> {
        match read(7, text) {
            Read::Blocks(blocks) => {
                assert!(blocks.iter().all(|b| b.line == 7));
                blocks.into_iter().map(|b| (b.prefix.to_string(), b.profile.rir, b.profile.code)).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_count_that_is_no_power_of_two_makes_several_blocks() {
        let found = blocks("ripencc|DE|ipv4|192.0.2.0|768|20100101|allocated|abc");
        let cidrs: Vec<_> = found.iter().map(|(cidr, ..)| cidr.as_str()).collect();
        assert_eq!(cidrs, ["192.0.2.0/23", "192.0.4.0/24"]);
        assert_eq!(found[0].1, "RIPE");
        assert_eq!(found[0].2.as_deref(), Some("DE"));
    }

    #[test]
    fn ipv6_gives_the_length_of_the_prefix() {
        assert_eq!(blocks("apnic|JP|ipv6|2001:200::|35|19990813|allocated")[0].0, "2001:200::/35");
    }

    #[test]
    fn what_is_no_block_is_skipped_and_what_is_wrong_is_said() {
        for text in [
            "",
            "# comment",
            "2|ripencc|1490050799|166233|19830705|20170320|+0100",
            "ripencc|*|ipv4|*|56000|summary",
            "arin|US|asn|1|1|20010920|assigned|x",
        ] {
            assert!(matches!(read(1, text), Read::Skipped), "{text}");
        }
        let reason = |text: &str| match read(1, text) {
            Read::Bad(reason) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(reason("arin|US|ipv4|1.2.3|256|20010920|assigned"), "\"1.2.3\" is not an IPv4 address");
        assert_eq!(
            reason("arin|US|ipv4|255.255.255.0|512|2001|assigned"),
            "512 addresses from 255.255.255.0 on are not in IPv4"
        );
        assert_eq!(reason("foo|US|ipv4|1.2.3.0|256|20010920|assigned"), "\"foo\" is not one of the five registries");
        assert_eq!(reason("arin|US"), "has 2 fields; a record has at least 7");
        assert!(reason("arin|US|ipv6|2001:db8::1|32|2001|assigned").contains("host bits set"));
    }
}
