//! What a contact is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Card, HANDLE, TYPE};
use crate::resource::{Details, Resource};

/// Where a contact comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub enum ContactType {
    /// It was written here.
    Local,
    /// The registry of North America.
    #[serde(rename = "ARIN")]
    Arin,
    /// The registry of Europe, the Middle East and Central Asia.
    #[serde(rename = "RIPE")]
    Ripe,
    /// The registry of Asia and the Pacific.
    #[serde(rename = "APNIC")]
    Apnic,
    /// The registry of Latin America and the Caribbean.
    #[serde(rename = "LACNIC")]
    Lacnic,
    /// The registry of Africa.
    #[serde(rename = "AfriNIC")]
    Afrinic,
    /// A directory.
    #[serde(rename = "LDAP")]
    Ldap,
}

impl ContactType {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Local, Self::Arin, Self::Ripe, Self::Apnic, Self::Lacnic, Self::Afrinic, Self::Ldap];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Local => "Local",
            Self::Arin => "ARIN",
            Self::Ripe => "RIPE",
            Self::Apnic => "APNIC",
            Self::Lacnic => "LACNIC",
            Self::Afrinic => "AfriNIC",
            Self::Ldap => "LDAP",
        }
    }

    /// The type with this name, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(text.trim()))
    }

    /// Whether it is a regional internet registry.
    pub const fn is_registry(self) -> bool {
        !matches!(self, Self::Local | Self::Ldap)
    }
}

/// A contact, with the resource that it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    /// The resource: its id, its name, its place.
    pub resource: Resource,
    /// Where it comes from.
    pub contact_type: ContactType,
    /// The name by which the registry or the directory knows it; a local one has none.
    pub handle: Option<String>,
    /// How it can be reached.
    pub card: Card,
}

impl From<Details> for Contact {
    fn from(Details { resource, mut attributes, .. }: Details) -> Self {
        let mut one = |name: &str| attributes.shift_remove(name).and_then(|values| values.into_iter().next());
        let contact_type = one(TYPE).and_then(|name| ContactType::parse(&name)).unwrap_or(ContactType::Local);
        let handle = one(HANDLE);
        Self { resource, contact_type, handle, card: Card::take(&mut attributes) }
    }
}
