//! Changing a VLAN domain.

use kernel::{Error, Result, VlanDomainId};
use store::{RequestKey, Tx, Work};

use super::{
    Domain,
    add::free_name,
    load,
    model::{VlanDomainPatch, checked, is_extended},
};
use crate::{list, space::LOCK, vlan};

/// Changes a domain.
pub(super) struct ChangeDomain {
    pub(super) id: VlanDomainId,
    pub(super) patch: VlanDomainPatch,
    pub(super) key: Option<RequestKey>,
}

impl Work for ChangeDomain {
    type Out = Domain;
    const NAME: &'static str = "vlan_domain.change";

    async fn run(&self, tx: &mut Tx) -> Result<Domain> {
        tx.lock(LOCK).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        list::allow(tx)?;
        let old = load(tx, self.id).await?;
        let mut domain = old.clone();
        if let Some(name) = &self.patch.name {
            domain.name = free_name(tx, name, Some(self.id)).await?;
        }
        if let Some(range) = &self.patch.range {
            domain.extended = is_extended(range)?;
            if let Some(outside) = vlan::beyond(tx, &domain).await? {
                let message =
                    format!("VLAN {outside} is enabled in this domain, and not in that range; delete it first");
                return Err(Error::conflict_of("range", message));
            }
        }
        let tags = self.patch.tags.clone().unwrap_or_else(|| old.tags());
        domain.tags = checked(&tags, &domain)?;
        if domain != old {
            tx.update(&old, &mut domain).await?;
        }
        tx.remember(self.key.as_ref(), &domain).await?;
        Ok(domain)
    }
}
