//! Approvals through both doors, as the program builds them, on both engines.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its functions as well")]

mod archive;
mod decisions;
mod execution;
mod policies;
mod waiting;
mod world;
