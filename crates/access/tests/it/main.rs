//! Access through its doors, on both engines.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its functions as well")]

mod api_keys;
mod areas;
mod basic;
mod browser;
mod document;
mod door;
mod escalation;
mod explaining;
mod first_start;
mod groups;
mod limits;
mod login_methods;
mod mail;
mod master_key;
mod middleware;
mod oidc;
mod passkeys;
mod password_reset;
mod second_factor;
mod secrets;
mod sessions;
mod tokens;
mod users;
