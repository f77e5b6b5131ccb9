//! A link of a resource that is named by its id, and maybe by its relation as well.

use kernel::{Action, Area, Error, ResourceId, Result};
use store::Tx;

use super::Link;
use crate::resource::get;

/// Which link is meant.
#[derive(Debug, Clone)]
pub(crate) struct NamedLink {
    /// The resource on one of its sides.
    pub(crate) resource_id: ResourceId,
    /// What it says, if that has to be so.
    pub(crate) relation: Option<String>,
    /// Its id.
    pub(crate) link_id: i64,
}

impl NamedLink {
    /// The link, if the actor may change it: a link is seen by who may read both sides, and changed by who may change
    /// both.
    pub(super) async fn to_change(&self, tx: &mut Tx) -> Result<Link> {
        let own = get(tx, self.resource_id).await?;
        own.allow(tx.actor(), Area::Resource, Action::Read)?;
        let link = tx.get::<Link>(self.link_id).await?.filter(|link| self.names(link)).ok_or_else(|| self.absent())?;
        let other = get(tx, link.other(self.resource_id)).await?;
        other.allow(tx.actor(), Area::Resource, Action::Read).map_err(|_| self.absent())?;
        own.allow(tx.actor(), Area::Resource, Action::Update)?;
        other.allow(tx.actor(), Area::Resource, Action::Update)?;
        Ok(link)
    }

    fn names(&self, link: &Link) -> bool {
        let stands_there = [link.resource_id1, link.resource_id2].contains(&self.resource_id);
        stands_there && self.relation.as_ref().is_none_or(|relation| *relation == link.relation)
    }

    fn absent(&self) -> Error {
        let which = self.relation.as_ref().map(|relation| format!(" \"{relation}\"")).unwrap_or_default();
        Error::not_found(format!("Resource {} has no link{which} with ID: {}", self.resource_id, self.link_id))
    }
}
