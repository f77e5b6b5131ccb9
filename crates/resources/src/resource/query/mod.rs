//! What is looked for: every filter of the resource lists.

mod modified;
mod params;

pub use self::modified::Modified;
pub(crate) use self::params::{order as list_order, place as list_place};
use kernel::{Order, ResourceId, Rights};

use super::Resource;
use crate::{attribute::AttributeFilter, link::LinkFilter};

/// Which resources are wanted, in which order, and which part of them. All conditions must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResourceQuery {
    /// These only.
    pub ids: Option<Vec<ResourceId>>,
    /// None of these.
    pub not_ids: Vec<ResourceId>,
    /// With this id in someone else's system.
    pub custom_id: Option<String>,
    /// With this name, to the letter.
    pub name: Option<String>,
    /// With this slug.
    pub slug: Option<String>,
    /// Of this kind (the APIs' `type`).
    pub kind: Option<String>,
    /// Directly below one of these.
    pub parents: Option<Vec<ResourceId>>,
    /// Directly below none of these.
    pub not_parents: Vec<ResourceId>,
    /// Entries of one of these sections.
    pub sections: Option<Vec<ResourceId>>,
    /// In one of these categories.
    pub categories: Option<Vec<ResourceId>>,
    /// In none of these categories.
    pub not_categories: Vec<ResourceId>,
    /// With this text in one of the columns searched.
    pub search: Option<String>,
    /// The column to search; `None` for the usual ones: name, slug, custom id, and the values of attributes.
    pub search_column: Option<SearchColumn>,
    /// Linked to another resource.
    pub links: Vec<LinkFilter>,
    /// With these attributes.
    pub attributes: Vec<AttributeFilter>,
    /// Last changed in this stretch of time.
    pub modified: Option<Modified>,
    /// On which the caller has each of these rights.
    pub permitted: Vec<Rights>,
    /// On which the caller has none of these rights.
    pub not_permitted: Vec<Rights>,
    /// By what they are sorted.
    pub order_by: OrderBy,
    /// In which direction.
    pub order: Order,
    /// Only what comes behind this one in that order, which must not be that of [`Self::ids`].
    pub after: Option<Resource>,
    /// How many to leave out at the start.
    pub offset: u32,
    /// How many to return at the most; `None` for all.
    pub limit: Option<u32>,
}

/// A column that can be searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchColumn {
    /// The name.
    Name,
    /// The slug.
    Slug,
    /// The kind.
    Kind,
    /// The id, as a text.
    Id,
    /// The id in someone else's system.
    CustomId,
    /// The values of attributes, but for those of the system's own.
    Attributes,
}

/// By what resources are sorted; those that are equal in this are sorted by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OrderBy {
    /// In no particular order; in ours, by id.
    None,
    /// By id.
    Id,
    /// By name, whatever the case.
    #[default]
    Name,
    /// By slug.
    Slug,
    /// By kind.
    Kind,
    /// By the id of the parent.
    Parent,
    /// By the time when they were made.
    Created,
    /// By the time of the last change.
    Modified,
    /// In the order of [`ResourceQuery::ids`].
    Given,
}

impl ResourceQuery {
    /// The resource with this id.
    pub fn by_id(id: ResourceId) -> Self {
        Self { ids: Some(vec![id]), ..Self::default() }
    }
}

impl SearchColumn {
    const NAMES: &[(&str, Self)] = &[
        ("name", Self::Name),
        ("slug", Self::Slug),
        ("type", Self::Kind),
        ("id", Self::Id),
        ("custom_id", Self::CustomId),
        ("attr_value", Self::Attributes),
    ];
}

impl OrderBy {
    /// The words of the APIs.
    const NAMES: &[(&str, Self)] = &[
        ("none", Self::None),
        ("id", Self::Id),
        ("name", Self::Name),
        ("slug", Self::Slug),
        ("type", Self::Kind),
        ("parent_id", Self::Parent),
        ("date", Self::Created),
        ("modified", Self::Modified),
        ("resource__in", Self::Given),
    ];
}
