//! Access through its doors, on both engines.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its functions as well")]

mod api_keys;
mod basic;
mod browser;
mod document;
mod door;
mod escalation;
mod first_start;
mod groups;
mod login_methods;
mod master_key;
mod middleware;
mod oidc;
mod passkeys;
mod second_factor;
mod secrets;
mod sessions;
mod tokens;
mod users;
