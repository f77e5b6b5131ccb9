//! Who holds a network, as far as the world is told.

use kernel::{ResourceId, Result, Timestamp};
use resources::{Contact, ContactType, LinkQuery, Load, Resource};
use store::Tx;

use crate::lir::LirRow;

/// The relation by which contacts are linked to what they are the contacts of.
const CONTACT: &str = "contact";
/// The most contacts of one holder that are shown.
const MOST_CONTACTS: u32 = 10;

/// Somebody who is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Party {
    /// The name by which it can be asked for.
    pub(super) handle: String,
    /// What it is to the network: `registrant`, `technical`, `administrative` or `abuse` (RFC 9083, 10.2.4).
    pub(super) role: &'static str,
    /// What is known of it; nothing of one who is only named by a handle of a registry.
    pub(super) card: Option<Card>,
    /// When it was last changed.
    pub(super) changed_at: Option<Timestamp>,
}

/// What is known of somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Card {
    /// Whether they want to be kept private: then nothing else is here.
    pub(super) private: bool,
    /// Whether it is a person, and not an organisation or a desk.
    pub(super) individual: bool,
    pub(super) name: String,
    pub(super) address: Vec<String>,
    pub(super) country: Option<String>,
    pub(super) phones: Vec<String>,
    pub(super) emails: Vec<String>,
}

/// The handle of a resource that holds something.
pub(super) fn handle(id: ResourceId) -> String {
    format!("PB-{id}")
}

/// The resource that this is the handle of.
pub(super) fn resource_of(handle: &str) -> Option<ResourceId> {
    let digits = handle.get(..3).filter(|begin| begin.eq_ignore_ascii_case("PB-")).and_then(|_| handle.get(3..))?;
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok().map(ResourceId)).flatten()
}

/// A holder, and their contacts unless they are kept private.
pub(super) async fn holder(tx: &mut Tx, resource: &Resource) -> Result<Vec<Party>> {
    let load = Load { attributes: true, rights: false, links: false };
    let details = resources::details(tx, vec![resource.clone()], load).await?.pop();
    let attributes = details.map(|details| details.attributes).unwrap_or_default();
    let lines = |name: &str| -> Vec<String> {
        let values = attributes.get(name).map(Vec::as_slice).unwrap_or_default();
        let lines = values.iter().flat_map(|value| value.lines()).map(str::trim);
        lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    let private = lines("private_customer")
        .first()
        .is_some_and(|yes| ["1", "true", "yes"].iter().any(|word| yes.eq_ignore_ascii_case(word)));
    let card = if private {
        Card { private, ..Card::default() }
    } else {
        let address = ["street_address", "city", "state", "postal_code"].into_iter().flat_map(lines).collect();
        let country = lines("country").into_iter().next();
        Card { name: resource.name.clone(), address, country, ..Card::default() }
    };
    let handle = handle(resource.id);
    let changed_at = Some(resource.modified_at);
    let mut parties = vec![Party { handle, role: "registrant", card: Some(card), changed_at }];
    if !private {
        parties.extend(contacts(tx, resource.id).await?);
    }
    Ok(parties)
}

/// The contacts of a holder. What the link says of them (`abuse`, `administrative`) is their role.
async fn contacts(tx: &mut Tx, holder: ResourceId) -> Result<Vec<Party>> {
    let query = LinkQuery {
        relations: Some(vec![CONTACT.to_owned()]),
        resource_id: Some(holder),
        limit: MOST_CONTACTS,
        ..LinkQuery::default()
    };
    let mut parties = Vec::new();
    for link in resources::find_links(tx, &query).await?.links {
        let id = link.other(holder);
        let Some(resource) = resources::load(tx, &[id]).await?.remove(&id).filter(|found| found.kind == CONTACT) else {
            continue;
        };
        let load = Load { attributes: true, rights: false, links: false };
        let Some(details) = resources::details(tx, vec![resource], load).await?.pop() else { continue };
        let contact = Contact::from(details);
        let role = match link.data.as_deref().map(|data| data.trim_matches('"').to_ascii_lowercase()).as_deref() {
            Some("abuse") => "abuse",
            Some("administrative" | "admin") => "administrative",
            _ => "technical",
        };
        let (changed_at, name) = (Some(contact.resource.modified_at), contact.resource.name);
        let handle = match (contact.contact_type, contact.handle) {
            (ContactType::Local | ContactType::Ldap, _) | (_, None) => handle(contact.resource.id),
            (_, Some(handle)) => handle,
        };
        let (phones, emails) = (contact.card.phones, contact.card.emails);
        let card = Card { individual: false, name, phones, emails, ..Card::default() };
        parties.push(Party { handle, role, card: Some(card), changed_at });
    }
    Ok(parties)
}

/// An LIR as the holder of its aggregates, and its contacts at the registry.
pub(super) fn lir(row: &LirRow, resource: &Resource) -> Vec<Party> {
    let card = Card { name: resource.name.clone(), ..Card::default() };
    let registrant =
        Party { handle: lir_handle(row), role: "registrant", card: Some(card), changed_at: Some(resource.modified_at) };
    let contact = |role, handle: &Option<String>| {
        handle.clone().map(|handle| Party { handle, role, card: None, changed_at: None })
    };
    let contacts = [
        contact("administrative", &row.admin_poc),
        contact("technical", &row.tech_poc),
        contact("abuse", &row.abuse_poc),
    ];
    [registrant].into_iter().chain(contacts.into_iter().flatten()).collect()
}

/// The handle of an LIR: that of its organisation at the registry, else its maintainer, else its id.
pub(super) fn lir_handle(row: &LirRow) -> String {
    row.org_ids().into_iter().next().or_else(|| row.maintainer.clone()).unwrap_or_else(|| format!("LIR-{}", row.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_of_holders_are_read_in_any_case() {
        assert_eq!(resource_of(&handle(ResourceId(121))), Some(ResourceId(121)));
        assert_eq!(resource_of("pb-7"), Some(ResourceId(7)));
        for other in ["", "PB-", "PB", "PB-x", "PB--1", "PB-+1", "ÄB-1", "CONNE-81", "PB-99999999999999999999"] {
            assert_eq!(resource_of(other), None, "{other}");
        }
    }
}
