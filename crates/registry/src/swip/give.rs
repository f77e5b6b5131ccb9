//! Giving a block to somebody in ARIN's books.

use kernel::{Error, Result};

use super::{
    Action, State,
    job::{Desk, Next},
};
use crate::arin::{Call, Net, NewNet, Reply, To, Trouble};

impl Desk<'_> {
    /// One step: what is at ARIN says which.
    pub(super) async fn give(&mut self) -> Result<Next> {
        let prefix = self.prefix;
        let Some(Reply::Net(net)) = self.look(&Call::MostSpecificNet(prefix)).await? else {
            return Err(Error::conflict(format!("ARIN knows no network that contains {prefix}.")));
        };
        if net.is(prefix) && net.is_given_on() {
            return if self.is_ours(&net) { self.given(net, None).await } else { self.found(net).await };
        }
        self.may_give(&net)?;
        if let Some(next) = self.ticket().await? {
            return Ok(next);
        }
        if self.row.state == State::Draft {
            self.save(|row| {
                row.state = State::Validated;
                row.parent_net = Some(net.handle.clone());
            })
            .await?;
        }
        let to = match (self.row.action, self.row.customer_handle.clone(), self.row.recipient.clone()) {
            (Action::SimpleReassign, Some(handle), _) => To::Customer(handle),
            (Action::SimpleReassign, None, _) => return self.make_customer(&net.handle).await,
            (_, _, Some(org)) => self.recipient(org).await?,
            (_, _, None) => return Err(Error::internal("a reassignment has nobody to be given to")),
        };
        let part = NewNet { prefix, name: self.row.net_name.clone(), to };
        let call = match self.row.action {
            Action::Reallocate => Call::Reallocate { parent: net.handle, net: part },
            _ => Call::Reassign { parent: net.handle, net: part },
        };
        self.send_net(&call).await
    }

    async fn send_net(&mut self, call: &Call) -> Result<Next> {
        self.about_to_send("net").await?;
        match self.ask(call).await? {
            Ok(Reply::Net(net)) if net.is(self.prefix) => self.given(net, None).await,
            Ok(Reply::Ticket(ticket)) => {
                self.save(|row| {
                    row.state = State::Ticket;
                    row.ticket = Some(ticket.number.clone());
                    row.sent = None;
                })
                .await?;
                Err(Error::Busy(format!("ARIN looks at it: ticket {}, {}.", ticket.number, ticket.status)))
            }
            Ok(_) => Ok(Next::Lost("ARIN answers with something else than the network.".to_owned())),
            Err(Trouble::NotSent(why)) => {
                self.save(|row| row.sent = None).await?;
                Err(Error::Busy(why))
            }
            Err(Trouble::Lost(why)) => Ok(Next::Lost(why)),
            Err(Trouble::Refused(why) | Trouble::Absent(why)) => self.refused(why).await,
        }
    }

    /// ARIN refuses. It may be because an earlier request has arrived late, so another look comes first.
    async fn refused(&mut self, why: String) -> Result<Next> {
        if let Some(Reply::Net(net)) = self.look(&Call::MostSpecificNet(self.prefix)).await?
            && net.is(self.prefix)
            && self.is_ours(&net)
        {
            return self.given(net, None).await;
        }
        Err(Error::conflict(format!("ARIN refuses: {why}")))
    }

    /// Whether a network with the range of the block is the one that was asked for.
    fn is_ours(&self, net: &Net) -> bool {
        match self.row.action {
            Action::SimpleReassign => net.customer.is_some() && net.customer == self.row.customer_handle,
            _ => net.org.is_some() && net.org == self.row.recipient && net.name.as_ref() == Some(&self.row.net_name),
        }
    }

    /// Refuses a network of which the LIR can't give a part away.
    fn may_give(&self, net: &Net) -> Result<()> {
        let (prefix, handle) = (self.prefix, &net.handle);
        if !net.can_be_given_on() {
            let kind = &net.kind;
            let message = format!("{prefix} lies in {handle}, which is of kind {kind}: parts of it can't be given on.");
            return Err(Error::conflict(message));
        }
        match &net.org {
            Some(org) if *org != self.row.entity_handle => {
                let ours = &self.row.entity_handle;
                Err(Error::conflict(format!(
                    "{prefix} lies in {handle}, which ARIN has given to {org}, not to {ours}."
                )))
            }
            _ => Ok(()),
        }
    }

    /// The organisation that gets the block, if ARIN knows it.
    async fn recipient(&self, org: String) -> Result<To> {
        match self.look(&Call::Org(org.clone())).await? {
            Some(_) => Ok(To::Org(org)),
            None => Err(Error::conflict_of("recipient", format!("ARIN knows no organisation {org}."))),
        }
    }

    /// Somebody has registered the block already: what ARIN has is kept. If that is what was wanted, this is the end; if
    /// it is for somebody else, a person has to take it back first.
    async fn found(&mut self, net: Net) -> Result<Next> {
        let wanted = self.row.new_customer()?.map(|customer| customer.name);
        let name = match &net.customer {
            Some(handle) => match self.look(&Call::Customer(handle.clone())).await? {
                Some(Reply::Customer(customer)) => Some(customer.name),
                _ => None,
            },
            None => net.org.clone(),
        };
        let is_wanted = match (&wanted, &name) {
            (Some(wanted), Some(name)) => wanted.eq_ignore_ascii_case(name),
            (None, _) => net.org.is_some() && net.org == self.row.recipient,
            _ => false,
        };
        let rest = self.drop_customers(net.customer.as_deref()).await?;
        let (prefix, handle) = (self.prefix, net.handle.clone());
        let whose = name.unwrap_or_else(|| "somebody".to_owned());
        let message = format!("ARIN had {prefix} already as {handle}, for {whose}; that was kept{rest}");
        if is_wanted {
            return self.given(net, Some(format!("{message}."))).await;
        }
        self.keep_found(net).await?;
        Err(Error::conflict(format!("{message}. Deassign it first.")))
    }
}
