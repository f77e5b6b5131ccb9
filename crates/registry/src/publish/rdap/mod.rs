//! Answers in the JSON of RDAP (RFC 9083), with ranges as CIDR (the extension `cidr0`), and with what is kept from sight
//! named (RFC 9537).

pub(super) mod api;

use std::net::IpAddr;

use kernel::Prefix;
use serde_json::{Map, Value, json};

use super::{
    found::{Autnum, Holder, Network},
    party::{Card, Party},
};

/// The media type of every answer.
pub(super) const MEDIA_TYPE: &str = "application/rdap+json";
/// What every answer keeps to (RFC 9083, 4.1).
const LEVEL: &str = "rdap_level_0";
/// That ranges are given as CIDR as well.
const CIDR0: &str = "cidr0";
/// That what is kept from sight is named.
const REDACTED: &str = "redacted";
/// What stands in the place of the name of a holder who is kept private.
pub(super) const PRIVATE: &str = "Private holder";

/// The answer about a network.
pub(super) fn network(base: &str, network: &Network) -> Value {
    let mut redacted = Vec::new();
    let object = network_object(base, network, "$", &mut redacted);
    whole(object, &[CIDR0], redacted)
}

/// The answer about a reverse zone: the zone, and the network that it is the zone of.
pub(super) fn domain(base: &str, name: &str, network: &Network) -> Value {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let mut redacted = Vec::new();
    let object = json!({
        "objectClassName": "domain",
        "handle": name,
        "ldhName": name,
        "links": links(base, &format!("domain/{name}")),
        "network": network_object(base, network, "$.network", &mut redacted),
    });
    whole(object, &[CIDR0], redacted)
}

/// The answer about an AS number.
pub(super) fn autnum(base: &str, autnum: &Autnum) -> Value {
    let mut redacted = Vec::new();
    let number = autnum.asn.0;
    let object = json!({
        "objectClassName": "autnum",
        "handle": format!("AS{number}"),
        "startAutnum": number,
        "endAutnum": number,
        "status": ["active"],
        "links": links(base, &format!("autnum/{number}")),
        "entities": entities(base, &autnum.parties, "$", &mut redacted),
    });
    whole(object, &[], redacted)
}

/// The answer about somebody: with their networks, and without the role that they have in one.
pub(super) fn holder(base: &str, holder: &Holder) -> Value {
    let mut redacted = Vec::new();
    let mut object = entity(base, &holder.party, "$", &mut redacted);
    if let Some(members) = object.as_object_mut() {
        members.remove("roles");
        if !holder.contacts.is_empty() {
            members.insert("entities".to_owned(), json!(entities(base, &holder.contacts, "$", &mut redacted)));
        }
        if !holder.networks.is_empty() {
            let networks: Vec<Value> =
                holder.networks.iter().map(|network| network_object(base, network, "$", &mut Vec::new())).collect();
            members.insert("networks".to_owned(), json!(networks));
        }
    }
    let extensions: &[&str] = if holder.networks.is_empty() { &[] } else { &[CIDR0] };
    whole(object, extensions, redacted)
}

/// What this service is.
pub(super) fn help(base: &str) -> Value {
    let lines = [
        "Networks, AS numbers, holders and reverse zones of this operator can be asked for:",
        "ip/ADDRESS, ip/PREFIX, autnum/NUMBER, entity/HANDLE, domain/NAME.",
        "There are no searches and no name servers.",
    ];
    let notice = json!({"title": "Help", "description": lines, "links": links(base, "help")});
    json!({"rdapConformance": [LEVEL, CIDR0, REDACTED], "notices": [notice]})
}

/// Why there is no answer.
pub(super) fn fault(status: u16, title: &str, why: &str) -> Value {
    json!({"rdapConformance": [LEVEL], "errorCode": status, "title": title, "description": [why]})
}

/// An object as a whole answer: what it conforms to, and what is kept from sight.
fn whole(object: Value, extensions: &[&str], redacted: Vec<Value>) -> Value {
    let mut conformance = vec![LEVEL];
    conformance.extend(extensions);
    if !redacted.is_empty() {
        conformance.push(REDACTED);
    }
    let mut answer = Map::new();
    answer.insert("rdapConformance".to_owned(), json!(conformance));
    if let Value::Object(members) = object {
        answer.extend(members);
    }
    if !redacted.is_empty() {
        answer.insert(REDACTED.to_owned(), Value::Array(redacted));
    }
    Value::Object(answer)
}

fn links(base: &str, path: &str) -> Value {
    let here = format!("{base}{path}");
    json!([{"value": here, "rel": "self", "href": here, "type": MEDIA_TYPE}])
}

