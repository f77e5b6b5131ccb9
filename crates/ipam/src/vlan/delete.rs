//! Disabling a VLAN in its domain.

use kernel::{Result, VlanId};
use store::{RequestKey, Tx, Work};

use super::read::{load, refuse_used};
use crate::{list, space::LOCK, vlan_domain::DEFAULT_DOMAIN};

/// Deletes a VLAN; refused while a block is in it. In the default domain blocks need no enabled VLAN.
pub(super) struct DeleteVlan {
    pub(super) id: VlanId,
    pub(super) key: Option<RequestKey>,
}

impl Work for DeleteVlan {
    type Out = ();
    const NAME: &'static str = "vlan.delete";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        tx.lock(LOCK).await?;
        if tx.answered::<()>(self.key.as_ref()).await?.is_some() {
            return Ok(());
        }
        list::allow(tx)?;
        let (vlan, domain) = load(tx, self.id).await?;
        if domain.id != DEFAULT_DOMAIN {
            refuse_used(tx, domain.id, Some(vlan.number)).await?;
        }
        tx.delete(&vlan).await?;
        tx.remember(self.key.as_ref(), &()).await
    }
}
