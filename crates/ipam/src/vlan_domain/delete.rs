//! Deleting a VLAN domain.

use kernel::{Error, Result, VlanDomainId};
use store::{RequestKey, Tx, Work};

use super::{DEFAULT_DOMAIN, load};
use crate::{list, space::LOCK, vlan};

/// Deletes a domain with its VLANs; refused while a block is in one of them.
pub(super) struct DeleteDomain {
    pub(super) id: VlanDomainId,
    pub(super) key: Option<RequestKey>,
}

impl Work for DeleteDomain {
    type Out = ();
    const NAME: &'static str = "vlan_domain.delete";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        tx.lock(LOCK).await?;
        if tx.answered::<()>(self.key.as_ref()).await?.is_some() {
            return Ok(());
        }
        list::allow(tx)?;
        let domain = load(tx, self.id).await?;
        if domain.id == DEFAULT_DOMAIN {
            return Err(Error::conflict_of("id", format!("\"{}\" is always there; it may be renamed", domain.name)));
        }
        vlan::refuse_used(tx, domain.id, None).await?;
        for vlan in vlan::of_domain(tx, domain.id).await? {
            tx.delete(&vlan).await?;
        }
        tx.delete(&domain).await?;
        tx.remember(self.key.as_ref(), &()).await
    }
}
