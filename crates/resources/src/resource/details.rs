//! A resource with all that the doors show of it.

use std::collections::HashMap;

use kernel::{ResourceId, Result, Rights};
use serde::{Deserialize, Serialize};
use store::Tx;

use super::{Resource, load};
use crate::{
    attribute::{self, Attributes},
    link::{self, Link},
    section::{self, Gadget, SectionField},
};

/// A resource, what is written on it, and what belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// The resource itself.
    pub resource: Resource,
    /// Its attributes.
    pub attributes: Attributes,
    /// What the caller may do here.
    pub rights: Rights,
    /// Of an entry: its section.
    pub section: Option<Resource>,
    /// The attributes of the section.
    pub section_attributes: Attributes,
    /// The gadgets of the section, or of the entry's section.
    pub gadgets: Vec<Gadget>,
    /// Of a section: its fields in order, each with the resource that defines it.
    pub fields: Vec<(SectionField, Resource)>,
    /// The links on either side, where they were asked for.
    pub links: Vec<Link>,
}

/// What is to be loaded besides the resources themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Attributes, sections, gadgets and fields.
    pub attributes: bool,
    /// What the caller may do.
    pub rights: bool,
    /// Links.
    pub links: bool,
}

impl Load {
    /// All of it.
    pub const EVERYTHING: Self = Self { attributes: true, rights: true, links: true };
    /// What lists show.
    pub const USUAL: Self = Self { attributes: true, rights: true, links: false };
}

/// The details of these resources, in their order, with as many questions for many resources as for one.
pub async fn details(tx: &mut Tx, resources: Vec<Resource>, what: Load) -> Result<Vec<Details>> {
    let ids: Vec<ResourceId> = resources.iter().map(|resource| resource.id).collect();
    let mut context = Context::default();
    if what.attributes {
        context.load(tx, &resources, &ids).await?;
    }
    let mut links = if what.links { link::links_of(tx, &ids).await? } else { HashMap::new() };
    let actor = tx.actor();
    let detail = |resource: Resource| {
        let rights = if what.rights { resource.rights(actor) } else { Rights::NONE };
        let links = links.remove(&resource.id).unwrap_or_default();
        context.details(resource, rights, links)
    };
    Ok(resources.into_iter().map(detail).collect())
}

#[derive(Default)]
struct Context {
    attributes: HashMap<ResourceId, Attributes>,
    /// Sections of entries, and fields of sections.
    others: HashMap<ResourceId, Resource>,
    gadgets: HashMap<ResourceId, Vec<Gadget>>,
    fields: HashMap<ResourceId, Vec<SectionField>>,
}

impl Context {
    async fn load(&mut self, tx: &mut Tx, resources: &[Resource], ids: &[ResourceId]) -> Result<()> {
        let own: Vec<ResourceId> = resources.iter().filter(|r| r.kind == section::SECTION).map(|r| r.id).collect();
        self.fields = section::fields_of(tx, &own).await?;
        let mut sections: Vec<ResourceId> = resources.iter().filter_map(|resource| resource.section_id).collect();
        sections.sort_unstable();
        sections.dedup();
        self.attributes = attribute::load(tx, &[ids, &sections[..]].concat()).await?;
        self.gadgets = section::gadgets_of(tx, &[&own[..], &sections[..]].concat()).await?;
        sections.extend(self.fields.values().flatten().map(|field| field.field_id));
        self.others = load(tx, &sections).await?;
        Ok(())
    }

    fn details(&self, resource: Resource, rights: Rights, links: Vec<Link>) -> Details {
        let attributes_of = |id: &ResourceId| self.attributes.get(id).cloned().unwrap_or_default();
        let section = resource.section_id.and_then(|id| self.others.get(&id)).cloned();
        let fields = self.fields.get(&resource.id).into_iter().flatten();
        Details {
            attributes: attributes_of(&resource.id),
            rights,
            section_attributes: section.as_ref().map(|section| attributes_of(&section.id)).unwrap_or_default(),
            gadgets: self.gadgets.get(&resource.section_id.unwrap_or(resource.id)).cloned().unwrap_or_default(),
            fields: fields.filter_map(|f| Some((f.clone(), self.others.get(&f.field_id)?.clone()))).collect(),
            links,
            section,
            resource,
        }
    }
}
