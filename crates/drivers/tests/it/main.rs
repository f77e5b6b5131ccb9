//! The drivers, each against a server on loopback: a strict fake where the real one is out of reach, the real one
//! everywhere else.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its functions as well")]

mod arin;
mod ldap;
mod logins;
mod oidc;
mod oidc_door;
mod rdap;
mod smtp;
