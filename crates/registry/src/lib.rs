//! Regional Internet registries: what they know of our blocks, and what we tell them.
//!
//! - `lir`: our accounts at the registries
//! - `swip`: registering blocks at ARIN, and taking that back
//! - `registration`: what is registered, as it stands on the block
//! - `duty`: blocks that have to be registered soon
//! - [`Publication`]: what the world may ask of our networks, by RDAP and WHOIS
//! - [`arin`]: what is said to ARIN, which `drivers` puts on the wire

pub mod arin;
mod duty;
mod lir;
mod publish;
mod registration;
mod swip;

use std::{sync::Arc, time::Duration};

use access::MasterKey;
use kernel::{Error, Result};
use resources::{Guard, Resources};
use store::{Db, Migration, job::Jobs};

use crate::arin::Arin;
pub use lir::{Lir, LirPatch, NewLir};
pub use publish::{Client, Limit, Publication};
pub use swip::{Action, NewSwip, State, Swip};

/// The steps of the schema.
pub const MIGRATIONS: &[Migration] = &[Migration { name: "registry/0001", sql: include_str!("migrations/0001.sql") }];

/// Tables without a change log: what was said to a registry is itself a log, and never changes.
pub const DERIVED: &[&str] = &["swip_exchange"];

/// How long ARIN's public directory may need to show what was registered, in seconds.
const SETTLE_SECONDS: i64 = 15 * 60;
/// How long a call of API v1 waits for its end.
const PATIENCE: Duration = Duration::from_secs(20);

/// The slice, opened. Cheap to clone.
#[derive(Clone)]
pub struct Registry {
    db: Db,
    resources: Resources,
    master_key: MasterKey,
    arin: Option<Arc<dyn Arin>>,
    settle_seconds: i64,
    patience: Duration,
}

impl Registry {
    /// On this database. LIRs are resources, and their keys are sealed with the master key.
    pub fn new(db: Db, resources: Resources, master_key: MasterKey) -> Self {
        Self { db, resources, master_key, arin: None, settle_seconds: SETTLE_SECONDS, patience: PATIENCE }
    }

    /// Registers blocks there.
    #[must_use]
    pub fn with_arin(self, arin: Arc<dyn Arin>) -> Self {
        Self { arin: Some(arin), ..self }
    }

    /// Lets calls of API v1 wait this long for their end.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    fn arin(&self) -> Result<&Arc<dyn Arin>> {
        self.arin.as_ref().ok_or_else(|| Error::conflict("This server is not told where ARIN is (PLATBOOK_ARIN)."))
    }
}

/// Says what `ipam` wants to know of registries.
pub fn registrar() -> Arc<dyn ipam::Registrar> {
    Arc::new(registration::Registrations)
}

/// Keeps LIRs from being deleted as if they were nothing but resources.
pub fn guard() -> Arc<dyn Guard> {
    lir::guard()
}

/// The actions of API v1 with target `ipam`.
pub fn v1(registry: &Registry) -> api_v1::Actions<Registry> {
    swip::v1::actions(registry)
}

/// The operations of API v2.
pub fn v2(registry: &Registry) -> api_v2::Routes {
    lir::api::routes(registry).merge(swip::api::routes(registry)).merge(duty::api::routes(registry))
}

/// The slice's kinds of jobs.
pub fn jobs(jobs: Jobs, registry: &Registry) -> Jobs {
    jobs.with(swip::PushSwip(registry.clone()))
}
