//! Adding a resource.

use kernel::{Action, Actor, Area, Error, FieldErrors, ResourceId, Result};
use store::{RequestKey, Tx, Work};

use super::{Details, Load, Resource, SectionRef, details, model, rule, slug};
use crate::{
    Resources,
    attribute::{self, Attributes},
    contact,
    section::{self, Form, NewGadget, NewSectionField},
};

/// A resource that is to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewResource {
    /// Its name.
    pub name: String,
    /// What it is: `entry`, `section`, `field`, ...
    pub kind: String,
    /// Its slug; made from the name when there is none.
    pub slug: Option<String>,
    /// The resource above it; the top when there is none.
    pub parent_id: Option<ResourceId>,
    /// The category that it is filed under.
    pub category_id: Option<ResourceId>,
    /// For an entry, its section.
    pub section: Option<SectionRef>,
    /// What someone else's system calls it.
    pub custom_id: Option<String>,
    /// Its attributes; for an entry, the values of its fields by slug.
    pub attributes: Attributes,
    /// For a section, its fields.
    pub fields: Vec<NewSectionField>,
    /// For a section, its gadgets.
    pub gadgets: Vec<NewGadget>,
}

/// Adds a resource. The actor needs the right to create resources at its parent.
pub async fn add(tx: &mut Tx, new: &NewResource) -> Result<Resource> {
    if new.kind == contact::CONTACT {
        let mut errors = FieldErrors::default();
        contact::check(&new.attributes, &mut errors);
        errors.into_result()?;
    }
    insert(tx, new, true).await
}

/// The same for a contact as its source knows it, and, without looking at choices, for the values of another resource,
/// whose fields may meanwhile offer others.
pub(crate) async fn insert(tx: &mut Tx, new: &NewResource, check_choices: bool) -> Result<Resource> {
    tx.lock(model::TREE).await?;
    let parent = rule::parent(tx, new.parent_id.unwrap_or(ResourceId::TOP)).await?;
    parent.allow(tx.actor(), Area::Resource, Action::Create).map_err(rule::in_parent)?;
    let mut errors = check(new);
    if let Some(reason) = too_deep(&parent) {
        errors.push("parent_id", reason);
    }
    errors.into_result()?;
    let section_id = rule::section(tx, &new.kind, new.section.as_ref()).await?;
    rule::gadgets(tx, &new.kind, section_id, &new.gadgets).await?;
    let mut new = new.clone();
    if new.kind == section::FIELD {
        let definition = new.attributes.clone();
        section::settle(tx, None, &definition, &mut new.attributes).await?;
    }
    let form = if new.attributes.is_empty() { Form::default() } else { Form::of(tx, section_id).await? };
    if check_choices {
        form.check(&new.attributes, &Attributes::new())?;
    }
    if let Some(category) = new.category_id {
        rule::category(tx, category).await?;
    }
    let slug = match &new.slug {
        Some(slug) => {
            slug::check(tx, slug, None).await?;
            slug.clone()
        }
        None => slug::free(tx, new.name.trim(), &new.kind).await?,
    };
    put(tx, &new, &parent, section_id, slug, &form).await
}

/// Writes a new resource of which everything has been checked.
pub(crate) async fn put(
    tx: &mut Tx,
    new: &NewResource,
    parent: &Resource,
    section_id: Option<ResourceId>,
    slug: String,
    form: &Form,
) -> Result<Resource> {
    let id = ResourceId(tx.new_id::<Resource>().await?);
    let resource = Resource {
        id,
        version: 0,
        parent_id: Some(parent.id),
        kind: new.kind.clone(),
        name: new.name.trim().to_owned(),
        slug,
        path: format!("{}{id}/", parent.path),
        category_id: new.category_id,
        section_id,
        custom_id: new.custom_id.clone(),
        is_system: false,
        created_at: tx.now(),
        modified_at: tx.now(),
    };
    tx.insert(&resource).await?;
    attribute::add(tx, id, &new.attributes, form).await?;
    if !new.fields.is_empty() {
        section::set_fields(tx, id, &new.fields).await?;
    }
    if resource.kind == section::SECTION && !new.gadgets.is_empty() {
        section::set_gadgets(tx, id, &new.gadgets).await?;
    }
    Ok(resource)
}

/// What is wrong with the form of it.
pub(crate) fn check(new: &NewResource) -> FieldErrors {
    let mut errors = FieldErrors::default();
    rule::check_text("name", new.name.trim(), &mut errors);
    rule::check_kind(&new.kind, &mut errors);
    if let Some(custom_id) = &new.custom_id {
        rule::check_text("custom_id", custom_id, &mut errors);
    }
    attribute::check(&new.attributes, &mut errors);
    if new.kind == section::FIELD {
        section::check_definition(&new.attributes, &mut errors);
    }
    if new.kind != section::SECTION && !new.fields.is_empty() {
        errors.push("fields", rule::ONLY_SECTIONS);
    }
    errors
}

/// Why nothing can be put below this one any more, if that is so.
pub(crate) fn too_deep(parent: &Resource) -> Option<String> {
    let deepest = model::DEEPEST;
    (parent.lineage().len() >= deepest).then(|| format!("the tree may be {deepest} levels deep at the most"))
}

impl Resources {
    /// Adds a resource, once for each request key.
    pub async fn add(&self, actor: &Actor, new: NewResource, key: Option<RequestKey>) -> Result<Details> {
        self.db.write(actor, AddResource { new, key }).await
    }
}

struct AddResource {
    new: NewResource,
    key: Option<RequestKey>,
}

impl Work for AddResource {
    type Out = Details;
    const NAME: &'static str = "resource.add";

    async fn run(&self, tx: &mut Tx) -> Result<Details> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let resource = add(tx, &self.new).await?;
        let answer = details(tx, vec![resource], Load::EVERYTHING).await?.pop();
        let answer = answer.ok_or_else(|| Error::internal("a resource was added and is not there"))?;
        tx.remember(self.key.as_ref(), &answer).await?;
        Ok(answer)
    }
}
