//! Passkeys (WebAuthn): keys that a person's device holds and never gives away. A passkey proves by itself who somebody is,
//! since the device demands a finger, a face or a PIN; beside a password it is the second factor.
//!
//! One profile is taken, by `webauthn-rs`: the user is verified, the device need not say of which make it is
//! (attestation "none"), and a counter that goes back is refused.

mod api;
mod change;
mod delete;
mod model;
mod prove;
mod read;
mod register;
mod relying_party;
mod row;

pub(crate) use api::routes;
pub(crate) use delete::delete_all_of;
pub use model::{NewPasskey, Passkey, PasskeyAnswer, PasskeyChallenge, PasskeyPatch};
pub(crate) use read::count_of;
pub(crate) use row::PasskeyRow;
