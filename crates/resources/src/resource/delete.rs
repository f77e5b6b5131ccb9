//! Deleting a resource, alone or with all that may be deleted below it.

use std::collections::HashMap;

use kernel::{Action, Actor, Area, Error, ResourceId, Result, Rights};
use serde::{Deserialize, Serialize};
use store::{RequestKey, Tx, Work, params};

use super::{Resource, get, model, visible::within};
use crate::{
    Resources,
    archive::{self, Reason},
    attribute,
    guard::Guards,
    link, section,
};

impl Resources {
    /// Deletes a resource, once for each request key; with `recursive`, with whatever may be deleted below it. When
    /// the resource itself must stay, this is a conflict; what was deleted below it is gone nevertheless.
    pub async fn delete(&self, actor: &Actor, id: ResourceId, recursive: bool, key: Option<RequestKey>) -> Result<()> {
        let work = DeleteResource { id, recursive, guards: self.guards.clone(), key };
        let Deletion { deleted, kept } = self.db.write(actor, work).await?;
        match kept {
            None => Ok(()),
            Some(why) => Err(Error::conflict(format!("{why} {deleted} below it were deleted."))),
        }
    }

    /// Deletes a resource alone, in the transaction of a slice whose thing it is. The actor needs the right to.
    pub async fn delete_within(&self, tx: &mut Tx, id: ResourceId) -> Result<()> {
        delete(tx, id, false, &self.guards).await.map(drop)
    }
}

struct DeleteResource {
    id: ResourceId,
    recursive: bool,
    guards: Guards,
    key: Option<RequestKey>,
}

/// What became of a deletion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Deletion {
    /// How many resources were deleted.
    deleted: usize,
    /// Why the resource itself is still there, if it is.
    kept: Option<String>,
}

impl Work for DeleteResource {
    type Out = Deletion;
    const NAME: &'static str = "resource.delete";

    async fn run(&self, tx: &mut Tx) -> Result<Deletion> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let answer = delete(tx, self.id, self.recursive, &self.guards).await?;
        tx.remember(self.key.as_ref(), &answer).await?;
        Ok(answer)
    }
}

/// Deletes a resource; with `recursive`, from the bottom up whatever below it may be deleted. A resource stays when
/// something below it stays, when the actor may not delete it, when it belongs to the system, when others refer to it,
/// or when a guard holds it.
async fn delete(tx: &mut Tx, id: ResourceId, recursive: bool, guards: &Guards) -> Result<Deletion> {
    tx.lock(model::TREE).await?;
    let root = get(tx, id).await?;
    root.allow(tx.actor(), Area::Resource, Action::Delete)?;
    if root.is_system {
        // Not even what lies below it: someone who asks for this is mistaken.
        return Err(Error::conflict(format!("\"{}\" ({id}) belongs to the system and can't be deleted.", root.name)));
    }
    let below = within("resource", &root.path);
    let tree = if recursive {
        tx.find::<Resource>(below.text(), below.params()).await?
    } else {
        let has_children =
            tx.scalar::<i64>("SELECT id FROM resource WHERE parent_id = $1 LIMIT 1", params![id]).await?;
        if has_children.is_some() {
            let name = &root.name;
            let how = "delete these first, or delete it recursively";
            return Err(Error::conflict(format!("Resource \"{name}\" ({id}) has resources below it; {how}.")));
        }
        vec![root.clone()]
    };
    let kept = kept(tx, &tree, guards).await?;
    if kept.len() == tree.len() || (!recursive && !kept.is_empty()) {
        return Err(Error::conflict(why_not(tx.actor(), &root, &tree, &kept)));
    }
    // Children before parents.
    let mut gone: Vec<&Resource> = tree.iter().filter(|resource| !kept.contains_key(&resource.id)).collect();
    gone.sort_by(|a, b| b.path.cmp(&a.path));
    remove(tx, &gone).await?;
    let kept = kept.contains_key(&id).then(|| why_not(tx.actor(), &root, &tree, &kept));
    Ok(Deletion { deleted: gone.len(), kept })
}

/// Removes resources. A copy of each is kept, from which it can be brought back.
async fn remove(tx: &mut Tx, gone: &[&Resource]) -> Result<()> {
    archive::keep(tx, gone, Reason::Deletion).await?;
    let ids: Vec<ResourceId> = gone.iter().map(|resource| resource.id).collect();
    attribute::remove_all(tx, &ids).await?;
    link::remove_all(tx, &ids).await?;
    let sections: Vec<ResourceId> = gone.iter().filter(|r| r.kind == section::SECTION).map(|r| r.id).collect();
    if !sections.is_empty() {
        section::remove_fields(tx, &sections).await?;
        section::remove_gadgets(tx, &sections).await?;
    }
    for resource in gone {
        tx.delete(*resource).await?;
    }
    Ok(())
}

