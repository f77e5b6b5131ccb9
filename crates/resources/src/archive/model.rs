//! What an archived copy is.

use kernel::{Error, ResourceId, Result, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    attribute::Attributes,
    link::Link,
    resource::{Details, Resource},
    section::{Gadget, SectionField},
};

store::record! {
    #[derive(Serialize, Deserialize)]
    /// A copy of a resource. The change log says who took it and when; what it holds is there already, as the changes
    /// that led to it, and is not written there twice.
    pub struct ArchivedCopy in "resource_archive" secret ["content"] {
        /// Its id.
        id: i64,
        /// How often it has been changed: never.
        version: i64,
        /// The resource.
        resource_id: ResourceId,
        /// The version that the resource had.
        resource_version: i64,
        /// The ids from the top down to the resource, as they were.
        path: String,
        /// Why it was taken: `request`, `deletion` or `restore`.
        reason: String,
        /// Who took it.
        actor: String,
        /// When.
        taken_at: Timestamp,
        /// The resource and what belongs to it, in JSON.
        content: String,
    }
}

/// Why a copy is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Somebody asked for it.
    Request,
    /// The resource is about to be deleted.
    Deletion,
    /// The resource is about to become what it was before.
    Restore,
}

impl Reason {
    /// The word for it in the database and in the APIs.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Deletion => "deletion",
            Self::Restore => "restore",
        }
    }
}

/// What a copy holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Content {
    pub(super) resource: Resource,
    pub(super) attributes: Attributes,
    /// Of a section.
    pub(super) fields: Vec<SectionField>,
    /// Of a section.
    pub(super) gadgets: Vec<Gadget>,
    /// On either side, whether whoever took the copy may read the other side or not.
    pub(super) links: Vec<Link>,
}

impl ArchivedCopy {
    pub(super) fn content(&self) -> Result<Content> {
        let unreadable = |error| Error::internal(format!("archived copy {} can't be read: {error}", self.id));
        serde_json::from_str(&self.content).map_err(unreadable)
    }
}

/// A copy as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backup {
    /// The copy.
    pub copy: ArchivedCopy,
    /// The resource as it was, with its section as it is now, and those of its links of which the actor may now read
    /// both sides. The rights are those of now.
    pub details: Details,
}
