//! Contacts: people and desks that can be reached. A contact is a resource of kind `contact`, and its details are
//! attributes of it, so that rights, links, search and history are those of every resource. A local contact is written
//! by people; others are looked up by their handle at a registry or in a directory, and only there are they changed.

pub(crate) mod api;
mod card;
mod import;
mod job;
mod model;
mod read;
mod rule;
mod source;

pub use card::Card;
pub use import::ContactImport;
pub(crate) use job::ImportContacts;
pub use model::{Contact, ContactType};
pub(crate) use rule::{check, check_change};
pub(crate) use source::Sources;
pub use source::{FoundContact, Source};

/// The kind of a contact.
pub(crate) const CONTACT: &str = "contact";
/// The relation by which a contact is linked to what it is the contact of.
const RELATION: &str = "contact";

/// The attribute that says where the contact comes from; a local one has none.
const TYPE: &str = "contact_type";
/// The attribute with the name by which the registry or the directory knows the contact.
const HANDLE: &str = "handle";
