//! The gadgets of a section: the parts of which the page of an entry is made.

use std::collections::HashMap;

use kernel::{Error, ResourceId, Result};
use serde::{Deserialize, Serialize};
use store::{Tx, params};

/// The codes that there are.
const CODES: [&str; 13] = [
    "_contact_info",
    "_contacts",
    "_dhcp_server",
    "_dns",
    "_document_storage",
    "_ipam",
    "_peering_peer_groups",
    "_peering_sessions",
    "_peering_vrfs",
    "_resource_linkage",
    "_resource_view",
    "_reverse_api",
    "_tech_info",
];

store::record! {
    #[derive(Serialize, Deserialize)]
    /// A gadget of a section.
    pub struct Gadget in "section_gadget" secret [] part_of [("section_id", "resource")] {
        /// Its id.
        id: i64,
        /// How often it has been changed.
        version: i64,
        /// The section.
        section_id: ResourceId,
        /// Its place: 0 is the first.
        position: i64,
        /// What it shows: `_ipam`, `_dns`, ...
        code: String,
        /// What the caller calls it.
        uuid: String,
    }
}

/// A gadget that a section is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGadget {
    /// What it shows.
    pub code: String,
    /// What the caller calls it.
    pub uuid: String,
}

/// The gadgets of these sections, in order. Sections without any are absent.
pub(crate) async fn gadgets_of(tx: &mut Tx, sections: &[ResourceId]) -> Result<HashMap<ResourceId, Vec<Gadget>>> {
    let mut found: HashMap<ResourceId, Vec<Gadget>> = HashMap::new();
    if sections.is_empty() {
        return Ok(found);
    }
    for gadget in tx.find::<Gadget>("section_id = ANY($1) ORDER BY position", params![sections]).await? {
        found.entry(gadget.section_id).or_default().push(gadget);
    }
    Ok(found)
}

/// Whether these are the gadgets of the section: who sends an entry back as it was read sends them, too.
pub(crate) async fn is_as_shown(tx: &mut Tx, section: Option<ResourceId>, gadgets: &[NewGadget]) -> Result<bool> {
    let section: Vec<ResourceId> = section.into_iter().collect();
    let mut present = gadgets_of(tx, &section).await?;
    let present = section.first().and_then(|section| present.remove(section)).unwrap_or_default();
    let same = |(gadget, given): (&Gadget, &NewGadget)| gadget.code == given.code && gadget.uuid == given.uuid;
    Ok(present.len() == gadgets.len() && present.iter().zip(gadgets).all(same))
}

/// Gives the section these gadgets instead of those it has. Returns whether anything has changed.
pub(crate) async fn set_gadgets(tx: &mut Tx, section_id: ResourceId, gadgets: &[NewGadget]) -> Result<bool> {
    for (n, NewGadget { code, uuid }) in gadgets.iter().enumerate() {
        if !CODES.contains(&code.as_str()) {
            return Err(Error::invalid(format!("gadgets[{n}][code]"), format!("must be one of {}", CODES.join(", "))));
        }
        if !(1..=64).contains(&uuid.chars().count()) || uuid.chars().any(char::is_control) {
            return Err(Error::invalid(format!("gadgets[{n}][uuid]"), "must have 1 to 64 printable characters"));
        }
    }
    let present = tx.find::<Gadget>("section_id = $1 ORDER BY position", params![section_id]).await?;
    let mut changed = present.len() != gadgets.len();
    let mut present = present.into_iter();
    for (position, NewGadget { code, uuid }) in (0_i64..).zip(gadgets.iter().cloned()) {
        match present.next() {
            Some(before) if before.code == code && before.uuid == uuid && before.position == position => {}
            Some(before) => {
                let mut after = Gadget { position, code, uuid, ..before.clone() };
                tx.update(&before, &mut after).await?;
                changed = true;
            }
            None => {
                let id = tx.new_id::<Gadget>().await?;
                tx.insert(&Gadget { id, version: 0, section_id, position, code, uuid }).await?;
            }
        }
    }
    for surplus in present {
        tx.delete(&surplus).await?;
    }
    Ok(changed)
}

/// Empties sections that are going to be deleted.
pub(crate) async fn remove_gadgets(tx: &mut Tx, sections: &[ResourceId]) -> Result<()> {
    for gadget in tx.find::<Gadget>("section_id = ANY($1)", params![sections]).await? {
        tx.delete(&gadget).await?;
    }
    Ok(())
}
