//! Mail to people: what any slice above may send, and the settings of the server that takes it.
//!
//! A mail is put into the job queue by the transaction that wants it sent, so it goes out if and only if that is kept.
//! What carries it to the server implements [`MailCarrier`].

mod api;
mod carrier;
mod enqueue;
mod forget;
mod letter;
mod model;
mod read;
mod row;
mod send;
mod set;
mod try_out;

pub(crate) use api::routes;
pub(crate) use carrier::NoCarrier;
pub use carrier::{MailCarrier, MailLogin, MailServer};
pub use letter::Mail;
pub(crate) use letter::is_address;
pub use model::{MailSecurity, MailSettings, NewMailSettings};
pub use read::mail_is_set_up;
pub(crate) use read::require_set_up;
pub(crate) use send::SendMail;
