//! Route distinguishers as people write them (RFC 4364, section 4.2).

use std::net::Ipv4Addr;

use kernel::{Error, Result};

/// The distinguisher in its one spelling: `AS:number` of the types 0 and 2, or `address:number` of type 1.
pub(super) fn checked(text: &str) -> Result<String> {
    let message = || {
        format!(
            "\"{}\" is not a route distinguisher; use an AS number or an IPv4 address, a colon and a number: 65000:100, \
             4200000000:100 or 192.0.2.1:100 (RFC 4364)",
            crate::list::short(text)
        )
    };
    parse(text.trim()).ok_or_else(|| Error::invalid("route_distinguisher", message()))
}

fn parse(text: &str) -> Option<String> {
    let (left, right) = text.rsplit_once(':')?;
    let number: u32 = digits(right)?;
    let small = u16::try_from(number).is_ok();
    if let Ok(address) = left.parse::<Ipv4Addr>() {
        return small.then(|| format!("{address}:{number}"));
    }
    let asn: u32 = digits(left)?;
    (u16::try_from(asn).is_ok() || small).then(|| format!("{asn}:{number}"))
}

/// A number without sign.
fn digits(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_types_are_taken_and_nothing_else() {
        for (text, kept) in [
            ("65000:4294967295", "65000:4294967295"),
            ("192.0.2.1:65535", "192.0.2.1:65535"),
            ("4200000000:65535", "4200000000:65535"),
            (" 064512:007 ", "64512:7"),
        ] {
            assert_eq!(checked(text).unwrap(), kept);
        }
        for wrong in
            ["", ":", "1", "1:", ":1", "65000:4294967296", "192.0.2.1:65536", "65536:65536", "-1:1", "a:1", "1:+1"]
        {
            let error = checked(wrong).unwrap_err().to_string();
            assert!(error.starts_with("route_distinguisher: "), "{wrong}: {error}");
        }
    }
}
