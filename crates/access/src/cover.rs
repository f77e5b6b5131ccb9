//! Nobody may hand on rights that they don't have, nor lay hands on someone who has more.

use std::{collections::BTreeSet, sync::Arc};

use futures_util::future::BoxFuture;
use kernel::{Action, Actor, Area, Error, Grants, ResourceId, Result, Rights};
use store::Tx;

/// Where resources hang. The slice that owns the tree stands above this one, and implements it.
pub trait Tree: Send + Sync + 'static {
    /// The ids from the resource up to the top, both included; `None` when there is no such resource.
    fn lineage<'a>(&'a self, tx: &'a mut Tx, resource: ResourceId) -> BoxFuture<'a, Result<Option<Vec<ResourceId>>>>;
}

/// A tree that consists of its top.
pub(crate) struct OnlyTop;

impl Tree for OnlyTop {
    fn lineage<'a>(&'a self, _: &'a mut Tx, resource: ResourceId) -> BoxFuture<'a, Result<Option<Vec<ResourceId>>>> {
        Box::pin(async move { Ok((resource == ResourceId::TOP).then(|| vec![resource])) })
    }
}

/// Refuses who may not do this to users and groups. They hang on the top-level resource.
pub(crate) fn allow(actor: &Actor, action: Action) -> Result<()> {
    let needed = Rights::of(Area::User, action);
    if actor.rights(&[ResourceId::TOP]).has(needed) {
        return Ok(());
    }
    let (needed, verb) = (needed.names().join(", "), action.to_string().to_lowercase());
    Err(Error::forbidden(format!("To {verb} users and groups you need {needed} on the top-level resource.")))
}

/// Refuses an actor who lacks, anywhere in the tree, rights that the other one has there. `what` is what they must
/// not do, as in "You may not change this group".
///
/// Rights change from one resource to the next only where a group has an entry. So it is enough to compare the two on
/// the resources where one of them has one.
pub(crate) async fn require_cover(tx: &mut Tx, tree: &Arc<dyn Tree>, other: &Grants, what: &str) -> Result<()> {
    let actor = tx.actor().clone();
    if actor.grants.everything() {
        return Ok(());
    }
    let entries = actor.grants.groups().chain(other.groups()).flat_map(|entries| entries.keys().copied());
    for resource in entries.collect::<BTreeSet<_>>() {
        // An entry on a resource that is gone has no effect.
        let Some(lineage) = tree.lineage(tx, resource).await? else { continue };
        let wanted = other.on(&lineage);
        if !actor.rights(&lineage).has(wanted) {
            return Err(Error::forbidden(format!(
                "{what}: that would take rights on resource {resource} which you don't have yourself."
            )));
        }
    }
    Ok(())
}
