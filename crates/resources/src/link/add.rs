//! Linking two resources.

use kernel::{Action, Actor, Area, Error, FieldErrors, ResourceId, Result};
use store::{RequestKey, Tx, Work, params};

use super::Link;
use crate::{
    Resources,
    resource::{TREE, get},
};

/// The longest name of a relation.
const LONGEST_RELATION: usize = 64;
/// The most that a link may carry, in bytes.
const LARGEST_DATA: usize = 64 * 1024;

/// A link that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLink {
    /// The resource on the first side.
    pub resource_id1: ResourceId,
    /// The resource on the second side.
    pub resource_id2: ResourceId,
    /// What the relation is: 1 to 64 letters, digits, `_` and `-`.
    pub relation: String,
    /// What else there is to say about it.
    pub data: Option<String>,
}

/// Links two resources; the actor needs the right to update both. A link that is there already gets the new data.
pub async fn add_link(tx: &mut Tx, new: &NewLink) -> Result<Link> {
    check(new)?;
    // So that neither side is deleted meanwhile.
    tx.lock(TREE).await?;
    for (field, id) in [("resource_id1", new.resource_id1), ("resource_id2", new.resource_id2)] {
        let allowed = get(tx, id).await.and_then(|side| side.allow(tx.actor(), Area::Resource, Action::Update));
        allowed.map_err(|error| match error {
            Error::NotFound(text) => Error::invalid(field, text),
            other => other,
        })?;
    }
    let NewLink { resource_id1, resource_id2, relation, data } = new.clone();
    let condition = "resource_id1 = $1 AND relation = $2 AND resource_id2 = $3";
    let present = tx.find::<Link>(condition, params![resource_id1, relation, resource_id2]).await?.pop();
    match present {
        Some(link) if link.data == data => Ok(link),
        Some(before) => {
            let mut after = Link { data, ..before.clone() };
            tx.update(&before, &mut after).await?;
            Ok(after)
        }
        None => {
            let id = tx.new_id::<Link>().await?;
            let link = Link { id, version: 0, resource_id1, resource_id2, relation, data };
            tx.insert(&link).await?;
            Ok(link)
        }
    }
}

fn check(new: &NewLink) -> Result<()> {
    let mut errors = FieldErrors::default();
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if !(1..=LONGEST_RELATION).contains(&new.relation.len()) || !new.relation.bytes().all(fits) {
        errors
            .push("relation", format!("must have 1 to {LONGEST_RELATION} characters, each a letter, a digit, _ or -"));
    }
    if new.resource_id1 == new.resource_id2 {
        errors.push("resource_id2", "a resource can't be linked to itself");
    }
    if new.data.as_ref().is_some_and(|data| data.len() > LARGEST_DATA || data.contains('\0')) {
        errors.push("data", format!("may hold at most {LARGEST_DATA} bytes (64 KiB) and no NUL character"));
    }
    errors.into_result()
}

impl Resources {
    /// Links the resource on the first side to the one on the second, once for each request key. Whoever calls has
    /// found the first resource by its id, so that it is not there, or not to be changed, is an error of the call as a
    /// whole and not of a field.
    pub async fn link(&self, actor: &Actor, new: NewLink, key: Option<RequestKey>) -> Result<Link> {
        self.db.write(actor, LinkResource { new, key }).await
    }
}

struct LinkResource {
    new: NewLink,
    key: Option<RequestKey>,
}

impl Work for LinkResource {
    type Out = Link;
    const NAME: &'static str = "link.add";

    async fn run(&self, tx: &mut Tx) -> Result<Link> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        get(tx, self.new.resource_id1).await?.allow(tx.actor(), Area::Resource, Action::Update)?;
        let link = add_link(tx, &self.new).await?;
        tx.remember(self.key.as_ref(), &link).await?;
        Ok(link)
    }
}
