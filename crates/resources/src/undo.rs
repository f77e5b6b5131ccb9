//! Taking back changes of resources, with their attributes and links, and of what sections are made of.

use std::collections::{BTreeSet, HashMap};

use kernel::{Action, Area, Error, ResourceId, Result};
use store::{Record, Reversal, Tx, Undo, params};

use crate::{
    Attribute, Gadget, Link, Resource, Resources, SectionField,
    archive::{self, ArchivedCopy, Reason},
    resource::{TREE, load, refuse_gain, within},
    section,
};

/// What has to be written, once nothing is in the way.
#[derive(Debug)]
pub struct ResourceUndo {
    resources: Vec<Reversal<Resource>>,
    attributes: Vec<Reversal<Attribute>>,
    links: Vec<Reversal<Link>>,
    fields: Vec<Reversal<SectionField>>,
    gadgets: Vec<Reversal<Gadget>>,
}

impl Resources {
    /// Finds out what has to be written, and notes what is in the way. The actor needs the rights that the reverse
    /// changes need; where they may not even read, there is nothing to be found.
    pub async fn plan_undo(&self, tx: &mut Tx, undo: &mut Undo) -> Result<ResourceUndo> {
        tx.lock(TREE).await?;
        if undo.touches(Resource::table().name) {
            // The copy that was taken of a resource when it was deleted is kept, as all copies are.
            undo.leave::<ArchivedCopy>();
        }
        let plan = ResourceUndo {
            resources: undo.take(tx).await?,
            attributes: undo.take(tx).await?,
            links: undo.take(tx).await?,
            fields: undo.take(tx).await?,
            gadgets: undo.take(tx).await?,
        };
        let known = Known::of(tx, &plan).await?;
        plan.allow(tx, &known)?;
        known.check_places(&plan, undo);
        check_slugs(tx, &plan, undo).await?;
        check_links(tx, &plan, undo).await?;
        self.check_gone(tx, &plan, undo).await?;
        check_moved(tx, &plan, undo).await?;
        Ok(plan)
    }

    /// What will be gone must not be needed by anything that stays.
    async fn check_gone(&self, tx: &mut Tx, plan: &ResourceUndo, undo: &mut Undo) -> Result<()> {
        let gone = plan.gone();
        if gone.is_empty() {
            return Ok(());
        }
        let ids: Vec<ResourceId> = gone.iter().copied().collect();
        for (id, why) in self.guards.holds(tx, &ids).await? {
            undo.conflict(format!("resource {id} can't go: {why}"));
        }
        let leaving: BTreeSet<i64> = plan.resources.iter().map(Reversal::id).collect();
        for (text, what) in [
            ("SELECT id FROM resource WHERE parent_id = ANY($1)", "lies below what would go"),
            ("SELECT id FROM resource WHERE section_id = ANY($1)", "is an entry of what would go"),
            ("SELECT id FROM resource WHERE category_id = ANY($1)", "is filed under what would go"),
            ("SELECT section_id FROM section_field WHERE field_id = ANY($1)", "has as a field what would go"),
        ] {
            for mut row in tx.rows(text, params![ids]).await? {
                let id: i64 = row.take(0)?;
                if !leaving.contains(&id) {
                    undo.conflict(format!("resource {id} {what}"));
                }
            }
        }
        let links: BTreeSet<i64> = plan.links.iter().map(Reversal::id).collect();
        let text = "SELECT id FROM resource_link WHERE resource_id1 = ANY($1) OR resource_id2 = ANY($1)";
        for mut row in tx.rows(text, params![ids]).await? {
            let id: i64 = row.take(0)?;
            if !links.contains(&id) {
                undo.conflict(format!("link {id} has been made to what would go"));
            }
        }
        Ok(())
    }
}

impl ResourceUndo {
    fn gone(&self) -> BTreeSet<ResourceId> {
        self.resources.iter().filter(|r| r.then.is_none()).filter_map(|r| Some(r.now.as_ref()?.id)).collect()
    }

