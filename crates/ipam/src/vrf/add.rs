//! Adding a VRF.

use kernel::{Error, Result, VrfId};
use store::{RequestKey, Tx, Work, params};

use super::{
    NO_VRF, Vrf,
    model::{NewVrf, notes},
    route_distinguisher::checked,
};
use crate::list;

/// Adds a VRF.
pub(super) struct AddVrf {
    pub(super) new: NewVrf,
    pub(super) key: Option<RequestKey>,
}

impl Work for AddVrf {
    type Out = Vrf;
    const NAME: &'static str = "vrf.add";

    async fn run(&self, tx: &mut Tx) -> Result<Vrf> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        list::allow(tx)?;
        let name = free_name(tx, &self.new.name, None).await?;
        let given = self.new.route_distinguisher.as_deref().filter(|text| !text.trim().is_empty());
        let route_distinguisher = match given {
            Some(text) => Some(free_distinguisher(tx, text, None).await?),
            None => None,
        };
        let notes = self.new.notes.as_deref().map(notes).transpose()?.flatten();
        let vrf = Vrf { id: VrfId(tx.new_id::<Vrf>().await?), version: 1, name, route_distinguisher, notes };
        tx.insert(&vrf).await?;
        tx.remember(self.key.as_ref(), &vrf).await?;
        Ok(vrf)
    }
}

/// The name, if no other VRF has it.
pub(super) async fn free_name(tx: &mut Tx, name: &str, own: Option<VrfId>) -> Result<String> {
    let name = list::entry("name", name)?;
    let taken = tx.find::<Vrf>("name = $1", params![name]).await?.pop();
    match taken.filter(|vrf| own != Some(vrf.id)) {
        Some(other) => Err(Error::conflict_of("name", format!("the VRF {} has the name \"{name}\" already", other.id))),
        None => Ok(name),
    }
}

/// The route distinguisher, if no other VRF has it.
pub(super) async fn free_distinguisher(tx: &mut Tx, text: &str, own: Option<VrfId>) -> Result<String> {
    let distinguisher = checked(text)?;
    let taken = tx.find::<Vrf>("route_distinguisher = $1", params![distinguisher]).await?.pop();
    match taken.filter(|vrf| own != Some(vrf.id)) {
        Some(other) => {
            let message = format!("{distinguisher} is that of the VRF \"{}\"", other.name);
            Err(Error::conflict_of("route_distinguisher", message))
        }
        None => Ok(distinguisher),
    }
}

/// Makes the VRF that is always there, unless it is.
pub(crate) async fn first_vrf(tx: &mut Tx) -> Result<()> {
    if tx.get::<Vrf>(NO_VRF).await?.is_some() {
        return Ok(());
    }
    // Its id is not to be given to another one. A start that failed may have taken it before.
    tx.new_id::<Vrf>().await?;
    tx.insert(&Vrf { id: NO_VRF, version: 1, name: "No VRF".to_owned(), route_distinguisher: None, notes: None }).await
}
