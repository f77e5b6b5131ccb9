//! A dry run: what would be sent, word for word, and nothing is.

use kernel::{Actor, Error, Result};

use super::{Action, NewSwip, plan::plan};
use crate::{
    Registry,
    arin::{Call, NewNet, Rendered, Reply, To, Trouble},
};

/// What ARIN gives a handle to only when it is made.
const TO_BE_GIVEN: &str = "HANDLE-OF-THE-CUSTOMER";

impl Registry {
    /// What a change would send, after a look at ARIN, which says of which network the block is a part.
    pub async fn preview_swip(&self, actor: &Actor, new: &NewSwip) -> Result<Vec<Rendered>> {
        let arin = self.arin()?;
        let mut tx = self.db.read(actor).await?;
        let plan = plan(&mut tx, new).await?;
        drop(tx);
        let prefix = plan.block.prefix;
        let key = plan.lir.api_key(&self.master_key)?;
        let net = match arin.send(&key, &Call::MostSpecificNet(prefix)).await.outcome {
            Ok(Reply::Net(net)) => net,
            Ok(_) | Err(Trouble::Absent(_)) => {
                return Err(Error::conflict(format!("ARIN knows no network that contains {prefix}.")));
            }
            Err(Trouble::NotSent(why) | Trouble::Lost(why)) => return Err(Error::Busy(why)),
            Err(Trouble::Refused(why)) => return Err(Error::conflict(format!("ARIN refuses: {why}"))),
        };
        let mut calls = Vec::new();
        let registered = net.is(prefix) && net.is_given_on();
        match (plan.action, registered) {
            (Action::Deassign, true) => {
                calls.push(Call::RemoveNet(net.handle));
                calls.extend(net.customer.map(Call::RemoveCustomer));
            }
            (Action::Deassign, false) => {
                return Err(Error::conflict(format!("{prefix} is not registered at ARIN.")));
            }
            (_, true) => {
                return Err(Error::conflict(format!("ARIN has {prefix} already as {}.", net.handle)));
            }
            (action, false) => {
                let parent = net.handle;
                calls.extend(plan.customer.map(|customer| Call::CreateCustomer { parent: parent.clone(), customer }));
                let to = match plan.recipient {
                    Some(org) => To::Org(org),
                    None => To::Customer(plan.customer_handle.unwrap_or_else(|| TO_BE_GIVEN.to_owned())),
                };
                let net = NewNet { prefix, name: plan.net_name, to };
                calls.push(match action {
                    Action::Reallocate => Call::Reallocate { parent, net },
                    _ => Call::Reassign { parent, net },
                });
            }
        }
        Ok(calls.iter().map(|call| arin.render(call)).collect())
    }
}