    /// The rights that the reverse changes need.
    fn allow(&self, tx: &Tx, known: &Known) -> Result<()> {
        for Reversal { now, then } in &self.resources {
            match (now, then) {
                (Some(now), None) => {
                    now.allow(tx.actor(), Area::Resource, Action::Delete)?;
                    if now.is_system {
                        return Err(Error::conflict(format!("\"{}\" ({}) belongs to the system.", now.name, now.id)));
                    }
                }
                (None, Some(then)) => {
                    // An entry of the permissions may be about the resource itself, and outlives it.
                    then.allow(tx.actor(), Area::Resource, Action::Read)?;
                    allow_below(tx, then, Action::Create)?;
                }
                (Some(now), Some(then)) => {
                    // The answer shows it, even if only something above it is moved.
                    now.allow(tx.actor(), Area::Resource, Action::Read)?;
                    refuse_gain(tx.actor(), now, then)?;
                    if now.parent_id != then.parent_id {
                        now.allow(tx.actor(), Area::Resource, Action::Delete)?;
                        allow_below(tx, then, Action::Create)?;
                    }
                    if differs_in_itself(now, then) {
                        now.allow(tx.actor(), Area::Resource, Action::Update)?;
                    }
                }
                (None, None) => {}
            }
        }
        let gone = self.gone();
        for id in self.touched_within().iter().filter(|id| !gone.contains(id)) {
            // What comes back itself is asked for where it comes to lie.
            if let Some(now) = known.now.get(id) {
                now.allow(tx.actor(), Area::Resource, Action::Update)?;
            }
        }
        Ok(())
    }

    /// Writes it.
    pub async fn write(self, tx: &mut Tx) -> Result<()> {
        let going = self.resources.iter().filter(|r| r.then.is_none()).filter_map(|r| r.now.as_ref());
        archive::keep(tx, &going.collect::<Vec<_>>(), Reason::Deletion).await?;
        let gone: Vec<ResourceId> = self.gone().into_iter().collect();
        let touched: Vec<ResourceId> = self.touched().into_iter().collect();
        put_back(tx, self.attributes).await?;
        put_back(tx, self.links).await?;
        put_back(tx, self.fields).await?;
        put_back(tx, self.gadgets).await?;
        let mut resources = self.resources;
        for Reversal { now, then } in &mut resources {
            // Whoever follows what is modified must hear of this change as of any other.
            if let Some(then) = then.as_mut().filter(|then| now.as_ref().is_none_or(|n| differs_in_itself(n, then))) {
                then.modified_at = tx.now();
            }
        }
        // What goes, from the bottom up; what comes, from the top down.
        resources.sort_by(|a, b| b.now.as_ref().map(|r| &r.path).cmp(&a.now.as_ref().map(|r| &r.path)));
        resources.sort_by(|a, b| {
            let path = |r: &Reversal<Resource>| r.then.as_ref().map(|then| then.path.clone());
            path(a).cmp(&path(b))
        });
        put_back(tx, resources).await?;
        section::check_sound(tx, &touched, &gone).await.map_err(|error| match error {
            Error::Conflict(obstacle) => Error::conflict(format!("Nothing was undone: {}.", obstacle.message)),
            other => other,
        })
    }

    /// All resources that something is written of.
    fn touched(&self) -> BTreeSet<ResourceId> {
        let resources = sides(&self.resources).map(|resource| resource.id);
        resources.chain(self.touched_within()).collect()
    }

    /// Those of whose parts something is written.
    fn touched_within(&self) -> BTreeSet<ResourceId> {
        let attributes = sides(&self.attributes).map(|row| row.resource_id);
        let links = sides(&self.links).flat_map(|link| [link.resource_id1, link.resource_id2]);
        let fields = sides(&self.fields).map(|row| row.section_id);
        let gadgets = sides(&self.gadgets).map(|row| row.section_id);
        attributes.chain(links).chain(fields).chain(gadgets).collect()
    }
}

/// Writes the records as they were.
async fn put_back<R: Record>(tx: &mut Tx, reversals: Vec<Reversal<R>>) -> Result<()> {
    for Reversal { now, then } in reversals {
        match (now, then) {
            (Some(now), Some(mut then)) => tx.update(&now, &mut then).await?,
            (Some(now), None) => tx.delete(&now).await?,
            (None, Some(then)) => tx.insert(&then).await?,
            (None, None) => {}
        }
    }
    Ok(())
}

/// Whether more is different than the place of something above it.
fn differs_in_itself(now: &Resource, then: &Resource) -> bool {
    let alike = Resource { path: now.path.clone(), version: now.version, ..then.clone() };
    alike != *now
}

/// All records on both sides.
fn sides<R>(reversals: &[Reversal<R>]) -> impl Iterator<Item = &R> {
    reversals.iter().flat_map(|r| r.now.iter().chain(&r.then))
}

/// Refuses what the actor may not do at the place to which a resource comes back.
fn allow_below(tx: &Tx, then: &Resource, action: Action) -> Result<()> {
    let above = Resource { path: then.path_above(), ..then.clone() };
    above.allow(tx.actor(), Area::Resource, action)
}

/// The resources that are named by what is to be written, as they are now and as they will be.
struct Known {
    now: HashMap<ResourceId, Resource>,
    after: HashMap<ResourceId, Resource>,
}

