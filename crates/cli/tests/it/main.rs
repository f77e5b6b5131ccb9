//! The commands against a strict server of our own: what they ask for, what they print, and how they end.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its functions as well")]

mod approval;
mod completions;
mod connection;
mod contact;
mod dry_run;
mod error;
mod group;
mod import;
mod ipam;
mod job;
mod resource;
mod search;
mod server;
mod terminal;
mod tls;
mod token;
mod usage;
mod user;
