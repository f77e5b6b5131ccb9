//! Who must agree before an action is done.
//!
//! - `policy`: what a group may do: allowed, denied, or needing the approval of other groups.
//! - `submission`: a request that waits for approval, kept as a value; decisions; what became of it.
//! - `door`: the layer around the doors that keeps such a request, and answers that it waits.
//!
//! The rule is asked in one place, by the name of the work, when a person's request writes; so it covers every door and
//! every action. When all have agreed, the request itself is sent through the same doors once more, as the submitter.

pub mod action;
mod door;
mod policy;
mod submission;

use std::sync::{Arc, OnceLock, Weak};

use access::{Access, MasterKey};
use store::{Db, Migration, job::Jobs};

use crate::door::Router;

pub use door::{Gate, Gated};
pub use policy::{Effect, NewPolicy, Policy};
pub use submission::{State, Submission};

/// The steps of this slice's schema.
pub const MIGRATIONS: &[Migration] = &[Migration { name: "approvals/0001", sql: include_str!("migrations/0001.sql") }];

/// Said to all nodes after a change of policies.
pub(crate) const SIGNAL: &str = "approvals";
/// Held by every change of policies and submissions.
pub(crate) const LOCK: &str = "approvals";

/// The slice, opened. Cheap to clone.
#[derive(Clone)]
pub struct Approvals {
    pub(crate) db: Db,
    pub(crate) access: Access,
    pub(crate) key: MasterKey,
    /// The doors, through which approved requests go. Known from when they are built until the server stops.
    pub(crate) doors: Arc<OnceLock<Weak<Router>>>,
}

impl Approvals {
    /// On this database. Requests that wait are sealed with the key.
    pub fn new(db: Db, access: Access, key: MasterKey) -> Self {
        Self { db, access, key, doors: Arc::default() }
    }
}

/// The operations of API v2.
pub fn v2(approvals: &Approvals) -> api_v2::Routes {
    policy::api::routes(approvals).merge(submission::api::routes(approvals))
}

/// The slice's kinds of jobs.
pub fn jobs(jobs: Jobs, approvals: &Approvals) -> Jobs {
    jobs.with(submission::Execute(approvals.clone())).with(submission::Archive(approvals.clone()))
}
