//! Deleting a VRF.

use kernel::{Error, ProfileId, Result, VrfId};
use store::{RequestKey, Tx, Work, params};

use super::{NO_VRF, read::load};
use crate::{list, space::LOCK};

/// Deletes a VRF; refused while there is space in it.
pub(super) struct DeleteVrf {
    pub(super) id: VrfId,
    pub(super) key: Option<RequestKey>,
}

impl Work for DeleteVrf {
    type Out = ();
    const NAME: &'static str = "vrf.delete";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        tx.lock(LOCK).await?;
        if tx.answered::<()>(self.key.as_ref()).await?.is_some() {
            return Ok(());
        }
        list::allow(tx)?;
        let vrf = load(tx, self.id).await?;
        if vrf.id == NO_VRF {
            return Err(Error::conflict_of("id", format!("\"{}\" is always there; it may be renamed", vrf.name)));
        }
        let rows = tx.rows("SELECT id FROM block_profile WHERE vrf_id = $1", params![vrf.id]).await?;
        let profiles: Vec<ProfileId> = rows.into_iter().map(|mut row| row.take(0)).collect::<Result<_>>()?;
        let text = "SELECT COUNT(*) FROM block WHERE profile_id = ANY($1) AND parent_id IS NULL";
        let used: i64 = if profiles.is_empty() { 0 } else { tx.scalar(text, params![profiles]).await?.unwrap_or(0) };
        if used > 0 {
            let message = format!("{used} aggregates are in the VRF \"{}\"; move or delete them first", vrf.name);
            return Err(Error::conflict_of("id", message));
        }
        tx.delete(&vrf).await?;
        tx.remember(self.key.as_ref(), &()).await
    }
}