fn network_object(base: &str, network: &Network, at: &str, redacted: &mut Vec<Value>) -> Value {
    let Network { block, handle, name, assigned, parties } = network;
    let prefix = block.prefix;
    let mut object = json!({
        "objectClassName": "ip network",
        "handle": handle,
        "startAddress": prefix.first_address().to_string(),
        "endAddress": prefix.last_address().to_string(),
        "ipVersion": if prefix.first_address().is_ipv4() { "v4" } else { "v6" },
        "type": if *assigned { "ASSIGNED" } else { "ALLOCATED" },
        "status": ["active"],
        "cidr0_cidrs": [cidr(prefix)],
        "links": links(base, &format!("ip/{prefix}")),
    });
    if let Some(members) = object.as_object_mut() {
        if let Some(name) = name {
            members.insert("name".to_owned(), json!(name));
        }
        let mut events = Vec::new();
        for (action, at) in [("registration", block.assigned_at), ("last changed", block.changed_at)] {
            events.extend(at.map(|at| json!({"eventAction": action, "eventDate": at.to_string()})));
        }
        if !events.is_empty() {
            members.insert("events".to_owned(), json!(events));
        }
        if !parties.is_empty() {
            members.insert("entities".to_owned(), json!(entities(base, parties, at, redacted)));
        }
    }
    object
}

fn cidr(prefix: Prefix) -> Value {
    match prefix.first_address() {
        IpAddr::V4(v4) => json!({"v4prefix": v4.to_string(), "length": prefix.mask()}),
        IpAddr::V6(v6) => json!({"v6prefix": v6.to_string(), "length": prefix.mask()}),
    }
}

fn entities(base: &str, parties: &[Party], at: &str, redacted: &mut Vec<Value>) -> Vec<Value> {
    let one = |(n, party): (usize, &Party)| entity(base, party, &format!("{at}.entities[{n}]"), redacted);
    parties.iter().enumerate().map(one).collect()
}

/// Somebody; `at` is where this stands in the answer, as a JSON path.
fn entity(base: &str, party: &Party, at: &str, redacted: &mut Vec<Value>) -> Value {
    let mut object = json!({
        "objectClassName": "entity",
        "handle": party.handle,
        "roles": [party.role],
    });
    let Some(members) = object.as_object_mut() else { return object };
    if let Some(card) = &party.card {
        members.insert("vcardArray".to_owned(), vcard(card));
        if party.role == "registrant" {
            members.insert("links".to_owned(), links(base, &format!("entity/{}", party.handle)));
        }
        if card.private {
            redacted.extend(kept_private(at));
        }
    }
    if let Some(changed_at) = party.changed_at {
        let event = json!({"eventAction": "last changed", "eventDate": changed_at.to_string()});
        members.insert("events".to_owned(), json!([event]));
    }
    object
}

/// A card (jCard, RFC 7095).
fn vcard(card: &Card) -> Value {
    let name = if card.private { PRIVATE } else { &card.name };
    let kind = if card.individual { "individual" } else { "org" };
    let mut properties =
        vec![json!(["version", {}, "text", "4.0"]), json!(["fn", {}, "text", name]), json!(["kind", {}, "text", kind])];
    if !card.address.is_empty() {
        let label = card.address.join("\n");
        let country = card.country.clone().unwrap_or_default();
        properties.push(json!(["adr", {"label": label}, "text", ["", "", "", "", "", "", country]]));
    }
    properties.extend(card.phones.iter().map(|phone| json!(["tel", {"type": "voice"}, "text", phone])));
    properties.extend(card.emails.iter().map(|email| json!(["email", {}, "text", email])));
    json!(["vcard", properties])
}

/// What of a holder who is kept private is not shown: another name stands in the place of the name, and the rest is not
/// there (RFC 9537, 3).
fn kept_private(at: &str) -> Vec<Value> {
    let reason = json!({"description": "The holder is kept private"});
    let property = |name: &str| format!("{at}.vcardArray[1][?(@[0]=='{name}')]");
    vec![
        json!({
            "name": {"description": "Name of the holder"},
            "postPath": format!("{}[3]", property("fn")),
            "pathLang": "jsonpath",
            "method": "replacementValue",
            "reason": reason,
        }),
        json!({
            "name": {"description": "Address of the holder"},
            "prePath": property("adr"),
            "pathLang": "jsonpath",
            "method": "removal",
            "reason": reason,
        }),
        json!({
            "name": {"description": "Contacts of the holder"},
            "prePath": format!("{}.entities[?(@.roles[0]!='registrant')]", at.split(".entities").next().unwrap_or("$")),
            "pathLang": "jsonpath",
            "method": "removal",
            "reason": reason,
        }),
    ]
}
