//! The program as people run it: a process of its own, seen from outside.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its functions as well")]

mod admin;
mod audit;
mod backup;
mod contacts;
mod database;
mod demo;
mod log;
mod openapi;
mod platbook;
mod publishing;
mod rights;
mod searching;
mod secrets;
mod serving;
mod transport;
mod undo;
