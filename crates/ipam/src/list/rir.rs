//! Numbering authorities.

use kernel::{Error, Result};
use serde::{Deserialize, Serialize};
use store::{RequestKey, Tx, Work, params};

use super::{SIGNAL, allow, entry};

store::record! {
    /// A numbering authority: one of the five registries, RFC 1918 space ("1918"), or one of our own making, which
    /// keeps overlapping private space apart.
    #[derive(Serialize, Deserialize)]
    pub struct ListedRir in "ipam_rir" secret [] {
        /// Its id.
        id: i64,
        /// How often it changed.
        version: i64,
        /// The value in every API.
        value: String,
        /// Its name, for people.
        name: String,
        /// Its place in the list.
        position: i64,
    }
}

/// Those that are there from the start, in this order.
const FIRST: [&str; 6] = ["ARIN", "1918", "AfriNIC", "APNIC", "LACNIC", "RIPE"];

/// Adds an authority at the end of the list.
pub(crate) struct AddRir {
    pub(crate) value: String,
    pub(crate) name: Option<String>,
    pub(crate) key: Option<RequestKey>,
}

impl Work for AddRir {
    type Out = ListedRir;
    const NAME: &'static str = "rir.add";

    async fn run(&self, tx: &mut Tx) -> Result<ListedRir> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        allow(tx)?;
        let value = entry("value", &self.value)?;
        let name = entry("name", self.name.as_deref().unwrap_or(&value))?;
        let taken = tx.find::<ListedRir>("LOWER(value) = $1", params![value.to_lowercase()]).await?;
        if !taken.is_empty() {
            return Err(Error::conflict_of("value", format!("the RIR \"{value}\" is in the list already")));
        }
        let rir = add(tx, value, name).await?;
        tx.remember(self.key.as_ref(), &rir).await?;
        Ok(rir)
    }
}

async fn add(tx: &mut Tx, value: String, name: String) -> Result<ListedRir> {
    let id = tx.new_id::<ListedRir>().await?;
    let rir = ListedRir { id, version: 1, value, name, position: id };
    tx.insert(&rir).await?;
    tx.signal(SIGNAL);
    Ok(rir)
}

/// Fills the list at the first start.
pub(crate) async fn first_rirs(tx: &mut Tx) -> Result<()> {
    if tx.find::<ListedRir>("0 = 0", &[]).await?.is_empty() {
        for value in FIRST {
            add(tx, value.to_owned(), value.to_owned()).await?;
        }
    }
    Ok(())
}