impl Known {
    async fn of(tx: &mut Tx, plan: &ResourceUndo) -> Result<Self> {
        let mut ids: BTreeSet<ResourceId> = BTreeSet::new();
        for resource in sides(&plan.resources) {
            ids.insert(resource.id);
            ids.extend([resource.parent_id, resource.section_id, resource.category_id].into_iter().flatten());
        }
        ids.extend(sides(&plan.attributes).map(|row| row.resource_id));
        ids.extend(sides(&plan.links).flat_map(|link| [link.resource_id1, link.resource_id2]));
        ids.extend(sides(&plan.fields).flat_map(|row| [row.section_id, row.field_id]));
        ids.extend(sides(&plan.gadgets).map(|row| row.section_id));
        let now = load(tx, &ids.into_iter().collect::<Vec<_>>()).await?;
        let mut after = now.clone();
        for Reversal { now, then } in &plan.resources {
            match (now, then) {
                (_, Some(then)) => _ = after.insert(then.id, then.clone()),
                (Some(now), None) => _ = after.remove(&now.id),
                (None, None) => {}
            }
        }
        Ok(Self { now, after })
    }

    /// Whatever comes back must find what it hangs on.
    fn check_places(&self, plan: &ResourceUndo, undo: &mut Undo) {
        for then in plan.resources.iter().filter_map(|r| r.then.as_ref()) {
            let id = then.id;
            if let Some(parent) = then.parent_id
                && self.after.get(&parent).is_none_or(|parent| parent.path != then.path_above())
            {
                undo.conflict(format!("resource {parent}, below which {id} would come back, is gone or elsewhere"));
            }
            for other in [then.section_id, then.category_id].into_iter().flatten() {
                self.check_there(other, undo);
            }
        }
        let then = |link: &Reversal<Link>| link.then.as_ref().map(|l| [l.resource_id1, l.resource_id2]);
        let attributes = plan.attributes.iter().filter_map(|r| Some(r.then.as_ref()?.resource_id));
        let fields = plan.fields.iter().filter_map(|r| r.then.as_ref().map(|f| [f.section_id, f.field_id])).flatten();
        let gadgets = plan.gadgets.iter().filter_map(|r| Some(r.then.as_ref()?.section_id));
        for id in attributes.chain(plan.links.iter().filter_map(then).flatten()).chain(fields).chain(gadgets) {
            self.check_there(id, undo);
        }
    }

    fn check_there(&self, id: ResourceId, undo: &mut Undo) {
        if !self.after.contains_key(&id) {
            undo.conflict(format!("resource {id} is gone"));
        }
    }
}

/// No slug may be taken meanwhile.
async fn check_slugs(tx: &mut Tx, plan: &ResourceUndo, undo: &mut Undo) -> Result<()> {
    let then: Vec<&Resource> = plan.resources.iter().filter_map(|r| r.then.as_ref()).collect();
    if then.is_empty() {
        return Ok(());
    }
    let slugs: Vec<String> = then.iter().map(|resource| resource.slug.clone()).collect();
    let own: BTreeSet<i64> = plan.resources.iter().map(Reversal::id).collect();
    for mut row in tx.rows("SELECT id, slug FROM resource WHERE slug = ANY($1)", params![slugs]).await? {
        let (id, slug): (i64, String) = (row.take(0)?, row.take(1)?);
        if !own.contains(&id) {
            undo.conflict(format!("the slug \"{slug}\" belongs to another resource now"));
        }
    }
    Ok(())
}

/// No link may have been made meanwhile that says the same as one that would come back.
async fn check_links(tx: &mut Tx, plan: &ResourceUndo, undo: &mut Undo) -> Result<()> {
    for link in plan.links.iter().filter(|r| r.now.is_none()).filter_map(|r| r.then.as_ref()) {
        let text = "SELECT id FROM resource_link WHERE resource_id1 = $1 AND relation = $2 AND resource_id2 = $3";
        let there = tx.rows(text, params![link.resource_id1, link.relation, link.resource_id2]).await?;
        if !there.is_empty() {
            let (one, other) = (link.resource_id1, link.resource_id2);
            undo.conflict(format!("resources {one} and {other} have been linked again"));
        }
    }
    Ok(())
}

/// Nothing may have come below what is to be moved back.
async fn check_moved(tx: &mut Tx, plan: &ResourceUndo, undo: &mut Undo) -> Result<()> {
    let own: BTreeSet<i64> = plan.resources.iter().map(Reversal::id).collect();
    for Reversal { now, then } in &plan.resources {
        let (Some(now), Some(then)) = (now, then) else { continue };
        if now.parent_id == then.parent_id {
            continue;
        }
        let below = within("resource", &now.path);
        for resource in tx.find::<Resource>(below.text(), below.params()).await? {
            if !own.contains(&resource.id.0) {
                undo.conflict(format!("resource {} lies below what would be moved back", resource.id));
            }
        }
    }
    Ok(())
}
