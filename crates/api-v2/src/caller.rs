//! Who calls.

use axum::{extract::FromRequestParts, http::request::Parts};
use kernel::{Actor, Error};

use crate::Problem;

/// The caller, whom a middleware has recognised and left in the request's extensions. A handler that takes it
/// answers 401 to everyone else.
#[derive(Debug, Clone)]
pub struct Caller(
    /// Who it is, and what they may do.
    pub Actor,
);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Actor>().cloned().map(Self).ok_or_else(|| {
            let how = "Sign in with HTTP Basic (user name and password) or with \"Authorization: Bearer TOKEN\".";
            Error::Unauthenticated(how.to_owned()).into()
        })
    }
}
