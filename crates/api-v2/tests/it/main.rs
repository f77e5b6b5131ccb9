//! The door, seen from outside: a small example slice, and what a client gets from it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its functions as well")]

mod bodies;
mod document;
mod example;
mod headers;
mod lists;
mod paths;
mod refusals;
mod swagger;
