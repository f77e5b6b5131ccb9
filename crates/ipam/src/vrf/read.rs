//! Reading VRFs, and putting aggregates into them.

use kernel::{Error, Page, Result, VrfId};
use store::{Tx, params};

use super::{NO_VRF, Vrf};
use crate::{
    block::{Block, Held, reprofile},
    space::Edit,
};

/// A VRF.
pub(super) async fn load(tx: &mut Tx, id: VrfId) -> Result<Vrf> {
    tx.get::<Vrf>(id).await?.ok_or_else(|| Error::not_found(format!("No VRF found with ID: {id}")))
}

/// A part of the VRFs, by name, and whether there are more.
pub(super) async fn list(tx: &mut Tx, page: Page) -> Result<(Vec<Vrf>, bool)> {
    let values = params![page.limit.saturating_add(1), page.offset];
    let mut vrfs: Vec<Vrf> = tx.find("0 = 0 ORDER BY name, id LIMIT $1 OFFSET $2", values).await?;
    let more = vrfs.len() > page.limit as usize;
    vrfs.truncate(page.limit as usize);
    Ok((vrfs, more))
}

/// Refuses a VRF that is not there.
pub(crate) async fn refuse_unknown(tx: &mut Tx, id: VrfId) -> Result<()> {
    if id == NO_VRF {
        return Ok(());
    }
    let missing = |_| Error::invalid("vrf_id", format!("No VRF found with ID: {id}"));
    load(tx, id).await.map_err(missing).map(drop)
}

/// Puts an aggregate and all below it into a VRF, which is there. Answers with the aggregate as it is then.
pub(crate) async fn put(tx: &mut Tx, edit: &mut Edit, held: &Held, vrf: VrfId) -> Result<Block> {
    let prefix = held.prefix();
    if held.profile.vrf == vrf {
        return Ok(held.block.clone());
    }
    if held.block.parent_id.is_some() {
        let root = held.block.root_id;
        let message = format!("{prefix} is a part of the aggregate {root}; its VRF is that of the whole aggregate");
        return Err(Error::conflict_of("vrf_id", message));
    }
    reprofile(tx, edit, held, |profile| profile.vrf = vrf).await
}
