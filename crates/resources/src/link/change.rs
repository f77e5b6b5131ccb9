//! Changing what a link carries.

use kernel::{Actor, Error, ResourceId, Result};
use store::{RequestKey, Tx, Work};

use super::{Link, NewLink, add_link, named::NamedLink};
use crate::Resources;

impl Resources {
    /// Gives a link other data, once for each request key. Its two resources stay: a link between others is another one.
    pub(crate) async fn change_link(
        &self,
        actor: &Actor,
        link: NamedLink,
        other: Option<ResourceId>,
        data: Option<String>,
        key: Option<RequestKey>,
    ) -> Result<Link> {
        self.db.write(actor, ChangeLink { link, other, data, key }).await
    }
}

struct ChangeLink {
    link: NamedLink,
    /// The resource on the other side, if the caller says which one that is.
    other: Option<ResourceId>,
    data: Option<String>,
    key: Option<RequestKey>,
}

impl Work for ChangeLink {
    type Out = Link;
    const NAME: &'static str = "link.change";

    async fn run(&self, tx: &mut Tx) -> Result<Link> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let Link { resource_id1, resource_id2, relation, .. } = self.link.to_change(tx).await?;
        let is_other = |id: &ResourceId| [resource_id1, resource_id2].contains(id) && *id != self.link.resource_id;
        if let Some(other) = self.other.filter(|other| !is_other(other)) {
            let rule =
                format!("the link is not to {other}, and stays between its resources; remove it, and add another");
            return Err(Error::invalid("resource_id", rule));
        }
        let new = NewLink { resource_id1, resource_id2, relation, data: self.data.clone() };
        let link = add_link(tx, &new).await?;
        tx.remember(self.key.as_ref(), &link).await?;
        Ok(link)
    }
}
