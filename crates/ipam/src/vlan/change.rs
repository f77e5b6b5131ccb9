//! Changing what is said of a VLAN.

use kernel::{Patch, Result, VlanId};
use store::{RequestKey, Tx, Work};

use super::{
    Vlan,
    model::{VlanPatch, name, notes},
    read::load,
};
use crate::{list, vlan_domain::Domain};

/// Changes the name and the notes of a VLAN.
pub(super) struct ChangeVlan {
    pub(super) id: VlanId,
    pub(super) patch: VlanPatch,
    pub(super) key: Option<RequestKey>,
}

impl Work for ChangeVlan {
    type Out = (Vlan, Domain);
    const NAME: &'static str = "vlan.change";

    async fn run(&self, tx: &mut Tx) -> Result<(Vlan, Domain)> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        list::allow(tx)?;
        let (old, domain) = load(tx, self.id).await?;
        let mut vlan = old.clone();
        match &self.patch.name {
            Patch::Keep => {}
            Patch::Clear => vlan.name = None,
            Patch::Set(text) => vlan.name = name(text)?,
        }
        match &self.patch.notes {
            Patch::Keep => {}
            Patch::Clear => vlan.notes = None,
            Patch::Set(text) => vlan.notes = notes(text)?,
        }
        if vlan != old {
            tx.update(&old, &mut vlan).await?;
        }
        let answer = (vlan, domain);
        tx.remember(self.key.as_ref(), &answer).await?;
        Ok(answer)
    }
}
