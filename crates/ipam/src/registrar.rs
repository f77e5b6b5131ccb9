//! What the slice of registries, which stands above this one, has to say about blocks: to which LIRs they may be linked,
//! and which of them are registered.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use futures_util::future::BoxFuture;
use kernel::{BlockId, LirId, Result, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Db, Query, Tx};

/// Knows LIRs and registrations. Without one, any number is taken as an LIR, and no block is registered.
pub trait Registrar: Send + Sync + 'static {
    /// Refuses, as an error of the field `lirId`, an LIR that the actor may not see, or that is not of this RIR.
    fn check_lir<'a>(&'a self, tx: &'a mut Tx, lir: LirId, rir: &'a str) -> BoxFuture<'a, Result<()>>;

    /// Those of these blocks that are registered, in one question.
    fn registrations<'a>(
        &'a self,
        tx: &'a mut Tx,
        blocks: &'a [BlockId],
    ) -> BoxFuture<'a, Result<HashMap<BlockId, Registration>>>;

    /// The question that answers with the ids of all blocks that are registered, to stand behind `IN`.
    fn registered(&self) -> Query;
}

/// What a RIR has registered for a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The handle of the network, such as `NET-192-0-2-0-1`.
    pub net_handle: String,
    /// The handle of the customer; nothing when it was given to an organisation.
    pub customer_handle: Option<String>,
    /// The organisation that it was given to, or by.
    pub org_handle: Option<String>,
    /// When it was registered.
    pub registered_at: Timestamp,
}

/// The registrar of a database, beside its tables: whoever shows a block, through whichever door, finds it there.
#[derive(Default)]
struct Known(OnceLock<Arc<dyn Registrar>>);

/// Says who knows of registrations. The first one counts.
pub(crate) fn set(db: &Db, registrar: Arc<dyn Registrar>) {
    db.memory::<Known>().0.set(registrar).ok();
}

fn known(tx: &Tx) -> Option<Arc<dyn Registrar>> {
    tx.memory::<Known>().0.get().cloned()
}

/// Refuses an LIR that blocks of this RIR can't be linked to.
pub(crate) async fn check_lir(tx: &mut Tx, lir: Option<LirId>, rir: &str) -> Result<()> {
    match (lir, known(tx)) {
        (Some(lir), Some(registrar)) => registrar.check_lir(tx, lir, rir).await,
        _ => Ok(()),
    }
}

/// What is registered for these blocks.
pub(crate) async fn registrations(tx: &mut Tx, blocks: &[BlockId]) -> Result<HashMap<BlockId, Registration>> {
    match known(tx) {
        Some(registrar) if !blocks.is_empty() => registrar.registrations(tx, blocks).await,
        _ => Ok(HashMap::new()),
    }
}

/// The question for the ids of all registered blocks; nothing when nobody knows of any.
pub(crate) fn registered(tx: &Tx) -> Option<Query> {
    known(tx).map(|registrar| registrar.registered())
}
