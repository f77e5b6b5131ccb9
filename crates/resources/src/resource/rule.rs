//! Rules that hold for every resource, however it came to be.

use kernel::{Action, Area, Error, FieldErrors, ResourceId, Result};
use store::{Tx, params};

use super::{Resource, get};
use crate::{
    section::{self, NewGadget},
    system,
};

/// The longest name and the longest custom id, in characters.
const LONGEST: usize = 255;
/// The longest kind.
const LONGEST_KIND: usize = 64;

/// What is said when an entry has no section.
pub(crate) const ENTRY_WITHOUT_SECTION: &str = "Entries must be assigned to a section";

/// What is said when something else is to be made of fields or gadgets.
pub(super) const ONLY_SECTIONS: &str = "only a section is made of fields and gadgets";

/// A section, as a caller names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SectionRef {
    /// By its id.
    Id(ResourceId),
    /// By its slug.
    Slug(String),
}

pub(super) fn check_text(field: &str, text: &str, errors: &mut FieldErrors) {
    if text.is_empty() || text.chars().count() > LONGEST || text.chars().any(char::is_control) {
        errors.push(field, format!("must have 1 to {LONGEST} printable characters"));
    }
}

pub(super) fn check_kind(kind: &str, errors: &mut FieldErrors) {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if kind.is_empty() || kind.len() > LONGEST_KIND || !kind.bytes().all(fits) {
        let rule = format!("must have 1 to {LONGEST_KIND} characters, each a small letter, a digit or _");
        errors.push("type", rule);
    } else if matches!(kind, system::KIND | system::TOP_KIND) {
        errors.push("type", format!("{kind} is for the system's own resources"));
    }
}

/// The section that a resource of this kind shall belong to. Entries have one, others have none.
pub(crate) async fn section(tx: &mut Tx, kind: &str, wanted: Option<&SectionRef>) -> Result<Option<ResourceId>> {
    match wanted {
        None if kind == section::ENTRY => Err(Error::invalid("section", ENTRY_WITHOUT_SECTION)),
        None => Ok(None),
        Some(_) if kind != section::ENTRY => {
            Err(Error::invalid("section", format!("only entries belong to a section, not a {kind}")))
        }
        Some(wanted) => section_named(tx, wanted).await.map(Some),
    }
}

/// The section that a caller names.
pub(crate) async fn section_named(tx: &mut Tx, wanted: &SectionRef) -> Result<ResourceId> {
    let (field, found, name) = match wanted {
        SectionRef::Id(id) => ("section_id", tx.get::<Resource>(*id).await?, id.to_string()),
        SectionRef::Slug(slug) => {
            ("section", tx.find::<Resource>("slug = $1", params![slug]).await?.pop(), format!("\"{slug}\""))
        }
    };
    match found {
        Some(resource) if resource.kind == section::SECTION => Ok(resource.id),
        _ => Err(Error::invalid(field, format!("there is no section {name}"))),
    }
}

/// Refuses gadgets for what is no section. An entry shows those of its section, and may come back with them.
pub(super) async fn gadgets(
    tx: &mut Tx,
    kind: &str,
    section_id: Option<ResourceId>,
    gadgets: &[NewGadget],
) -> Result<()> {
    if kind == section::SECTION || gadgets.is_empty() || section::is_as_shown(tx, section_id, gadgets).await? {
        return Ok(());
    }
    Err(Error::invalid("gadgets", ONLY_SECTIONS))
}

/// Checks that there is such a category.
pub(crate) async fn category(tx: &mut Tx, id: ResourceId) -> Result<()> {
    match tx.get::<Resource>(id).await? {
        Some(resource) if resource.kind == section::CATEGORY && can_read(tx, &resource) => Ok(()),
        _ => Err(Error::invalid("category_id", format!("there is no category {id}"))),
    }
}

/// The parent that a caller names. One that is not there is the caller's error, not the lack of what they asked for.
pub(crate) async fn parent(tx: &mut Tx, id: ResourceId) -> Result<Resource> {
    get(tx, id).await.map_err(in_parent)
}

/// An error about the parent, as an error of that field.
pub(crate) fn in_parent(error: Error) -> Error {
    match error {
        Error::NotFound(text) => Error::invalid("parent_id", text),
        other => other,
    }
}

fn can_read(tx: &Tx, resource: &Resource) -> bool {
    resource.allow(tx.actor(), Area::Resource, Action::Read).is_ok()
}
