//! Payloads of Reg-RWS: writing what is sent, and reading what comes back. Answers have addresses padded with zeros,
//! elements in any order, and some that nobody knows yet; what is not there must not be needed.

use std::net::IpAddr;

use kernel::Prefix;
use registry::arin::{Customer, Net, NewNet, Reply, Ticket, To};

use super::xml::Element;

/// A customer as it is sent.
pub(super) fn customer(customer: &Customer) -> Element {
    let country = Element::new("iso3166-1", vec![Element::text("code2", &customer.country)]);
    let mut children = vec![
        Element::text("customerName", &customer.name),
        country,
        Element::lines("streetAddress", &customer.street_address),
        Element::text("city", &customer.city),
    ];
    children.extend(customer.state.iter().map(|state| Element::text("iso3166-2", state)));
    children.extend(customer.postal_code.iter().map(|code| Element::text("postalCode", code)));
    if !customer.comment.is_empty() {
        children.push(Element::lines("comment", &customer.comment));
    }
    children.push(Element::text("privateCustomer", customer.private));
    Element::new("customer", children)
}

/// A part of a network as it is sent: its kind is said, the handle and the contacts are not.
pub(super) fn net(parent: &str, net: &NewNet, kind: &str) -> Element {
    let prefix = net.prefix;
    let to = match &net.to {
        To::Customer(handle) => Element::text("customerHandle", handle),
        To::Org(handle) => Element::text("orgHandle", handle),
    };
    let block = vec![
        Element::text("type", kind),
        Element::text("startAddress", prefix.first_address()),
        Element::text("cidrLength", prefix.mask()),
    ];
    let version = if prefix.first_address().is_ipv4() { 4 } else { 6 };
    Element::new(
        "net",
        vec![
            Element::text("version", version),
            to,
            Element::text("netName", &net.name),
            Element::text("parentNetHandle", parent),
            Element::new("netBlocks", vec![Element::new("netBlock", block)]),
        ],
    )
}

/// What an answer is. The error is the end of a sentence that begins with the answer.
pub(super) fn reply(body: &str) -> Result<Reply, String> {
    let element = Element::parse(body)?;
    match element.name.as_str() {
        "net" => read_net(&element).map(Reply::Net),
        "customer" => read_customer(&element).map(Reply::Customer),
        "org" => Ok(Reply::Org),
        "ticket" => read_ticket(&element).map(Reply::Ticket),
        // It holds what was done, or else the ticket for what is to be done; a ticket that is over may stand beside it.
        "ticketedRequest" => match (element.child("net"), element.child("ticket")) {
            (Some(net), _) => read_net(net).map(Reply::Net),
            (None, Some(ticket)) => read_ticket(ticket).map(Reply::Ticket),
            (None, None) => Err("has neither a net nor a ticket".to_owned()),
        },
        other => Err(format!("is about a thing called {}", other.chars().take(40).collect::<String>())),
    }
}

/// Why ARIN refuses, in its own words: the message, and what is wrong with which component.
pub(super) fn refusal(body: &str) -> Option<String> {
    let error = Element::parse(body).ok().filter(|element| element.name == "error")?;
    let mut says = error.get("message").unwrap_or_default();
    if let Some(code) = error.get("code") {
        says = format!("{says} ({code})");
    }
    for component in error.child("components").map(|all| all.children.as_slice()).unwrap_or_default() {
        let (name, message) = (component.get("name").unwrap_or_default(), component.get("message").unwrap_or_default());
        says = format!("{says}; {name}: {message}");
    }
    for line in error.child("additionalInfo").map(|all| all.children.as_slice()).unwrap_or_default() {
        says = format!("{says}; {}", line.text.trim());
    }
    Some(says.chars().take(1_000).collect())
}

fn read_net(element: &Element) -> Result<Net, String> {
    let blocks = element.child("netBlocks").map(|blocks| blocks.children.as_slice()).unwrap_or_default();
    let blocks: Vec<&Element> = blocks.iter().filter(|block| block.name == "netBlock").collect();
    let mut prefixes = Vec::new();
    for block in &blocks {
        let first = address(&block.need("startAddress")?)?;
        let last = block.get("endAddress").map(|last| address(&last)).transpose()?;
        let length = block.get("cidrLength").and_then(|length| length.parse().ok());
        prefixes.extend(range(first, last, length)?);
    }
    Ok(Net {
        handle: element.need("handle")?,
        name: element.get("netName"),
        prefixes,
        kind: blocks.first().and_then(|block| block.get("type")).unwrap_or_default(),
        parent: element.get("parentNetHandle"),
        org: element.get("orgHandle"),
        customer: element.get("customerHandle"),
    })
}

