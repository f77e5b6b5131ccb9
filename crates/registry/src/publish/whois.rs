//! WHOIS (RFC 3912): a line comes in, and text goes out. Networks of ARIN and LACNIC are told in the words of ARIN, those
//! of the other registries in those of RIPE.

use std::{fmt::Write as _, net::IpAddr};

use kernel::{Asn, Prefix, Result, Timestamp};

use super::{
    Publication,
    found::{self, Network, reading},
    party::{Card, Party},
    rdap::PRIVATE,
};

/// The longest question, in bytes.
const LONGEST: usize = 256;

pub(super) async fn answer(publication: &Publication, client: IpAddr, line: &str) -> String {
    if let Err(seconds) = publication.ask(client) {
        return lines(&format!("% You ask too much; ask again in {seconds} seconds.\n"));
    }
    let text = match text(publication, line).await {
        Ok(Some(text)) => text,
        Ok(None) => "% No match found.\n".to_owned(),
        Err(_) => "% Something went wrong on the server.\n".to_owned(),
    };
    lines(&text)
}

/// Lines end as the protocol wants.
fn lines(text: &str) -> String {
    text.replace('\n', "\r\n")
}

async fn text(publication: &Publication, line: &str) -> Result<Option<String>> {
    let line: String = line.chars().take(LONGEST).collect();
    // Flags of other servers, such as `-B` or ARIN's `n +`, change nothing here.
    let is_flag = |word: &&str| word.starts_with('-') || matches!(*word, "n" | "a" | "e" | "+" | "=");
    let words: Vec<&str> = line.split_whitespace().filter(|word| !is_flag(word)).collect();
    let [question] = words.as_slice() else {
        return Ok(Some("% Ask for an address, a prefix, an AS number (AS64496) or a handle.\n".to_owned()));
    };
    let mut tx = reading(&publication.registry.db).await?;
    if let Ok(range) = question.parse::<Prefix>() {
        let found = found::network(&mut tx, range).await?;
        return Ok(found.map(|network| self::network(&network)));
    }
    let number = question.get(2..).filter(|_| question.to_ascii_uppercase().starts_with("AS"));
    if let Some(Ok(asn)) = number.map(str::parse::<Asn>) {
        let found = found::autnum(&mut tx, asn).await?;
        return Ok(found.map(|found| {
            let mut out = format!("aut-num:        AS{asn}\n");
            parties(&mut out, &found.parties);
            out
        }));
    }
    let found = found::holder(&mut tx, question).await?;
    Ok(found.map(|found| {
        let mut out = String::new();
        role(&mut out, &found.party);
        for network in &found.networks {
            out.push('\n');
            out.push_str(&self::network(network));
        }
        out
    }))
}

fn network(network: &Network) -> String {
    if matches!(network.block.rir.as_str(), "ARIN" | "LACNIC") { as_arin(network) } else { as_ripe(network) }
}

/// `2026-01-31`
fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

fn shown(card: &Card) -> &str {
    if card.private { PRIVATE } else { &card.name }
}

fn as_arin(network: &Network) -> String {
    let prefix = network.block.prefix;
    let mut out = String::new();
    let mut say = |name: &str, value: &str| _ = writeln!(out, "{:<16}{value}", format!("{name}:"));
    say("NetRange", &format!("{} - {}", prefix.first_address(), prefix.last_address()));
    say("CIDR", &prefix.to_string());
    if let Some(name) = &network.name {
        say("NetName", name);
    }
    say("NetHandle", &network.handle);
    say("NetType", if network.assigned { "Reassigned" } else { "Direct Allocation" });
    if let Some(at) = network.block.assigned_at {
        say("RegDate", &day(at));
    }
    if let Some(at) = network.block.changed_at {
        say("Updated", &day(at));
    }
    for party in &network.parties {
        let Some(card) = party.card.as_ref().filter(|_| party.role == "registrant") else { continue };
        out.push('\n');
        let mut say = |name: &str, value: &str| _ = writeln!(out, "{:<16}{value}", format!("{name}:"));
        say(if network.assigned { "CustName" } else { "OrgName" }, shown(card));
        say(if network.assigned { "CustHandle" } else { "OrgId" }, &party.handle);
        for line in &card.address {
            say("Address", line);
        }
        if let Some(country) = &card.country {
            say("Country", country);
        }
    }
    for party in network.parties.iter().filter(|party| party.role != "registrant") {
        let begin = match party.role {
            "abuse" => "OrgAbuse",
            "administrative" => "OrgAdmin",
            _ => "OrgTech",
        };
        out.push('\n');
        let mut say = |name: &str, value: &str| _ = writeln!(out, "{:<16}{value}", format!("{begin}{name}:"));
        say("Handle", &party.handle);
        if let Some(card) = &party.card {
            say("Name", &card.name);
            card.phones.iter().for_each(|phone| say("Phone", phone));
            card.emails.iter().for_each(|email| say("Email", email));
        }
    }
    out
}

fn as_ripe(network: &Network) -> String {
    let prefix = network.block.prefix;
    let mut out = String::new();
    let mut say = |name: &str, value: &str| _ = writeln!(out, "{:<16}{value}", format!("{name}:"));
    let is_v4 = prefix.first_address().is_ipv4();
    if is_v4 {
        say("inetnum", &format!("{} - {}", prefix.first_address(), prefix.last_address()));
    } else {
        say("inet6num", &prefix.to_string());
    }
    say("netname", network.name.as_deref().unwrap_or(&network.handle));
    let registrant = network.parties.iter().find(|party| party.role == "registrant");
    if let Some(card) = registrant.and_then(|party| party.card.as_ref()) {
        say("descr", shown(card));
        if let Some(country) = &card.country {
            say("country", country);
        }
    }
    for party in &network.parties {
        match party.role {
            "registrant" => say("org", &party.handle),
            "administrative" => say("admin-c", &party.handle),
            "abuse" => say("abuse-c", &party.handle),
            _ => say("tech-c", &party.handle),
        }
    }
    say(
        "status",
        match (network.assigned, is_v4) {
            (true, true) => "ASSIGNED PA",
            (true, false) => "ASSIGNED",
            (false, true) => "ALLOCATED PA",
            (false, false) => "ALLOCATED-BY-RIR",
        },
    );
    if let Some(at) = network.block.assigned_at {
        say("created", &at.to_string());
    }
    if let Some(at) = network.block.changed_at {
        say("last-modified", &at.to_string());
    }
    say("source", "PLATBOOK");
    parties(&mut out, &network.parties);
    out
}

fn parties(out: &mut String, parties: &[Party]) {
    for party in parties.iter().filter(|party| party.card.is_some()) {
        out.push('\n');
        role(out, party);
    }
}

fn role(out: &mut String, party: &Party) {
    let Some(card) = &party.card else { return };
    let mut say = |name: &str, value: &str| _ = writeln!(out, "{:<16}{value}", format!("{name}:"));
    if party.role == "registrant" {
        say("organisation", &party.handle);
        say("org-name", shown(card));
    } else {
        say("role", &card.name);
        say("nic-hdl", &party.handle);
    }
    card.address.iter().for_each(|line| say("address", line));
    card.country.iter().for_each(|country| say("country", country));
    card.phones.iter().for_each(|phone| say("phone", phone));
    card.emails.iter().for_each(|email| say("e-mail", email));
    say("source", "PLATBOOK");
}
