//! The product from outside: the real program as a process, clients that remember every answer they got, and a ledger
//! that notices when two of them were promised the same address.
//!
//! What goes wrong here fails the test at once, with a sentence: nothing returns a `Result` but what a killed server
//! may well refuse.
#![expect(clippy::panic, clippy::unwrap_used, reason = "whatever goes wrong here fails the test")]

mod client;
mod crowd;
mod ledger;
mod person;
mod program;
mod server;
mod setting;

pub use client::{Client, Lost, Reply};
pub use crowd::crowd;
pub use ledger::Ledger;
pub use person::Person;
pub use server::Server;
pub use setting::Setting;