/// The resources of the tree that stay, each with the reason; `None` for those that stay only because something below
/// them does.
async fn kept(tx: &mut Tx, tree: &[Resource], guards: &Guards) -> Result<Kept> {
    let by_id: HashMap<ResourceId, &Resource> = tree.iter().map(|resource| (resource.id, resource)).collect();
    let ids: Vec<ResourceId> = tree.iter().map(|resource| resource.id).collect();
    let held = guards.holds(tx, &ids).await?.into_iter().filter(|(id, _)| by_id.contains_key(id));
    let mut kept: Kept = held.map(|(id, why)| (id, Some(why))).collect();
    let references = references(tx, tree).await?;
    for Reference { to, what, .. } in references.iter().filter(|reference| !by_id.contains_key(&reference.from)) {
        kept.insert(*to, Some((*what).to_owned()));
    }
    let may = Rights::of(Area::Resource, Action::Delete);
    for resource in tree {
        if resource.is_system {
            kept.insert(resource.id, Some("it belongs to the system".to_owned()));
        } else if !resource.rights(tx.actor()).has(may) {
            kept.insert(resource.id, Some(format!("you lack {} on it", may.names().join(", "))));
        }
    }
    let mut referred: HashMap<ResourceId, Vec<&Reference>> = HashMap::new();
    for reference in &references {
        referred.entry(reference.from).or_default().push(reference);
    }
    // Whatever stays keeps what it hangs on and what it refers to, and these keep others in turn.
    let mut open: Vec<ResourceId> = kept.keys().copied().collect();
    while let Some(id) = open.pop() {
        let parent = by_id.get(&id).and_then(|resource| resource.parent_id).map(|parent| (parent, None));
        let referred =
            referred.get(&id).into_iter().flatten().map(|Reference { to, what, .. }| (*to, Some((*what).to_owned())));
        for (next, why) in parent.into_iter().chain(referred) {
            if by_id.contains_key(&next) && !kept.contains_key(&next) {
                kept.insert(next, why);
                open.push(next);
            }
        }
    }
    Ok(kept)
}

/// What stays, and why.
type Kept = HashMap<ResourceId, Option<String>>;

/// A resource refers to another one, other than by hanging below it.
struct Reference {
    from: ResourceId,
    to: ResourceId,
    what: &'static str,
}

/// All references to sections, categories and fields of the tree.
async fn references(tx: &mut Tx, tree: &[Resource]) -> Result<Vec<Reference>> {
    let mut references = Vec::new();
    for (kind, text, what) in [
        (section::SECTION, "SELECT id, section_id FROM resource WHERE section_id = ANY($1)", "it has entries"),
        (
            section::CATEGORY,
            "SELECT id, category_id FROM resource WHERE category_id = ANY($1)",
            "resources are filed under it",
        ),
        (
            section::FIELD,
            "SELECT section_id, field_id FROM section_field WHERE field_id = ANY($1)",
            "it is a field of a section",
        ),
    ] {
        let ids: Vec<ResourceId> = tree.iter().filter(|r| r.kind == kind).map(|r| r.id).collect();
        if !ids.is_empty() {
            for mut row in tx.rows(text, params![ids]).await? {
                references.push(Reference { from: row.take(0)?, to: row.take(1)?, what });
            }
        }
    }
    let fields: Vec<ResourceId> = tree.iter().filter(|r| r.kind == section::FIELD).map(|r| r.id).collect();
    for (from, to) in section::dependents(tx, &fields).await? {
        references.push(Reference { from, to, what: "another field depends on it" });
    }
    Ok(references)
}

/// Why the root stays: its own reason, or that of something below it that the actor may see.
fn why_not(actor: &Actor, root: &Resource, tree: &[Resource], kept: &Kept) -> String {
    let read = Rights::of(Area::Resource, Action::Read);
    let name = |resource: &Resource| format!("\"{}\" ({})", resource.name, resource.id);
    let reason = kept.get(&root.id).cloned().flatten().or_else(|| {
        let seen = tree.iter().filter(|resource| resource.rights(actor).has(read));
        let mut reasons = seen.filter_map(|resource| Some((resource, kept.get(&resource.id)?.as_ref()?)));
        reasons.next().map(|(resource, why)| format!("{} below it stays, because {why}", name(resource)))
    });
    let reason = reason.unwrap_or_else(|| "something below it stays".to_owned());
    format!("Resource {} was not deleted: {reason}.", name(root))
}
