//! The tree that everything hangs on. Customers, devices, sections, fields, categories: all are [`Resource`]s below
//! the top, with attributes and links; rights are given on a resource and hold for all below it.

mod attribute;
mod guard;
mod link;
mod resource;
mod search;
mod section;
pub mod system;
mod tree;

use std::sync::Arc;

pub use attribute::{Attribute, AttributeChange, AttributeFilter, Attributes, Comparison, Join, Values};
pub use guard::Guard;
pub use link::{FoundLinks, Link, LinkFilter, LinkQuery, NewLink, Side, add_link, find_links};
pub use resource::v1::v1_brief;
pub use resource::{
    Details, Found, Load, Modified, NewResource, OrderBy, Resource, ResourceChange, ResourcePatch, ResourceQuery,
    SearchColumn, SectionRef, add, details, details_as_of, find, get, history, join, load, named_like, page, update,
    visible, visible_condition,
};
pub use search::search;
pub use section::{FieldRef, Gadget, NewGadget, NewSectionField, SectionField};
use store::{Db, Migration};
pub use system::bootstrap;
pub use tree::Tree;

/// The steps of the schema.
pub const MIGRATIONS: &[Migration] = &[
    Migration { name: "resources/0001", sql: include_str!("migrations/0001.sql") },
    Migration { name: "resources/0002", sql: include_str!("migrations/0002.sql") },
    Migration { name: "resources/0007", sql: include_str!("migrations/0007.sql") },
];

/// Tables written without a change log: none.
pub const DERIVED: &[&str] = &[];

/// The slice, ready to work.
#[derive(Clone)]
pub struct Resources {
    db: Db,
    guards: guard::Guards,
}

impl Resources {
    /// On this database.
    pub fn new(db: Db) -> Self {
        Self { db, guards: guard::Guards::default() }
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
    resource::api::routes(resources).merge(attribute::api::routes(resources)).merge(link::api::routes(resources))
}
