//! Regions.

use kernel::{Error, Result};
use serde::{Deserialize, Serialize};
use store::{RequestKey, Tx, Work, params};

use super::{ANY_REGION, SIGNAL, allow, entry};

store::record! {
    /// A region that blocks may belong to.
    #[derive(Serialize, Deserialize)]
    pub struct ListedRegion in "ipam_region" secret [] {
        /// Its id.
        id: i64,
        /// How often it changed.
        version: i64,
        /// Its short code: the value in every API.
        code: String,
        /// Its name, for people.
        name: String,
        /// Its place in the list.
        position: i64,
    }
}

/// Adds a region at the end of the list. Without a name, the code is the name.
pub(crate) struct AddRegion {
    pub(crate) field: &'static str,
    pub(crate) code: String,
    pub(crate) name: Option<String>,
    pub(crate) key: Option<RequestKey>,
}

impl Work for AddRegion {
    type Out = ListedRegion;
    const NAME: &'static str = "region.add";

    async fn run(&self, tx: &mut Tx) -> Result<ListedRegion> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        allow(tx)?;
        let code = entry(self.field, &self.code)?;
        // A name such as "Ashburn, VA" has its comma.
        let name = match &self.name {
            Some(name) => entry("name", &name.replace(',', " ")).map(|_| name.trim().to_owned())?,
            None => code.clone(),
        };
        let taken = !tx.find::<ListedRegion>("code = $1", params![code]).await?.is_empty();
        if taken || code.eq_ignore_ascii_case(ANY_REGION) {
            return Err(Error::conflict_of(self.field, format!("the region \"{code}\" is in the list already")));
        }
        let id = tx.new_id::<ListedRegion>().await?;
        let region = ListedRegion { id, version: 1, code, name, position: id };
        tx.insert(&region).await?;
        tx.signal(SIGNAL);
        tx.remember(self.key.as_ref(), &region).await?;
        Ok(region)
    }
}
