//! Making a resource again what it was.

use kernel::{Action, Actor, Area, Error, ResourceId, Result, Rights};
use store::{RequestKey, Tx, Work, params};

use super::{ArchivedCopy, Reason, keep, model::Content, read::copy};
use crate::{
    Resources,
    attribute::{self, AttributeChange},
    link::{self, NewLink},
    resource::{DEEPEST, Details, Load, Resource, TREE, details, free_slug, refuse_gain, rights_at, slug_or, within},
    section::{self, FieldRef, Form, NewGadget, NewSectionField},
};

/// The most resources that one request brings back.
const MOST: usize = 1000;

/// How a resource is brought back. Only one that was deleted has a choice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct How {
    /// The resource above it; the one that was, when there is none.
    pub(super) parent_id: Option<ResourceId>,
    /// Whether what was deleted below it by the same request comes back, too.
    pub(super) recursive: bool,
}

impl Resources {
    /// Makes a resource what a copy of it says, once for each request key.
    ///
    /// One that is there gets back its name, slug, category, section, custom id and attributes, and what a section is
    /// made of; its place stays. The actor needs the right to update it. How it was until then is kept as a copy.
    ///
    /// One that was deleted comes back under its own id where it was, or below `parent_id`; the actor needs the right
    /// to create resources there. Its attachments come back with it. A slug that another resource has got meanwhile is
    /// replaced by a free one.
    ///
    /// Either way, links that are no longer there are made again as far as their other side is still there and the
    /// actor may update both.
    pub(super) async fn restore(
        &self,
        actor: &Actor,
        id: ResourceId,
        copy_id: i64,
        how: How,
        key: Option<RequestKey>,
    ) -> Result<Details> {
        self.db.write(actor, RestoreResource { id, copy_id, how, key }).await
    }
}

struct RestoreResource {
    id: ResourceId,
    copy_id: i64,
    how: How,
    key: Option<RequestKey>,
}

impl Work for RestoreResource {
    type Out = Details;
    const NAME: &'static str = "resource.restore";

    async fn run(&self, tx: &mut Tx) -> Result<Details> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let restored = restore(tx, self.id, self.copy_id, self.how).await?;
        let answer = details(tx, vec![restored], Load::EVERYTHING).await?.pop();
        let answer = answer.ok_or_else(|| Error::internal("a resource was restored and is not there"))?;
        tx.remember(self.key.as_ref(), &answer).await?;
        Ok(answer)
    }
}

async fn restore(tx: &mut Tx, id: ResourceId, copy_id: i64, how: How) -> Result<Resource> {
    tx.lock(TREE).await?;
    let copy = copy(tx, id, copy_id).await?;
    let Some(now) = tx.get::<Resource>(id).await? else { return bring_back(tx, copy, how).await };
    now.allow(tx.actor(), Area::Resource, Action::Update)?;
    if how != How::default() {
        let name = &now.name;
        let why = format!("Resource \"{name}\" ({id}) is there; parent_id and recursive are for one that was deleted.");
        return Err(Error::conflict(why));
    }
    keep(tx, &[&now], Reason::Restore).await?;
    let content = copy.content()?;
    let Resource { name, slug, category_id, section_id, custom_id, .. } = content.resource.clone();
    let slug = slug_or(tx, slug, id, async |_| Ok(now.slug.clone())).await?;
    let modified_at = tx.now();
    let mut after = Resource { name, slug, category_id, section_id, custom_id, modified_at, ..now.clone() };
    tx.update(&now, &mut after).await?;
    fill(tx, &after, &content).await?;
    Ok(after)
}

/// Brings back a resource that was deleted, and with `recursive` what was deleted with it.
async fn bring_back(tx: &mut Tx, root: ArchivedCopy, how: How) -> Result<Resource> {
    let below = if how.recursive { deleted_below(tx, &root).await? } else { Vec::new() };
    let content = root.content()?;
    let root = insert(tx, &content, how.parent_id).await?;
    let mut back = vec![(root.clone(), content)];
    for copy in below {
        let content = copy.content()?;
        // What lay below something that stayed away stays away.
        if back.iter().any(|(resource, _)| Some(resource.id) == content.resource.parent_id)
            && tx.get::<Resource>(copy.resource_id).await?.is_none()
        {
            back.push((insert(tx, &content, None).await?, content));
        }
    }
    // Now everything is there to which something of it refers.
    for (resource, content) in &back {
        fill(tx, resource, content).await?;
    }
    Ok(root)
}

/// The copies of what was deleted below a resource together with it, parents before their children.
async fn deleted_below(tx: &mut Tx, root: &ArchivedCopy) -> Result<Vec<ArchivedCopy>> {
    let mut condition = within("resource_archive", &root.path);
    condition.push(" AND reason = ").bind(Reason::Deletion.name()).push(" AND taken_at = ").bind(root.taken_at);
    condition.push(" AND resource_id <> ").bind(root.resource_id).push(" ORDER BY path LIMIT ");
    condition.bind(i64::try_from(MOST).map_err(Error::internal)?);
    let found = tx.find::<ArchivedCopy>(condition.text(), condition.params()).await?;
    if found.len() >= MOST {
        let rule = format!("would bring back more than {MOST} resources; bring back parts of them, one after another");
        return Err(Error::invalid("recursive", rule));
    }
    Ok(found)
}

