//! The door of API v1, `/api/v1/api.php`: how a call of the old kind is read, found, answered and refused.
//!
//! A slice lists its actions in an [`Actions`] table; [`router`] serves that table. What an action does, and
//! whether the actor may do it, is not known here. Who the actor is, a middleware finds out: it puts a
//! [`kernel::Actor`] into the request's extensions, checks signed requests with [`SignedQuery`], and turns
//! callers away with [`refuse`].
//!
//! The form is that of a PHP program: [`Params`] follows PHP's bracket rules, and [`php_json`] writes the bytes
//! that PHP's `json_encode` would.

mod actions;
mod answer;
mod door;
mod params;
pub mod php_json;
mod signature;

pub use actions::{Actions, Request};
pub use answer::Answer;
pub use door::{Forbidden, PATH, refuse, router};
pub use params::{MAX_BODY, MAX_DEPTH, MAX_NAME, MAX_PAIRS, MAX_VALUE, Param, Params};
pub use signature::{SignedQuery, sign};
