//! Access through its doors, on both engines.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its functions as well")]

mod api_keys;
mod basic;
mod document;
mod door;
mod escalation;
mod first_start;
mod groups;
mod mail;
mod master_key;
mod middleware;
mod secrets;
mod tokens;
mod users;