/// Adds a resource again under its own id. Its version goes on from the one that it had at its end, so that the change
/// log can tell its lives apart.
async fn insert(tx: &mut Tx, content: &Content, parent_id: Option<ResourceId>) -> Result<Resource> {
    let was = &content.resource;
    let parent = match parent_id.or(was.parent_id) {
        Some(id) => tx.get::<Resource>(id).await?,
        None => None,
    };
    let may_see = |parent: &Resource| parent.allow(tx.actor(), Area::Resource, Action::Read).is_ok();
    let parent = parent.filter(may_see).ok_or_else(|| {
        let (name, id) = (&was.name, was.id);
        match parent_id {
            Some(parent_id) => Error::invalid("parent_id", format!("No resource found with ID: {parent_id}")),
            None => Error::conflict(format!(
                "What was above resource \"{name}\" ({id}) is gone; restore that first, or say where else with parent_id."
            )),
        }
    })?;
    parent.allow(tx.actor(), Area::Resource, Action::Create)?;
    if parent.lineage().len() >= DEEPEST {
        return Err(Error::invalid("parent_id", format!("the tree may be {DEEPEST} levels deep at the most")));
    }
    let text = "SELECT MAX(resource_version) FROM resource_archive WHERE resource_id = $1";
    let last = tx.scalar::<i64>(text, params![was.id]).await?.unwrap_or(was.version);
    let slug = slug_or(tx, was.slug.clone(), was.id, async |tx| free_slug(tx, &was.name, &was.kind).await).await?;
    let resource = Resource {
        version: last + 1,
        parent_id: Some(parent.id),
        path: format!("{}{}/", parent.path, was.id),
        slug,
        modified_at: tx.now(),
        ..was.clone()
    };
    if parent_id.is_some_and(|parent_id| Some(parent_id) != was.parent_id) {
        // As a move of one that is there: whoever takes it away from where it was needs the right to.
        let rights = rights_at(tx, was.lineage()).await?;
        let arrange = Rights::of(Area::Resource, Action::Update) | Rights::of(Area::Resource, Action::Delete);
        if !rights.has(arrange) && !rights.has(Rights::ADMIN) {
            let (name, id) = (&was.name, was.id);
            return Err(Error::forbidden(format!(
                "You need the rights to update and delete resources where \"{name}\" ({id}) was to restore it elsewhere."
            )));
        }
    }
    if resource.path != was.path {
        refuse_gain(tx.actor(), was, &resource)?;
    }
    tx.insert(&resource).await?;
    Ok(resource)
}

/// Gives a resource, whose own row is written already, what belongs to it.
async fn fill(tx: &mut Tx, resource: &Resource, content: &Content) -> Result<()> {
    for (other, kind) in [(resource.section_id, section::SECTION), (resource.category_id, section::CATEGORY)] {
        must_be(tx, resource, other, kind).await?;
    }
    let mut attributes = AttributeChange::Replace.to_merge(tx, resource.id, &content.attributes).await?;
    let form = Form::of(tx, resource.section_id).await?;
    attribute::drop_lost(tx, resource.id, &mut attributes).await?;
    attribute::set(tx, resource.id, &attributes, &form).await?;
    if resource.kind == section::SECTION {
        let mut fields = Vec::new();
        for field in &content.fields {
            must_be(tx, resource, Some(field.field_id), section::FIELD).await?;
            let position = u32::try_from(field.position).map_err(Error::internal)?;
            let help_block = field.help_block.clone();
            fields.push(NewSectionField { position, field: FieldRef::Id(field.field_id), help_block });
        }
        section::set_fields(tx, resource.id, &fields).await?;
        let gadgets = content.gadgets.iter().cloned().map(|g| NewGadget { code: g.code, uuid: g.uuid });
        section::set_gadgets(tx, resource.id, &gadgets.collect::<Vec<_>>()).await?;
    }
    section::check_sound(tx, &[resource.id], &[]).await?;
    relink(tx, resource, content).await
}

async fn must_be(tx: &mut Tx, resource: &Resource, other: Option<ResourceId>, kind: &str) -> Result<()> {
    let Some(other) = other else { return Ok(()) };
    if tx.get::<Resource>(other).await?.is_some_and(|other| other.kind == kind) {
        return Ok(());
    }
    let Resource { name, id, .. } = resource;
    let why = format!("Resource \"{name}\" ({id}) had the {kind} {other}, which is gone; restore that first.");
    Err(Error::conflict(why))
}

async fn relink(tx: &mut Tx, resource: &Resource, content: &Content) -> Result<()> {
    let present = link::all_of(tx, &[resource.id]).await?;
    let may = Rights::of(Area::Resource, Action::Read) | Rights::of(Area::Resource, Action::Update);
    if !resource.rights(tx.actor()).has(may) {
        return Ok(());
    }
    for lost in content.links.iter().filter(|link| !present.iter().any(|here| here.is_like(link))) {
        let other = tx.get::<Resource>(lost.other(resource.id)).await?;
        if other.is_some_and(|other| other.rights(tx.actor()).has(may)) {
            let (resource_id1, resource_id2) = (lost.resource_id1, lost.resource_id2);
            let (relation, data) = (lost.relation.clone(), lost.data.clone());
            link::add_link(tx, &NewLink { resource_id1, resource_id2, relation, data }).await?;
        }
    }
    Ok(())
}
