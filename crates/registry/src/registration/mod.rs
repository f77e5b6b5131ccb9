//! What is registered for a block, as it stands on the block.

use std::collections::HashMap;

use futures_util::future::BoxFuture;
use ipam::{Registrar, Registration};
use kernel::{BlockId, LirId, ResourceId, Result, Timestamp};
use store::{Query, Tx, params};

use crate::{lir, swip::Action};

store::record! {
    /// What a registry has for a block.
    pub struct RegistrationRow in "registration" secret [] part_of [("block_id", "block")] {
        /// Its id.
        id: i64,
        /// How often it changed.
        version: i64,
        /// The block. Nothing is registered twice for one.
        block_id: BlockId,
        /// The LIR through which it was registered.
        lir_id: LirId,
        /// The resource for which it was registered.
        resource_id: ResourceId,
        /// The range that was registered.
        cidr: String,
        /// How it was given.
        action: Action,
        /// The network's handle.
        net_handle: String,
        /// The network's name.
        net_name: Option<String>,
        /// The customer's handle.
        customer_handle: Option<String>,
        /// The organisation that has it, or that gave it to the customer.
        org_handle: Option<String>,
        /// When it was registered, or found to be.
        registered_at: Timestamp,
    }
}

impl From<RegistrationRow> for Registration {
    fn from(row: RegistrationRow) -> Self {
        Self {
            net_handle: row.net_handle,
            customer_handle: row.customer_handle,
            org_handle: row.org_handle,
            registered_at: row.registered_at,
        }
    }
}

/// Tells `ipam` what it shows of registrations, and to which LIRs blocks may be linked.
pub(crate) struct Registrations;

impl Registrar for Registrations {
    fn check_lir<'a>(&'a self, tx: &'a mut Tx, lir: LirId, rir: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(lir::check(tx, lir, rir))
    }

    fn registrations<'a>(
        &'a self,
        tx: &'a mut Tx,
        blocks: &'a [BlockId],
    ) -> BoxFuture<'a, Result<HashMap<BlockId, Registration>>> {
        Box::pin(async move {
            let rows = tx.find::<RegistrationRow>("block_id = ANY($1)", params![blocks]).await?;
            Ok(rows.into_iter().map(|row| (row.block_id, row.into())).collect())
        })
    }

    fn registered(&self) -> Query {
        Query::new("SELECT block_id FROM registration")
    }
}
