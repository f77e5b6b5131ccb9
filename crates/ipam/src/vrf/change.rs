//! Changing a VRF.

use kernel::{Error, Patch, Result, VrfId};
use store::{RequestKey, Tx, Work};

use super::{
    NO_VRF, Vrf,
    add::{free_distinguisher, free_name},
    model::{VrfPatch, notes},
    read::load,
};
use crate::list;

/// Changes a VRF.
pub(super) struct ChangeVrf {
    pub(super) id: VrfId,
    pub(super) patch: VrfPatch,
    pub(super) key: Option<RequestKey>,
}

impl Work for ChangeVrf {
    type Out = Vrf;
    const NAME: &'static str = "vrf.change";

    async fn run(&self, tx: &mut Tx) -> Result<Vrf> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        list::allow(tx)?;
        let old = load(tx, self.id).await?;
        let mut vrf = old.clone();
        if let Some(name) = &self.patch.name {
            vrf.name = free_name(tx, name, Some(self.id)).await?;
        }
        match &self.patch.route_distinguisher {
            Patch::Keep => {}
            Patch::Clear => vrf.route_distinguisher = None,
            Patch::Set(text) if text.trim().is_empty() => vrf.route_distinguisher = None,
            Patch::Set(_) if self.id == NO_VRF => {
                let message =
                    format!("\"{}\" has no route distinguisher: it is the table of what is in no VRF", old.name);
                return Err(Error::conflict_of("route_distinguisher", message));
            }
            Patch::Set(text) => vrf.route_distinguisher = Some(free_distinguisher(tx, text, Some(self.id)).await?),
        }
        match &self.patch.notes {
            Patch::Keep => {}
            Patch::Clear => vrf.notes = None,
            Patch::Set(text) => vrf.notes = notes(text)?,
        }
        if vrf != old {
            tx.update(&old, &mut vrf).await?;
        }
        tx.remember(self.key.as_ref(), &vrf).await?;
        Ok(vrf)
    }
}
