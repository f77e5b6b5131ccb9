//! A resource as API v2 shows it.

use indexmap::IndexMap;
use kernel::ResourceId;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    attribute::{self, Attributes},
    link::Link,
    resource::{Details, Resource},
};

/// A resource.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Resource)]
pub(crate) struct ResourceBody {
    /// Its id.
    id: String,
    /// The id of the resource above it; `null` for the top-level resource only.
    parent_id: Option<String>,
    /// Its name.
    name: String,
    /// A name for URLs that no other resource has.
    slug: String,
    /// What it is: `entry`, `section`, `field`, `category`, `dhcp_pool`, ...
    #[serde(rename = "type")]
    kind: String,
    /// The id of the category that it is filed under.
    category_id: Option<String>,
    /// What someone else's system calls it.
    custom_id: Option<String>,
    /// When it was made, in UTC.
    date: String,
    /// When it was last changed, in UTC.
    modified: String,
    /// Attributes. One that has several values holds a list.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    attrs: IndexMap<String, Value>,
    /// The section of an entry.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    section: IndexMap<&'static str, String>,
    /// The gadgets that its section shows.
    gadgets: Vec<GadgetBody>,
    /// The rights that the caller has here, each with the value `1`.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    permissions: IndexMap<&'static str, &'static str>,
    /// Its links.
    linkages: Vec<LinkBody>,
}

/// A gadget of a section.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Gadget)]
pub(crate) struct GadgetBody {
    /// What it shows: `_ipam`, `_dns`, ...
    code: String,
    /// What it is called.
    uuid: String,
}

/// A named relation between two resources.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ResourceLink)]
pub(crate) struct LinkBody {
    /// Its id.
    id: String,
    /// The resource on the first side.
    resource_id1: String,
    /// The resource on the second side.
    resource_id2: String,
    /// What the relation is.
    relation: String,
    /// What else there is to say about it.
    data: String,
}

impl From<Details> for ResourceBody {
    fn from(details: Details) -> Self {
        let attrs = values(details.section.as_ref(), details.attributes);
        let Details { resource, rights, section, gadgets, links, .. } = details;
        let text = |id: ResourceId| id.to_string();
        Self {
            id: resource.id.to_string(),
            parent_id: resource.parent_id.map(text),
            date: resource.created_at.sql(),
            modified: resource.modified_at.sql(),
            name: resource.name,
            slug: resource.slug,
            kind: resource.kind,
            category_id: resource.category_id.map(text),
            custom_id: resource.custom_id,
            attrs,
            section: section.map(section_texts).unwrap_or_default(),
            gadgets: gadgets.into_iter().map(|gadget| GadgetBody { code: gadget.code, uuid: gadget.uuid }).collect(),
            permissions: rights.names().into_iter().map(|name| (name, "1")).collect(),
            linkages: links.into_iter().map(LinkBody::from).collect(),
        }
    }
}

/// The attributes of a resource by name, the section of an entry before the others.
pub(crate) fn attribute_values(details: Details) -> IndexMap<String, Value> {
    values(details.section.as_ref(), details.attributes)
}

fn values(section: Option<&Resource>, attributes: Attributes) -> IndexMap<String, Value> {
    let section = section.map(|section| (attribute::SECTION.to_owned(), section.id.to_string().into()));
    section.into_iter().chain(attributes.into_iter().map(shown)).collect()
}

/// An attribute: a single value is a text, several are a list.
pub(crate) fn shown((name, mut values): (String, Vec<String>)) -> (String, Value) {
    let one = if values.len() == 1 { values.pop() } else { None };
    (name, one.map_or_else(|| values.into(), Value::from))
}

/// Existing clients read a section as texts only.
fn section_texts(section: Resource) -> IndexMap<&'static str, String> {
    let parent_id = section.parent_id.map(|id| id.to_string()).unwrap_or_default();
    [
        ("id", section.id.to_string()),
        ("name", section.name),
        ("slug", section.slug),
        ("type", section.kind),
        ("parent_id", parent_id),
    ]
    .into_iter()
    .collect()
}

impl From<Link> for LinkBody {
    fn from(link: Link) -> Self {
        Self {
            id: link.id.to_string(),
            resource_id1: link.resource_id1.to_string(),
            resource_id2: link.resource_id2.to_string(),
            relation: link.relation,
            data: link.data.unwrap_or_default(),
        }
    }
}
