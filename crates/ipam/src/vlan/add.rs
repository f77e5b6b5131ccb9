//! Enabling a VLAN in a domain.

use kernel::{Error, Result, VlanId};
use store::{RequestKey, Tx, Work};

use super::{
    Vlan,
    model::{EnabledVlan, NewVlan, name, notes},
    read::{of_domain, range},
};
use crate::{
    list,
    space::LOCK,
    vlan_domain::{self, Domain},
};

/// Enables a VLAN: the one that is named, or the lowest free one.
pub(super) struct AddVlan {
    pub(super) new: NewVlan,
    pub(super) key: Option<RequestKey>,
}

impl Work for AddVlan {
    type Out = (Vlan, Domain);
    const NAME: &'static str = "vlan.add";

    async fn run(&self, tx: &mut Tx) -> Result<(Vlan, Domain)> {
        tx.lock(LOCK).await?;
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        list::allow(tx)?;
        let domain_id = self.new.domain_id;
        let missing = |_| Error::invalid("domain_id", format!("No VLAN domain found with ID: {domain_id}"));
        let domain = vlan_domain::load(tx, domain_id).await.map_err(missing)?;
        let number = self.number(tx, &domain).await?;
        let id = VlanId(tx.new_id::<Vlan>().await?);
        let name = self.new.name.as_deref().map(name).transpose()?.flatten();
        let notes = self.new.notes.as_deref().map(notes).transpose()?.flatten();
        let vlan = Vlan { id, version: 1, domain_id, number, name, notes };
        tx.insert(&vlan).await?;
        let answer = (vlan, domain);
        tx.remember(self.key.as_ref(), &answer).await?;
        Ok(answer)
    }
}

impl AddVlan {
    async fn number(&self, tx: &mut Tx, domain: &Domain) -> Result<i64> {
        let tag = self.new.tag.as_deref().map(|tag| range(domain, tag)).transpose()?;
        let (first, last) = tag.unwrap_or((0, domain.last()));
        let taken: Vec<i64> = of_domain(tx, domain.id).await?.into_iter().map(|vlan| vlan.number).collect();
        let Some(vlan) = self.new.vlan else {
            let free = (first..=last).find(|vlan| domain.has(*vlan) && taken.binary_search(vlan).is_err());
            let message = || format!("no VLAN of \"{}\" is left to enable", domain.name);
            return free.ok_or_else(|| Error::conflict_of("vlan", message()));
        };
        if !domain.has(vlan) {
            let message = format!("{vlan} is reserved or not in the range of the domain; use {}", domain.range());
            return Err(Error::invalid("vlan", message));
        }
        if !(first..=last).contains(&vlan) {
            return Err(Error::invalid("vlan", format!("{vlan} is not in the range of the tag, {first} to {last}")));
        }
        if taken.binary_search(&vlan).is_ok() {
            let message = format!("VLAN {vlan} is enabled in \"{}\" already", domain.name);
            return Err(Error::conflict_of("vlan", message));
        }
        Ok(vlan)
    }
}

impl From<(Vlan, Domain)> for EnabledVlan {
    fn from((vlan, domain): (Vlan, Domain)) -> Self {
        Self::of(vlan, &domain)
    }
}
