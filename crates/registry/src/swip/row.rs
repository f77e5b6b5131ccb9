//! The table.

use kernel::{BlockId, Error, JobId, LirId, Prefix, ResourceId, Result, Timestamp};

use super::{Action, State};
use crate::arin::Customer;

store::record! {
    /// A change at a registry on its way.
    pub struct SwipRow in "swip" secret [] part_of [("block_id", "block")] {
        /// Its id.
        id: i64,
        /// How often it changed.
        version: i64,
        /// The block.
        block_id: BlockId,
        /// The LIR through which it is done.
        lir_id: LirId,
        /// Who holds the block.
        resource_id: ResourceId,
        /// The range of the block when it was wanted.
        cidr: String,
        /// What is done.
        action: Action,
        /// How far it has got.
        state: State,
        /// The organisation of the LIR.
        entity_handle: String,
        /// The organisation that gets the block, where it is one.
        recipient: Option<String>,
        /// The name of the network.
        net_name: String,
        /// The customer that is made for it, as JSON; nothing where there is no customer, or ARIN knows them already.
        customer: Option<String>,
        /// The network of which the block is a part.
        parent_net: Option<String>,
        /// The customer's handle.
        customer_handle: Option<String>,
        /// The network's handle.
        net_handle: Option<String>,
        /// The write of which nobody knows what became: `customer` or `net`.
        sent: Option<String>,
        /// Since when.
        sent_at: Option<Timestamp>,
        /// How often a customer was made anew because nothing was heard of an earlier one.
        doubts: i64,
        /// The ticket that somebody at the registry looks at.
        ticket: Option<String>,
        /// What is to be said of it.
        message: Option<String>,
        /// The job that carries it out.
        job_id: Option<JobId>,
        /// When it was wanted.
        created_at: Timestamp,
        /// When it last got further.
        changed_at: Timestamp,
    }
}

impl SwipRow {
    /// The range of the block.
    pub(crate) fn prefix(&self) -> Result<Prefix> {
        self.cidr.parse().map_err(Error::internal)
    }

    /// The customer that is to be made, if one is, with the mark by which they are known again.
    pub(crate) fn new_customer(&self) -> Result<Option<Customer>> {
        let Some(text) = &self.customer else { return Ok(None) };
        let customer: Customer = serde_json::from_str(text).map_err(Error::internal)?;
        Ok(Some(Customer { comment: vec![self.mark()], ..customer }))
    }

    /// A line that no other customer has in their comment.
    pub(crate) fn mark(&self) -> String {
        format!("Reference {}-{}", self.id, self.created_at.0)
    }
}
