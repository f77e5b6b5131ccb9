//! The store from outside: what it promises, on both engines.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, in its functions as well"
)]

mod audit_chain;
mod backup_damage;
mod backups;
mod batches;
mod change_log;
mod checks;
mod counters;
mod crash;
mod groups;
mod ids;
mod job_runs;
mod job_workers;
mod job_world;
mod merging;
mod opening;
mod past;
mod pending;
mod reading_the_log;
mod requests;
mod retention;
mod signals;
mod terms;
mod transactions;
mod versions;
mod world;
