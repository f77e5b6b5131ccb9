//! Adding a VLAN domain.

use kernel::{Error, Result, VlanDomainId};
use store::{RequestKey, Tx, Work, params};

use super::{
    DEFAULT_DOMAIN, Domain,
    model::{NewVlanDomain, checked, is_extended},
};
use crate::list;

/// Adds a domain.
pub(super) struct AddDomain {
    pub(super) new: NewVlanDomain,
    pub(super) key: Option<RequestKey>,
}

impl Work for AddDomain {
    type Out = Domain;
    const NAME: &'static str = "vlan_domain.add";

    async fn run(&self, tx: &mut Tx) -> Result<Domain> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        list::allow(tx)?;
        let extended = self.new.range.as_deref().map(is_extended).transpose()?.unwrap_or(false);
        let name = free_name(tx, &self.new.name, None).await?;
        let id = VlanDomainId(tx.new_id::<Domain>().await?);
        let mut domain = Domain { id, version: 1, name, extended, tags: "[]".to_owned() };
        domain.tags = checked(&self.new.tags, &domain)?;
        tx.insert(&domain).await?;
        tx.remember(self.key.as_ref(), &domain).await?;
        Ok(domain)
    }
}

/// The name, if no other domain has it.
pub(super) async fn free_name(tx: &mut Tx, name: &str, own: Option<VlanDomainId>) -> Result<String> {
    let name = list::entry("name", name)?;
    let taken = tx.find::<Domain>("name = $1", params![name]).await?.pop();
    match taken.filter(|domain| own != Some(domain.id)) {
        Some(other) => {
            Err(Error::conflict_of("name", format!("the VLAN domain {} has the name \"{name}\" already", other.id)))
        }
        None => Ok(name),
    }
}

/// Makes the default domain, unless it is there already.
pub(crate) async fn first_domain(tx: &mut Tx) -> Result<()> {
    if tx.get::<Domain>(DEFAULT_DOMAIN).await?.is_some() {
        return Ok(());
    }
    let name = "Default Domain".to_owned();
    // Its id is not to be given to another one. A start that failed may have taken it before.
    tx.new_id::<Domain>().await?;
    tx.insert(&Domain { id: DEFAULT_DOMAIN, version: 1, name, extended: true, tags: "[]".to_owned() }).await
}
