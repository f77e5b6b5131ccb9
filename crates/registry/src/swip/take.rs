//! Taking a block back in ARIN's books: first the network, then the customer who had nothing else.

use kernel::{Error, Result};

use super::{
    State,
    job::{Desk, Next},
};
use crate::arin::{Call, Net, Reply, Trouble};

impl Desk<'_> {
    /// One step: what is still at ARIN says which.
    pub(super) async fn take_back(&mut self) -> Result<Next> {
        let prefix = self.prefix;
        let Some(handle) = self.row.net_handle.clone() else {
            return match self.look(&Call::MostSpecificNet(prefix)).await? {
                Some(Reply::Net(net)) if net.is(prefix) => {
                    self.can_be_taken(&net)?;
                    self.save(|row| row.net_handle = Some(net.handle)).await?;
                    Ok(Next::Again)
                }
                _ => Err(Error::conflict(format!("{prefix} is not registered at ARIN."))),
            };
        };
        match self.look(&Call::Net(handle.clone())).await? {
            Some(Reply::Net(net)) => self.take_net(net).await,
            _ => self.take_customer().await,
        }
    }

    /// Refuses a network that is not what is to be taken back.
    fn can_be_taken(&self, net: &Net) -> Result<()> {
        let (handle, prefix) = (&net.handle, self.prefix);
        if !net.is(prefix) {
            return Err(Error::conflict(format!("{handle} is not {prefix} at ARIN any more; look at it there.")));
        }
        if !net.is_given_on() {
            let kind = &net.kind;
            return Err(Error::conflict(format!("{handle} is of kind {kind}: only what was given on is taken back.")));
        }
        Ok(())
    }

    async fn take_net(&mut self, net: Net) -> Result<Next> {
        self.can_be_taken(&net)?;
        if let Some(next) = self.ticket().await? {
            return Ok(next);
        }
        self.save(|row| {
            row.customer_handle = net.customer;
            if row.state == State::Draft {
                row.state = State::Validated;
                row.parent_net = net.parent;
            }
        })
        .await?;
        self.about_to_send("net").await?;
        match self.ask(&Call::RemoveNet(net.handle)).await? {
            Ok(Reply::Ticket(ticket)) => {
                self.save(|row| {
                    row.state = State::Ticket;
                    row.ticket = Some(ticket.number.clone());
                    row.sent = None;
                })
                .await?;
                Err(Error::Busy(format!("ARIN looks at it: ticket {}, {}.", ticket.number, ticket.status)))
            }
            Ok(_) | Err(Trouble::Absent(_)) => Ok(Next::Again),
            Err(Trouble::NotSent(why)) => Err(Error::Busy(why)),
            Err(Trouble::Lost(why)) => Ok(Next::Lost(why)),
            Err(Trouble::Refused(why)) => Err(Error::conflict(format!("ARIN refuses: {why}"))),
        }
    }

    async fn take_customer(&mut self) -> Result<Next> {
        let Some(handle) = self.row.customer_handle.clone() else { return self.taken(None).await };
        if self.look(&Call::Customer(handle.clone())).await?.is_none() {
            return self.taken(None).await;
        }
        self.about_to_send("customer").await?;
        match self.ask(&Call::RemoveCustomer(handle.clone())).await? {
            Ok(_) | Err(Trouble::Absent(_)) => Ok(Next::Again),
            Err(Trouble::NotSent(why)) => Err(Error::Busy(why)),
            Err(Trouble::Lost(why)) => Ok(Next::Lost(why)),
            // The network is gone; a customer who has something else stays.
            Err(Trouble::Refused(why)) => {
                self.taken(Some(format!("Customer {handle} stays at ARIN, which refuses: {why}"))).await
            }
        }
    }
}
