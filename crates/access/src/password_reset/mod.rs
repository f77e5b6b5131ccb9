//! A new password for somebody who has lost theirs, by mail.
//!
//! Whoever asks learns nothing about who has an account: what was asked is put into the queue as it came, and a job
//! looks whether there is somebody. The mail goes to the address that is known already, and brings a token that sets
//! one password within the hour.

mod api;
mod ask;
mod complete;
mod job;
mod pace;
mod row;

pub(crate) use api::routes;
pub use ask::ResetRequest;
pub(crate) use job::MailReset;
pub(crate) use pace::Pace;
pub(crate) use row::forget;
