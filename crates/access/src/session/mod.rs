//! Sessions: how a browser stays signed in. It holds a random secret in a cookie that its scripts can't read; a request
//! that changes something shows as well that it comes from a page of ours.
//!
//! Other ways of signing in end here too: [`Access::sign_in_as`](crate::Access::sign_in_as) when a second factor may be
//! asked for, [`Access::open_session`](crate::Access::open_session) when everything has been proven.

mod api;
mod cookie;
mod door;
mod last_use;
mod model;
mod open;
mod pending;
mod read;
mod recent;
mod revoke;
mod row;
mod second_step;
mod sign_in;

pub(crate) use api::routes;
pub(crate) use cookie::{CSRF_HEADER, in_cookies};
pub use door::signed_in;
pub(crate) use door::{CurrentSession, challenge, signs_in};
pub(crate) use last_use::note_use;
pub use model::{EnrolStep, OpenSession, Pending, SecondStep, Session, SignIn, SignedIn, Visit};
pub(crate) use read::by_secret;
pub(crate) use revoke::delete_all_of;
pub(crate) use row::SessionRow;
