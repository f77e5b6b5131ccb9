//! Making a resource like another one.

use std::collections::HashMap;

use kernel::{Action, Actor, Area, Error, ResourceId, Result, Rights};
use store::{RequestKey, Tx, Work};

use super::{Details, Load, NewResource, Resource, SectionRef, details, get, insert, model, visible::within};
use crate::{
    Resources,
    attribute::MASK,
    section::{self, FieldRef, Gadget, NewGadget, NewSectionField, SectionField},
};

/// The most resources that one request makes.
const MOST: usize = 1000;

/// How a resource is to be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewClone {
    /// The name of the copy.
    pub name: String,
    /// The resource above the copy; the one above the original when there is none.
    pub parent_id: Option<ResourceId>,
    /// Whether what lies below the original is copied, too.
    pub children: bool,
}

impl Resources {
    /// Copies a resource, once for each request key: its type, category, section and attributes, and what a section is
    /// made of. What names the original only is not copied: its slug, its custom id, its links, and what it holds; nor are
    /// encrypted values.
    ///
    /// The actor needs the right to read the original and to create resources where the copy goes. With `children`,
    /// all below the original is copied as far as the actor may read it.
    pub async fn clone_resource(
        &self,
        actor: &Actor,
        id: ResourceId,
        new: NewClone,
        key: Option<RequestKey>,
    ) -> Result<Details> {
        self.db.write(actor, CloneResource { id, new, key }).await
    }
}

struct CloneResource {
    id: ResourceId,
    new: NewClone,
    key: Option<RequestKey>,
}

impl Work for CloneResource {
    type Out = Details;
    const NAME: &'static str = "resource.clone";

    async fn run(&self, tx: &mut Tx) -> Result<Details> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let made = clone(tx, self.id, &self.new).await?;
        let answer = details(tx, vec![made], Load::EVERYTHING).await?.pop();
        let answer = answer.ok_or_else(|| Error::internal("a resource was copied and its copy is not there"))?;
        tx.remember(self.key.as_ref(), &answer).await?;
        Ok(answer)
    }
}

async fn clone(tx: &mut Tx, id: ResourceId, new: &NewClone) -> Result<Resource> {
    tx.lock(model::TREE).await?;
    let root = get(tx, id).await?;
    root.allow(tx.actor(), Area::Resource, Action::Read)?;
    if root.is_system {
        return Err(Error::conflict(format!("\"{}\" ({id}) belongs to the system and can't be copied.", root.name)));
    }
    let below = if new.children { below(tx, &root).await? } else { Vec::new() };
    let what = Load { attributes: true, rights: false, links: false };
    let mut originals = details(tx, [vec![root], below].concat(), what).await?.into_iter();
    let first = originals.next().ok_or_else(|| Error::internal("a resource was read and is not there"))?;
    let parent_id = new.parent_id.or(first.resource.parent_id);
    let made = insert(tx, &NewResource { name: new.name.clone(), parent_id, ..like(first) }, false).await?;
    let mut copies = HashMap::from([(id, made.id)]);
    for original in originals {
        let (id, parent) = (original.resource.id, original.resource.parent_id);
        // Below something that was left out, nothing is copied.
        if let Some(parent_id) = parent.and_then(|parent| copies.get(&parent)).copied() {
            let copy = insert(tx, &NewResource { parent_id: Some(parent_id), ..like(original) }, false).await?;
            copies.insert(id, copy.id);
        }
    }
    Ok(made)
}

/// What lies below the root and may be read, parents before their children.
async fn below(tx: &mut Tx, root: &Resource) -> Result<Vec<Resource>> {
    let range = within("resource", &root.path);
    let mut tree = tx.find::<Resource>(range.text(), range.params()).await?;
    let actor = tx.actor();
    let may = Rights::of(Area::Resource, Action::Read);
    tree.retain(|resource| resource.id != root.id && !resource.is_system && resource.rights(actor).has(may));
    if tree.len() >= MOST {
        let rule = format!("would copy {} resources; one request copies at most {MOST}", tree.len() + 1);
        return Err(Error::invalid("clone_children", rule));
    }
    tree.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(tree)
}

/// A new resource like this one, in the same place.
fn like(original: Details) -> NewResource {
    let Details { resource, mut attributes, gadgets, fields, .. } = original;
    // Who may read the original need not be allowed to decode it, as they could decode the copy.
    attributes.retain(|_, values| !values.iter().any(|value| value == MASK));
    // An entry shows the gadgets of its section; they are not its own.
    let gadgets = if resource.kind == section::SECTION { gadgets } else { Vec::new() };
    NewResource {
        name: resource.name,
        kind: resource.kind,
        slug: None,
        parent_id: resource.parent_id,
        category_id: resource.category_id,
        section: resource.section_id.map(SectionRef::Id),
        custom_id: None,
        attributes,
        fields: fields.into_iter().filter_map(|(field, _)| field_like(field)).collect(),
        gadgets: gadgets.into_iter().map(|Gadget { code, uuid, .. }| NewGadget { code, uuid }).collect(),
    }
}

fn field_like(field: SectionField) -> Option<NewSectionField> {
    let SectionField { position, field_id, help_block, .. } = field;
    Some(NewSectionField { position: position.try_into().ok()?, field: FieldRef::Id(field_id), help_block })
}
