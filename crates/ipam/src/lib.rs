//! Address space.
//!
//! - `block`: IP blocks and all that is done with them
//! - `profile`: the attributes by which blocks are chosen, interned
//! - `space`: the index of free leaves
//! - `rule`: positions that are kept back in blocks
//! - `vlan_domain`, `vlan`: VLANs, and the domains in which their numbers mean something
//! - `column`: what an instance calls the columns of its own
//! - `vrf`: routing tables in which the same addresses may be in use
//! - `list`: the lists of registries, tags, regions and sizes
//! - `report`: utilisation and the mask report
//! - `import`: blocks from CSV and from the registries' statistics files

mod block;
mod check;
mod column;
pub mod events;
mod import;
mod list;
mod profile;
mod quota;
mod registrar;
mod report;
mod rule;
mod space;
mod undo;
mod vlan;
mod vlan_domain;
mod vrf;

use std::{collections::HashMap, sync::Arc};

use futures_util::future::BoxFuture;
use kernel::{Actor, ResourceId, Result};
use resources::Guard;
use store::{Batcher, Db, Migration, Tx, params};

pub use block::{
    Block, FoundBlock, HeldBlock, Netblock, State, Unregistered, blocks_around, blocks_of, held_block, search,
    unregistered,
};
pub use check::{Difference, check};
pub use registrar::{Registrar, Registration};
pub use report::leaves;
pub use undo::{BlockUndo, plan_undo};

/// The slice's steps of the schema.
pub const MIGRATIONS: &[Migration] = &[
    Migration { name: "ipam/0001", sql: include_str!("migrations/0001.sql") },
    Migration { name: "ipam/0002", sql: include_str!("migrations/0002.sql") },
    Migration { name: "ipam/0003", sql: include_str!("migrations/0003.sql") },
    Migration { name: "ipam/0004", sql: include_str!("migrations/0004.sql") },
    Migration { name: "ipam/0005", sql: include_str!("migrations/0005.sql") },
    Migration { name: "ipam/0006", sql: include_str!("migrations/0006.sql") },
    Migration { name: "ipam/0007", sql: include_str!("migrations/0007.sql") },
    Migration { name: "ipam/0008", sql: include_str!("migrations/0008.sql") },
    Migration { name: "ipam/0009", sql: include_str!("migrations/0009.sql") },
    Migration { name: "ipam/0010", sql: include_str!("migrations/0010.sql") },
];

/// Tables whose content follows from blocks, or that only carry something on its way.
pub const DERIVED: &[&str] = &["block_profile", "block_count", "block_journal", "block_gone", "import_piece"];

/// The slice, opened. Cheap to clone.
#[derive(Clone)]
pub struct Ipam {
    pub(crate) db: Db,
    pub(crate) smart_assign: Batcher<block::SmartAssignBatch>,
}

impl Ipam {
    /// On this database.
    pub fn new(db: Db) -> Self {
        Self { smart_assign: Batcher::new(db.clone()), db }
    }

    /// Asks this slice above which LIRs and registrations there are.
    #[must_use]
    pub fn with_registrar(self, registrar: Arc<dyn Registrar>) -> Self {
        registrar::set(&self.db, registrar);
        self
    }

    /// Fills the lists at the first start.
    pub async fn bootstrap(&self) -> Result<()> {
        self.db.write(&Actor::system("first start"), FirstStart).await
    }

    /// Brings the index of free space into memory, so that the first assignment need not wait for it.
    pub async fn warm(&self) -> Result<()> {
        self.db.write(&Actor::system("start"), Warm).await
    }
}

/// The actions of API v1 with target `ipam`.
pub fn v1(ipam: &Ipam) -> api_v1::Actions {
    api_v1::Actions::new(())
        .merge(block::v1::actions(ipam))
        .merge(list::v1::actions(ipam))
        .merge(report::v1::actions(ipam))
}

/// The operations of API v2.
pub fn v2(ipam: &Ipam) -> api_v2::Routes {
    block::api::routes(ipam)
        .merge(list::api::routes(ipam))
        .merge(report::api::routes(ipam))
        .merge(import::api::routes(ipam))
        .merge(rule::api::routes(ipam))
        .merge(vlan_domain::api::routes(ipam))
        .merge(vlan::api::routes(ipam))
        .merge(vrf::api::routes(ipam))
        .merge(column::api::routes(ipam))
}

/// The operations of API v2 on the quotas of groups, which belong to the family of groups.
pub fn v2_groups(ipam: &Ipam) -> api_v2::Routes {
    quota::routes(ipam)
}

/// The slice's kinds of jobs.
pub fn jobs(jobs: store::job::Jobs) -> store::job::Jobs {
    jobs.with(import::Import)
}

struct FirstStart;

impl store::Work for FirstStart {
    type Out = ();
    const NAME: &'static str = "ipam.first_start";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        tx.lock("ipam first start").await?;
        list::first_rirs(tx).await?;
        vlan_domain::first_domain(tx).await?;
        vrf::first_vrf(tx).await
    }
}

struct Warm;

impl store::Work for Warm {
    type Out = ();
    const NAME: &'static str = "ipam.warm";

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        space::Edit::begin(tx).await.map(drop)
    }
}

/// Keeps resources that hold blocks from being deleted.
pub fn guard() -> Arc<dyn Guard> {
    Arc::new(HoldsBlocks)
}

struct HoldsBlocks;

impl Guard for HoldsBlocks {
    fn holds<'a>(
        &'a self,
        tx: &'a mut Tx,
        ids: &'a [ResourceId],
    ) -> BoxFuture<'a, Result<HashMap<ResourceId, String>>> {
        Box::pin(async move {
            // Whoever assigns a block looks its new holder up under this lock: either the block is seen here, or
            // the holder is gone there.
            tx.lock(space::LOCK).await?;
            let text = "SELECT holder, COUNT(*) FROM block WHERE holder <> 2 AND holder = ANY($1) GROUP BY holder";
            let rows = tx.rows(text, params![ids]).await?;
            rows.into_iter()
                .map(|mut row| Ok((row.take(0)?, format!("it holds {} IP blocks", row.take::<i64>(1)?))))
                .collect()
        })
    }
}
