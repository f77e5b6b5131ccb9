//! The tree that everything hangs on. Customers, devices, sections, fields, categories: all are [`Resource`]s below
//! the top, with attributes and links; rights are given on a resource and hold for all below it.

mod archive;
mod attachment;
mod attribute;
mod contact;
mod guard;
mod import;
mod link;
mod resource;
mod search;
mod section;
pub mod system;
mod tree;
mod undo;
mod view;

use std::sync::Arc;

pub use archive::{ArchivedCopy, Backup};
pub use attachment::{Attachment, Storage};
pub use attribute::{Attribute, AttributeChange, AttributeFilter, Attributes, Comparison, Join, Values};
pub use contact::{Card, Contact, ContactImport, ContactType, FoundContact, Source};
pub use guard::Guard;
pub use link::{FoundLinks, Link, LinkFilter, LinkQuery, NewLink, Side, add_link, find_links};
pub use resource::v1::v1_brief;
pub use resource::{
    Details, Found, Load, Modified, NewResource, OrderBy, Resource, ResourceChange, ResourcePatch, ResourceQuery,
    SearchColumn, SectionRef, TABLES, add, as_they_were, below, details, details_as_of, find, get, history, join, load,
    named_like, page, rewind, update, visible, visible_condition,
};
pub use search::search;
pub use section::{FieldRef, Gadget, NewGadget, NewSectionField, SectionField};
use store::{Db, Migration, job::Jobs};
pub use system::bootstrap;
pub use tree::Tree;
pub use undo::ResourceUndo;

/// The steps of the schema.
pub const MIGRATIONS: &[Migration] = &[
    Migration { name: "resources/0001", sql: include_str!("migrations/0001.sql") },
    Migration { name: "resources/0002", sql: include_str!("migrations/0002.sql") },
    Migration { name: "resources/0003", sql: include_str!("migrations/0003.sql") },
    Migration { name: "resources/0004", sql: include_str!("migrations/0004.sql") },
    Migration { name: "resources/0005", sql: include_str!("migrations/0005.sql") },
    Migration { name: "resources/0006", sql: include_str!("migrations/0006.sql") },
];

/// The table of what is known of attached files, which themselves are not in the database.
pub const ATTACHMENTS: &str = "resource_attachment";

/// Tables written without a change log: those that only carry something on its way.
pub const DERIVED: &[&str] = &["resource_import_piece"];

/// The slice, ready to work.
#[derive(Clone)]
pub struct Resources {
    db: Db,
    guards: guard::Guards,
    sources: contact::Sources,
    storage: Storage,
}

impl Resources {
    /// On this database, with no place for attachments.
    pub fn new(db: Db) -> Self {
        Self { db, guards: guard::Guards::default(), sources: contact::Sources::default(), storage: Storage::none() }
    }

    /// Keeps attachments in this place.
    #[must_use]
    pub fn with_storage(self, storage: Storage) -> Self {
        Self { storage, ..self }
    }

    /// Encrypts values that are to be kept from sight with this key; without one, they are refused.
    #[must_use]
    pub fn with_master_key(self, key: access::MasterKey) -> Self {
        attribute::set_key(&self.db, key);
        self
    }

    /// Lets a higher slice object to the deletion of what it still needs.
    #[must_use]
    pub fn with_guard(mut self, guard: Arc<dyn Guard>) -> Self {
        self.guards.add(guard);
        self
    }

    /// Lets contacts of this type be imported from there.
    #[must_use]
    pub fn with_source(mut self, contact_type: ContactType, source: Arc<dyn Source>) -> Self {
        self.sources.add(contact_type, source);
        self
    }
}

/// The actions of API v1.
pub fn v1(resources: &Resources) -> api_v1::Actions<Resources> {
    const TARGET: &str = "resource";
    api_v1::Actions::new(resources.clone())
        .on(TARGET, "get", resource::v1::get)
        .on(TARGET, "add", resource::v1::add)
        .on(TARGET, "update", resource::v1::update)
        .on(TARGET, "delete", resource::v1::delete)
        .on(TARGET, "getLink", link::v1::get_link)
}

/// The endpoints of API v2.
pub fn v2(resources: &Resources) -> api_v2::Routes {
    resource::api::routes(resources)
        .merge(attribute::api::routes(resources))
        .merge(link::api::routes(resources))
        .merge(attachment::api::routes(resources))
        .merge(archive::api::routes(resources))
        .merge(import::api::routes(resources))
        .merge(view::api::routes(resources))
}

/// The slice's kinds of jobs.
pub fn jobs(jobs: Jobs, resources: &Resources) -> Jobs {
    jobs.with(attachment::Sweep(resources.storage.clone()))
        .with(contact::ImportContacts(resources.sources.clone()))
        .with(import::Import)
}

/// The endpoints of API v2 for contacts, a family of their own.
pub fn v2_contacts(resources: &Resources) -> api_v2::Routes {
    contact::api::routes(resources)
}
