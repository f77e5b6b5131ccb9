//! Registries through their doors, on both engines, with an ARIN on loopback.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its functions as well")]
#![expect(clippy::panic, reason = "a node dies by panicking")]

mod duties;
mod failures;
mod lirs;
mod publishing;
mod swip;
mod swip_v1;
mod tickets;
mod whois;
mod world;
