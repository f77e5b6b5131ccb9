//! Changing a resource.

use kernel::{Action, Actor, Area, Error, FieldErrors, Patch, ResourceId, Result};
use store::{RequestKey, Tx, Work};

use super::{Details, Load, Resource, SectionRef, details, get, model, place, rule, slug};
use crate::{
    Resources,
    attribute::{self, AttributeChange, Attributes},
    contact,
    section::{self, Form, NewGadget, NewSectionField},
};

/// What is to be changed; everything else stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResourcePatch {
    /// Another name.
    pub name: Option<String>,
    /// What the resource is; named for safety, it can't be changed.
    pub kind: Option<String>,
    /// Another slug.
    pub slug: Option<String>,
    /// Another place in the tree.
    pub parent_id: Option<ResourceId>,
    /// Another category, or none.
    pub category_id: Patch<ResourceId>,
    /// For an entry, another section.
    pub section: Option<SectionRef>,
    /// Another id in someone else's system, or none.
    pub custom_id: Patch<String>,
    /// Attributes.
    pub attributes: Attributes,
    /// What they do to those that are there.
    pub attribute_change: AttributeChange,
    /// For a section, all the fields that it is to have.
    pub fields: Option<Vec<NewSectionField>>,
    /// For a section, all the gadgets that it is to have.
    pub gadgets: Option<Vec<NewGadget>>,
}

/// Changes a resource. The actor needs the right to update it; to move it, also the rights to delete it where it is and
/// to create resources where it goes.
pub async fn update(tx: &mut Tx, id: ResourceId, patch: &ResourcePatch) -> Result<Resource> {
    if patch.parent_id.is_some() || patch.slug.is_some() || patch.section.is_some() || !patch.category_id.is_keep() {
        tx.lock(model::TREE).await?;
    }
    let before = get(tx, id).await?;
    before.allow(tx.actor(), Area::Resource, Action::Update)?;
    let mut attributes = patch.attribute_change.to_merge(tx, id, &patch.attributes).await?;
    check(tx, &before, patch, &mut attributes).await?;
    let mut after = before.clone();
    if let Some(name) = &patch.name {
        name.trim().clone_into(&mut after.name);
    }
    if let Some(slug) = &patch.slug {
        slug::check(tx, slug, Some(id)).await?;
        after.slug.clone_from(slug);
    }
    if let Patch::Set(category) = patch.category_id {
        rule::category(tx, category).await?;
    }
    after.category_id = patch.category_id.apply(before.category_id);
    if patch.section.is_some() {
        after.section_id = rule::section(tx, &before.kind, patch.section.as_ref()).await?;
    }
    after.custom_id = patch.custom_id.clone().apply(before.custom_id.clone());
    if let Some(parent_id) = patch.parent_id.filter(|parent| Some(*parent) != before.parent_id) {
        place::move_below(tx, &before, &mut after, parent_id).await?;
    }
    let mut changed = after != before;
    let form = form(tx, &before, &after, &mut attributes).await?;
    changed |= attribute::set(tx, id, &attributes, &form).await?;
    if before.kind == section::SECTION {
        if let Some(fields) = &patch.fields {
            changed |= section::set_fields(tx, id, fields).await?;
        }
        if let Some(gadgets) = &patch.gadgets {
            changed |= section::set_gadgets(tx, id, gadgets).await?;
        }
    }
    if changed {
        after.modified_at = tx.now();
        tx.update(&before, &mut after).await?;
    }
    Ok(after)
}

/// The form that an entry fills in, with what it says there checked. In another section all that it says is written
/// again: what may have been said in the one may be wrong in the other, or has to be encrypted there.
async fn form(tx: &mut Tx, before: &Resource, after: &Resource, attributes: &mut Attributes) -> Result<Form> {
    let moves = before.section_id != after.section_id;
    if after.section_id.is_none() || (attributes.is_empty() && !moves) {
        return Ok(Form::default());
    }
    let form = Form::of(tx, after.section_id).await?;
    let mut present = attribute::load(tx, &[before.id]).await?.remove(&before.id).unwrap_or_default();
    if moves {
        present.extend(std::mem::take(attributes));
        *attributes = present;
        form.check(attributes, &Attributes::new())?;
    } else {
        form.check(attributes, &present)?;
    }
    Ok(form)
}

async fn check(tx: &mut Tx, before: &Resource, patch: &ResourcePatch, attributes: &mut Attributes) -> Result<()> {
    let mut errors = FieldErrors::default();
    if let Some(name) = &patch.name {
        rule::check_text("name", name.trim(), &mut errors);
    }
    if let Some(kind) = patch.kind.as_ref().filter(|kind| **kind != before.kind) {
        errors.push("type", format!("resource {} is a {} and can't become a {kind}", before.id, before.kind));
    }
    if let Patch::Set(custom_id) = &patch.custom_id {
        rule::check_text("custom_id", custom_id, &mut errors);
    }
    attribute::check(attributes, &mut errors);
    if before.kind == section::FIELD {
        check_field(tx, before, patch, attributes, &mut errors).await?;
    }
    if before.kind == contact::CONTACT {
        contact::check_change(tx, before, attributes, &mut errors).await?;
    }
    if !patch.fields.iter().all(Vec::is_empty) && before.kind != section::SECTION {
        errors.push("fields", rule::ONLY_SECTIONS);
    }
    errors.into_result()?;
    rule::gadgets(tx, &before.kind, before.section_id, patch.gadgets.as_deref().unwrap_or_default()).await
}

/// The definition of a field as it will be.
async fn check_field(
    tx: &mut Tx,
    before: &Resource,
    patch: &ResourcePatch,
    attributes: &mut Attributes,
    errors: &mut FieldErrors,
) -> Result<()> {
    let present = attribute::load(tx, &[before.id]).await?.remove(&before.id).unwrap_or_default();
    let mut whole = present.clone();
    whole.extend(attributes.clone());
    section::check_definition(&whole, errors);
    // Its values are in the entries, in the clear or not, under its slug.
    if section::is_encrypted(&present) != section::is_encrypted(&whole) {
        errors.push("field_type", "can't be changed to encrypted or from it; make another field");
    }
    if section::is_encrypted(&present) && patch.slug.as_ref().is_some_and(|slug| *slug != before.slug) {
        errors.push("slug", "of an encrypted field can't be changed; make another field");
    }
    if attributes.is_empty() {
        return Ok(());
    }
    section::settle(tx, Some(before.id), &whole, attributes).await
}

impl Resources {
    /// Changes a resource, once for each request key.
    pub async fn update(
        &self,
        actor: &Actor,
        id: ResourceId,
        patch: ResourcePatch,
        key: Option<RequestKey>,
    ) -> Result<Details> {
        self.db.write(actor, UpdateResource { id, patch, key }).await
    }
}

struct UpdateResource {
    id: ResourceId,
    patch: ResourcePatch,
    key: Option<RequestKey>,
}

impl Work for UpdateResource {
    type Out = Details;
    const NAME: &'static str = "resource.update";

    async fn run(&self, tx: &mut Tx) -> Result<Details> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let resource = update(tx, self.id, &self.patch).await?;
        let answer = details(tx, vec![resource], Load::EVERYTHING).await?.pop();
        let answer = answer.ok_or_else(|| Error::internal("a resource was changed and is not there"))?;
        tx.remember(self.key.as_ref(), &answer).await?;
        Ok(answer)
    }
}
