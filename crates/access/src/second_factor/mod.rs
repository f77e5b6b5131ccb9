//! Second factors: what somebody shows beside their password.
//!
//! [`wanted`] says of which a user has to show one. Where it is none, the password is enough.

mod api;
mod confirm;
mod enrol;
mod model;
mod proof;
mod read;
mod recovery;
mod remove;
mod row;
mod totp;

pub(crate) use api::routes;
pub use model::{Factor, NewTotp, RecoveryCodes, SecondFactor, Totp};
pub(crate) use proof::wrong;
pub(crate) use read::wanted;
pub(crate) use remove::delete_all_of;