fn read_customer(element: &Element) -> Result<Customer, String> {
    Ok(Customer {
        handle: Some(element.need("handle")?),
        name: element.get("customerName").unwrap_or_default(),
        street_address: element.lines_in("streetAddress"),
        city: element.get("city").unwrap_or_default(),
        state: element.get("iso3166-2"),
        postal_code: element.get("postalCode"),
        country: element.child("iso3166-1").and_then(|country| country.get("code2")).unwrap_or_default(),
        private: element.get("privateCustomer").as_deref() == Some("true"),
        comment: element.lines_in("comment"),
    })
}

fn read_ticket(element: &Element) -> Result<Ticket, String> {
    Ok(Ticket {
        number: element.need("ticketNo")?,
        status: element.get("webTicketStatus").unwrap_or_default(),
        resolution: element.get("webTicketResolution"),
    })
}

/// An address, of which the numbers may be padded with zeros: `192.000.002.016`.
fn address(text: &str) -> Result<IpAddr, String> {
    let wrong = || format!("has \"{}\" where an address belongs", text.chars().take(60).collect::<String>());
    if text.contains(':') {
        return text.parse().map_err(|_| wrong());
    }
    let plain = |part: &str| match part.trim_start_matches('0') {
        "" if !part.is_empty() => "0".to_owned(),
        rest => rest.to_owned(),
    };
    let parts: Vec<String> = text.split('.').map(plain).collect();
    parts.join(".").parse().map_err(|_| wrong())
}

/// A range as the fewest prefixes. The length counts only where there is no last address: of a range that is no prefix
/// it is that of the first one.
fn range(first: IpAddr, last: Option<IpAddr>, length: Option<u8>) -> Result<Vec<Prefix>, String> {
    let (host, wrong) = (Prefix::host(first), || "has a range that is none".to_owned());
    let family = host.family();
    let last = match (last, length) {
        (Some(last), _) => Prefix::host(last),
        (None, Some(length)) => return Ok(vec![Prefix::containing(family, host.first(), length).ok_or_else(wrong)?]),
        (None, None) => return Err("has a range without an end".to_owned()),
    };
    if last.family() != family || last.first() < host.first() {
        return Err(wrong());
    }
    let (mut at, end) = (host.first(), last.first());
    let mut prefixes = Vec::new();
    loop {
        // The largest prefix that begins here and does not go beyond the end.
        let fits = |mask: &u8| {
            Prefix::containing(family, at, *mask).is_some_and(|prefix| prefix.first() == at && prefix.last() <= end)
        };
        let mask = (0..=family.bits()).find(fits).ok_or_else(wrong)?;
        let prefix = Prefix::containing(family, at, mask).ok_or_else(wrong)?;
        prefixes.push(prefix);
        if prefix.last() >= end {
            return Ok(prefixes);
        }
        at = prefix.last() + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_with_their_padding() {
        for (text, expected) in [
            ("192.000.002.016", "192.0.2.16"),
            ("10.0.0.0", "10.0.0.0"),
            ("2001:0DB8:0000:0000:0000:0000:0000:0000", "2001:db8::"),
        ] {
            assert_eq!(address(text).unwrap().to_string(), expected);
        }
        for text in ["", "1.2.3", "1..2.3", "256.1.1.1", "a.b.c.d", "0x1.0.0.0"] {
            assert!(address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ranges_are_the_fewest_prefixes() {
        let of = |first: &str, last: &str| -> Vec<String> {
            let range = range(first.parse().unwrap(), Some(last.parse().unwrap()), None).unwrap();
            range.iter().map(ToString::to_string).collect()
        };
        assert_eq!(of("192.0.2.0", "192.0.2.255"), ["192.0.2.0/24"]);
        assert_eq!(of("192.0.2.4", "192.0.2.14"), ["192.0.2.4/30", "192.0.2.8/30", "192.0.2.12/31", "192.0.2.14/32"]);
        assert_eq!(of("0.0.0.0", "255.255.255.255"), ["0.0.0.0/0"]);
        assert_eq!(of("2001:db8::", "2001:db8:0:ffff:ffff:ffff:ffff:ffff"), ["2001:db8::/48"]);
        assert!(range("192.0.2.1".parse().unwrap(), Some("192.0.2.0".parse().unwrap()), None).is_err());
        assert!(range("192.0.2.1".parse().unwrap(), Some("::1".parse().unwrap()), None).is_err());
    }

    #[test]
    fn a_refusal_says_what_is_wrong_with_what() {
        let body = "<error xmlns='http://www.arin.net/regrws/core/v1'><additionalInfo><message>See the manual</message>\
            </additionalInfo><code>E_ENTITY_VALIDATION</code><components><component><message>is required</message>\
            <name>city</name></component></components><message>Payload failed validation</message></error>";
        let expected = "Payload failed validation (E_ENTITY_VALIDATION); city: is required; See the manual";
        assert_eq!(refusal(body).unwrap(), expected);
        assert_eq!(refusal("<html/>"), None);
    }
}
