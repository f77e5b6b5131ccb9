//! The end of a change: what ARIN has is written on the block.

use kernel::Result;
use store::{Tx, Work, params};

use super::{
    Action, State, SwipRow,
    job::{Desk, Next},
};
use crate::{arin::Net, registration::RegistrationRow};

impl Desk<'_> {
    /// ARIN has given the block away as it was wanted.
    pub(super) async fn given(&mut self, net: Net, message: Option<String>) -> Result<Next> {
        let rest = if message.is_none() && self.row.doubts > 0 {
            self.drop_customers(net.customer.as_deref()).await?
        } else {
            String::new()
        };
        let message = message.or_else(|| (!rest.is_empty()).then(|| format!("It is registered{rest}.")));
        self.end(Some(net), true, message).await
    }

    /// ARIN has the block for somebody else: that is kept on the block.
    pub(super) async fn keep_found(&mut self, net: Net) -> Result<()> {
        self.end(Some(net), false, None).await.map(drop)
    }

    /// ARIN has taken the block back.
    pub(super) async fn taken(&mut self, message: Option<String>) -> Result<Next> {
        self.end(None, true, message).await
    }

    async fn end(&mut self, net: Option<Net>, over: bool, message: Option<String>) -> Result<Next> {
        let work = Finish { before: self.row.clone(), net, over, message };
        self.row = self.context.db.write(&self.context.actor, work).await?;
        Ok(Next::Again)
    }
}

/// Writes what ARIN has on the block, and that the change is over.
struct Finish {
    before: SwipRow,
    /// What ARIN has now; nothing when it has nothing any more.
    net: Option<Net>,
    /// Whether that is what was wanted.
    over: bool,
    message: Option<String>,
}

impl Work for Finish {
    type Out = SwipRow;
    const NAME: &'static str = "swip.finish";

    async fn run(&self, tx: &mut Tx) -> Result<SwipRow> {
        let Self { before, net, .. } = self;
        let mut after = before.clone();
        let known = tx.find::<RegistrationRow>("block_id = $1", params![before.block_id]).await?.pop();
        match (net, known) {
            (None, None) => {}
            (None, Some(known)) => tx.delete(&known).await?,
            (Some(net), known) => {
                let id = match &known {
                    Some(known) => known.id,
                    None => tx.new_id::<RegistrationRow>().await?,
                };
                let action = if net.customer.is_some() { Action::SimpleReassign } else { before.action };
                let mut row = RegistrationRow {
                    id,
                    version: 1,
                    block_id: before.block_id,
                    lir_id: before.lir_id,
                    resource_id: before.resource_id,
                    cidr: before.cidr.clone(),
                    action,
                    net_handle: net.handle.clone(),
                    net_name: net.name.clone(),
                    customer_handle: net.customer.clone(),
                    org_handle: net.org.clone().or_else(|| Some(before.entity_handle.clone())),
                    registered_at: tx.now(),
                };
                match known {
                    Some(known) => tx.update(&known, &mut row).await?,
                    None => tx.insert(&row).await?,
                }
                // What was found for somebody else is not this change's.
                if self.over {
                    after.net_handle = Some(net.handle.clone());
                    after.customer_handle.clone_from(&net.customer);
                }
            }
        }
        if self.over {
            after.state = State::Done;
            after.message.clone_from(&self.message);
            after.sent = None;
            after.sent_at = None;
        }
        after.changed_at = tx.now();
        tx.update(before, &mut after).await?;
        Ok(after)
    }
}
