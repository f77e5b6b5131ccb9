//! Tags.

use kernel::{Error, Result};
use serde::{Deserialize, Serialize};
use store::{RequestKey, Tx, Work, params};

use super::{SIGNAL, allow, entry};

store::record! {
    /// A tag that blocks may carry.
    #[derive(Serialize, Deserialize)]
    pub struct ListedTag in "ipam_tag" secret [] {
        /// Its id.
        id: i64,
        /// How often it changed.
        version: i64,
        /// Its name, compared exactly.
        name: String,
        /// Its place in the list.
        position: i64,
    }
}

/// Adds a tag at the end of the list.
pub(crate) struct AddTagToList {
    pub(crate) field: &'static str,
    pub(crate) name: String,
    pub(crate) key: Option<RequestKey>,
}

impl Work for AddTagToList {
    type Out = ListedTag;
    const NAME: &'static str = "tag.add";

    async fn run(&self, tx: &mut Tx) -> Result<ListedTag> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        allow(tx)?;
        let name = entry(self.field, &self.name)?;
        if !tx.find::<ListedTag>("name = $1", params![name]).await?.is_empty() {
            return Err(Error::conflict_of(self.field, format!("the tag \"{name}\" is in the list already")));
        }
        let id = tx.new_id::<ListedTag>().await?;
        let tag = ListedTag { id, version: 1, name, position: id };
        tx.insert(&tag).await?;
        tx.signal(SIGNAL);
        tx.remember(self.key.as_ref(), &tag).await?;
        Ok(tag)
    }
}

/// Removes a tag from the list; refused while a block carries it.
pub(crate) struct DeleteTagFromList {
    pub(crate) field: &'static str,
    pub(crate) name: String,
    pub(crate) key: Option<RequestKey>,
}

impl Work for DeleteTagFromList {
    type Out = ();
    const NAME: &'static str = "tag.delete";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        if tx.answered::<()>(self.key.as_ref()).await?.is_some() {
            return Ok(());
        }
        allow(tx)?;
        let name = self.name.trim();
        // What could not be added is not there; a NUL byte would upset the database.
        let found = match entry(self.field, name) {
            Ok(name) => tx.find::<ListedTag>("name = $1", params![name]).await?.pop(),
            Err(_) => None,
        };
        let tag = found.ok_or_else(|| {
            Error::not_found(format!("{}: there is no tag \"{}\" in the list", self.field, super::short(name)))
        })?;
        let used = crate::report::leaves_with(tx, |profile| profile.tags.iter().any(|t| t == name)).await?;
        if used > 0 {
            let message = format!("{used} blocks carry the tag \"{name}\"; take it off them first");
            return Err(Error::conflict_of(self.field, message));
        }
        tx.delete(&tag).await?;
        tx.signal(SIGNAL);
        tx.remember(self.key.as_ref(), &()).await
    }
}
