//! Removing a link.

use kernel::{Action, Actor, Area, Error, ResourceId, Result};
use store::{RequestKey, Tx, Work};

use super::Link;
use crate::{Resources, resource::get};

impl Resources {
    /// Removes a link of a resource, once for each request key. With a `relation`, only if that is what the link says.
    pub async fn unlink(
        &self,
        actor: &Actor,
        resource_id: ResourceId,
        relation: Option<String>,
        link_id: i64,
        key: Option<RequestKey>,
    ) -> Result<()> {
        self.db.write(actor, RemoveLink { resource_id, relation, link_id, key }).await
    }
}

struct RemoveLink {
    resource_id: ResourceId,
    relation: Option<String>,
    link_id: i64,
    key: Option<RequestKey>,
}

impl Work for RemoveLink {
    type Out = ();
    const NAME: &'static str = "link.remove";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        get(tx, self.resource_id).await?.allow(tx.actor(), Area::Resource, Action::Read)?;
        let link = tx.get::<Link>(self.link_id).await?.filter(|link| self.names(link)).ok_or_else(|| self.absent())?;
        let other = get(tx, link.other(self.resource_id)).await?;
        // A link is seen by who may read both sides, and changed by who may change both.
        other.allow(tx.actor(), Area::Resource, Action::Read).map_err(|_| self.absent())?;
        get(tx, self.resource_id).await?.allow(tx.actor(), Area::Resource, Action::Update)?;
        other.allow(tx.actor(), Area::Resource, Action::Update)?;
        tx.delete(&link).await?;
        tx.remember(self.key.as_ref(), &()).await
    }
}

impl RemoveLink {
    fn names(&self, link: &Link) -> bool {
        let stands_there = [link.resource_id1, link.resource_id2].contains(&self.resource_id);
        stands_there && self.relation.as_ref().is_none_or(|relation| *relation == link.relation)
    }

    fn absent(&self) -> Error {
        let which = self.relation.as_ref().map(|relation| format!(" \"{relation}\"")).unwrap_or_default();
        Error::not_found(format!("Resource {} has no link{which} with ID: {}", self.resource_id, self.link_id))
    }
}
