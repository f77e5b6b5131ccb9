//! Address space through its doors, on both engines.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its functions as well")]

mod adding;
mod aggregating;
mod bad_input;
mod custody;
mod direct_assign;
mod explaining;
mod filters;
mod golden_assign;
mod golden_blocks;
mod golden_lists;
mod golden_reports;
mod golden_tree;
mod holding;
mod hostile_input;
mod idempotency;
mod lists;
mod marking;
mod past;
mod permissions;
mod reports;
mod rules;
mod searching;
mod smart_assign;
mod sparse;
mod splitting;
mod states;
mod tags;
mod tenure;
mod unassign_all;
mod undoing;
mod updating;
mod v2_blocks;
mod vlans;
mod vrfs;
mod world;
