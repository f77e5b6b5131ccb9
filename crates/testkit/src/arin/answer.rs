//! What ARIN answers, with its habits: addresses padded with zeros, lines counted from 0, elements in no order that
//! anybody could rely on, and one that no client knows yet.

use std::net::IpAddr;

use quick_xml::escape::escape;

use super::{
    books::{Customer, Net, Refusal, Ticket},
    payload::NAMESPACE,
};

/// A document with this element, its content already written.
pub(super) fn document(name: &str, content: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
         <{name} xmlns=\"{NAMESPACE}\" xmlns:ns2=\"http://www.arin.net/regrws/messages/v1\">{content}</{name}>"
    )
}

fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

fn optional(name: &str, text: Option<&String>) -> String {
    text.map(|text| element(name, text)).unwrap_or_default()
}

fn lines(name: &str, lines: &[String]) -> String {
    let line = |(n, text): (usize, &String)| format!("<line number=\"{n}\">{}</line>", escape(text.as_str()));
    let lines: String = lines.iter().enumerate().map(line).collect();
    format!("<{name}>{lines}</{name}>")
}

/// An address as ARIN writes it: `192.000.002.016`, `2001:0DB8:0000:...`.
pub(super) fn padded(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => v4.octets().map(|octet| format!("{octet:03}")).join("."),
        IpAddr::V6(v6) => v6.segments().map(|segment| format!("{segment:04X}")).join(":"),
    }
}

/// What is inside a net.
pub(super) fn net(handle: &str, net: &Net) -> String {
    let block = [
        element("type", &net.kind),
        element("cidrLength", &net.prefix.mask().to_string()),
        element("endAddress", &padded(net.prefix.last_address())),
        element("description", "Reassigned"),
        element("startAddress", &padded(net.prefix.first_address())),
    ];
    [
        element("registeredWith", "something that is new"),
        element("handle", handle),
        format!("<netBlocks><netBlock>{}</netBlock></netBlocks>", block.concat()),
        optional("customerHandle", net.customer.as_ref()),
        "<pocLinks/>".to_owned(),
        element("registrationDate", "2026-01-01T00:00:00-05:00"),
        optional("orgHandle", net.org.as_ref()),
        optional("parentNetHandle", net.parent.as_ref()),
        element("netName", &net.name),
        element("version", if net.prefix.first_address().is_ipv4() { "4" } else { "6" }),
    ]
    .concat()
}

/// What is inside a customer.
pub(super) fn customer(handle: &str, customer: &Customer) -> String {
    [
        lines("streetAddress", &customer.street_address),
        element("handle", handle),
        element("city", &customer.city),
        format!("<iso3166-1>{}</iso3166-1>", element("code2", &customer.country)),
        optional("iso3166-2", customer.state.as_ref()),
        lines("comment", &customer.comment),
        element("customerName", &customer.name),
        element("parentOrgHandle", &customer.org),
        optional("postalCode", customer.postal_code.as_ref()),
        element("privateCustomer", if customer.private { "true" } else { "false" }),
        element("registrationDate", "2026-01-01T00:00:00-05:00"),
    ]
    .concat()
}

/// What is inside a ticket.
pub(super) fn ticket(number: &str, ticket: &Ticket) -> String {
    [
        "<messages/>".to_owned(),
        element("ticketNo", number),
        element("webTicketType", "IPV4_SIMPLE_REASSIGN"),
        optional("webTicketResolution", ticket.resolution.as_ref()),
        element("webTicketStatus", &ticket.status),
    ]
    .concat()
}

/// The document of a refusal.
pub(super) fn refusal(refusal: &Refusal) -> String {
    let component = |(name, message): &(String, String)| {
        format!("<component>{}{}</component>", element("name", name), element("message", message))
    };
    let components: String = refusal.components.iter().map(component).collect();
    let content = [
        "<additionalInfo/>".to_owned(),
        element("code", refusal.code),
        format!("<components>{components}</components>"),
        element("message", &refusal.message),
    ];
    document("error", &content.concat())
}
