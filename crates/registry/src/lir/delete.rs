//! Deleting an LIR.

use std::{collections::HashMap, sync::Arc};

use futures_util::future::BoxFuture;
use kernel::{Action, Actor, Area, Error, LirId, ResourceId, Result, Rights};
use resources::{Guard, Resources};
use store::{RequestKey, Tx, Work, params};

use super::{LirRow, visible};
use crate::Registry;

impl Registry {
    /// Deletes an LIR with its resource, once for each request key; refused while something is registered through it.
    pub async fn delete_lir(&self, actor: &Actor, id: LirId, key: Option<RequestKey>) -> Result<()> {
        self.db.write(actor, DeleteLir { id, resources: self.resources.clone(), key }).await
    }
}

struct DeleteLir {
    id: LirId,
    resources: Resources,
    key: Option<RequestKey>,
}

impl Work for DeleteLir {
    type Out = ();
    const NAME: &'static str = "lir.delete";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let (row, resource) = visible(tx, self.id).await?;
        resource.allow(tx.actor(), Area::Ipam, Action::Delete)?;
        // Its resource goes with it; who sees the LIR is told which right is missing for that.
        let needed = Rights::of(Area::Resource, Action::Read) | Rights::of(Area::Resource, Action::Delete);
        if !resource.rights(tx.actor()).has(needed) {
            let (rights, name, id) = (needed.names().join(" and "), &resource.name, resource.id);
            return Err(Error::forbidden(format!("You need {rights} on resource \"{name}\" ({id}) to do this.")));
        }
        for (text, what) in [
            ("SELECT COUNT(*) FROM registration WHERE lir_id = $1", "blocks are registered through it"),
            (
                "SELECT COUNT(*) FROM swip WHERE lir_id = $1 AND state IN ('draft', 'validated', 'sent', 'ticket')",
                "changes at the registry are on their way through it",
            ),
        ] {
            let count: i64 = tx.scalar(text, params![self.id]).await?.unwrap_or(0);
            if count > 0 {
                let name = &resource.name;
                return Err(Error::conflict(format!("LIR \"{name}\" ({}) was not deleted: {count} {what}.", self.id)));
            }
        }
        tx.delete(&row).await?;
        self.resources.delete_within(tx, resource.id).await?;
        tx.remember(self.key.as_ref(), &()).await
    }
}

/// Keeps resources that are LIRs from being deleted as if they were nothing else.
pub(crate) fn guard() -> Arc<dyn Guard> {
    Arc::new(IsLir)
}

struct IsLir;

impl Guard for IsLir {
    fn holds<'a>(
        &'a self,
        tx: &'a mut Tx,
        ids: &'a [ResourceId],
    ) -> BoxFuture<'a, Result<HashMap<ResourceId, String>>> {
        Box::pin(async move {
            let why = |row: LirRow| {
                let id = row.id;
                (row.resource(), format!("it is an LIR; delete it under /ipam/lirs/{id}"))
            };
            let found = tx.find::<LirRow>("id = ANY($1)", params![ids]).await?;
            Ok(found.into_iter().map(why).collect())
        })
    }
}
