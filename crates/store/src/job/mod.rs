//! Background jobs: rows of a table, put there in the transaction that wants them, run by a worker of any node.
//!
//! A job is leased while it runs and the lease is renewed; when its node dies, another one takes it over after the
//! lease has run out and runs it from the start, so jobs are idempotent. A job that fails is tried again, later each
//! time, unless it was refused; one that has failed for good stays as a dead letter, to be looked at and tried again by
//! a person.

mod pieces;
mod queue;
mod report;
mod running;
mod worker;

pub use pieces::Pieces;
pub use queue::{JobLine, JobState, NewJob, Status, cancel, counts, lines, retry, state};
pub use worker::{ActorOf, Job, JobContext, Jobs, Worker};
