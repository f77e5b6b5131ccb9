//! Saying at once which links a resource has.

use kernel::{Action, Actor, Area, Error, ResourceId, Result};
use store::{RequestKey, Tx, Work};

use super::{Link, NewLink, add_link, links_of};
use crate::{
    Resources,
    resource::{TREE, get},
};

/// The most links that one request names.
const MOST: usize = 1000;

/// Links that a resource is to have.
#[derive(Debug, Clone)]
pub(crate) struct SetLinks {
    pub(crate) resource_id: ResourceId,
    /// The resource on the other side, the relation, and what the link carries.
    pub(crate) links: Vec<(ResourceId, String, Option<String>)>,
    /// Only links of this relation are meant.
    pub(crate) relation: Option<String>,
    /// Whether what is not named goes. What the caller may not see stays.
    pub(crate) replace: bool,
    pub(crate) key: Option<RequestKey>,
}

impl Resources {
    /// Gives a resource these links, once for each request key, and returns all that it then has, as far as they are
    /// meant. The actor needs the right to update both sides of each link that is made, changed or removed.
    pub(crate) async fn set_links(&self, actor: &Actor, links: SetLinks) -> Result<Vec<Link>> {
        self.db.write(actor, links).await
    }
}

impl Work for SetLinks {
    type Out = Vec<Link>;
    const NAME: &'static str = "link.set";

    async fn run(&self, tx: &mut Tx) -> Result<Vec<Link>> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        if self.links.len() > MOST {
            return Err(Error::invalid("body", format!("names {} links; one request takes {MOST}", self.links.len())));
        }
        tx.lock(TREE).await?;
        let id = self.resource_id;
        get(tx, id).await?.allow(tx.actor(), Area::Resource, Action::Update)?;
        let mut present = links_of(tx, &[id]).await?.remove(&id).unwrap_or_default();
        present.retain(|link| self.relation.as_ref().is_none_or(|relation| *relation == link.relation));
        let mut links: Vec<Link> = Vec::new();
        for (n, (other, relation, data)) in self.links.iter().enumerate() {
            let is_it = |link: &&Link| link.relation == *relation && link.other(id) == *other;
            let reversed = present.iter().find(is_it).is_some_and(|link| link.resource_id2 == id);
            let (resource_id1, resource_id2) = if reversed { (*other, id) } else { (id, *other) };
            let new = NewLink { resource_id1, resource_id2, relation: relation.clone(), data: data.clone() };
            links.push(add_link(tx, &new).await.map_err(|error| at(n, error))?);
        }
        for link in present {
            if links.iter().any(|kept| kept.id == link.id) {
                continue;
            }
            if self.replace {
                get(tx, link.other(id)).await?.allow(tx.actor(), Area::Resource, Action::Update)?;
                tx.delete(&link).await?;
            } else {
                links.push(link);
            }
        }
        links.sort_by_key(|link| link.id);
        links.dedup_by_key(|link| link.id);
        tx.remember(self.key.as_ref(), &links).await?;
        Ok(links)
    }
}

/// The body knows one resource of each link, that on the other side.
fn at(n: usize, mut error: Error) -> Error {
    for field in error.fields_mut() {
        let name = if field.starts_with("resource_id") { "resource_id" } else { field.as_str() };
        *field = format!("[{n}].{name}");
    }
    error
}
