//! The name a client gives to a write, so that it can safely be sent again.

use axum::{extract::FromRequestParts, http::request::Parts};
use kernel::Error;

use crate::Problem;

/// The `Idempotency-Key` header of a write, if there is one: 1 to 200 printable ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(
    /// The key as the client wrote it.
    pub Option<String>,
);

impl IdempotencyKey {
    /// The name of the header.
    pub const HEADER: &str = "Idempotency-Key";
    /// The longest key, in characters.
    pub const LONGEST: usize = 200;
}

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(Self::HEADER).iter();
        let Some(value) = values.next() else { return Ok(Self(None)) };
        let allowed = |key: &&str| (1..=Self::LONGEST).contains(&key.len()) && !key.contains('\t');
        match value.to_str().ok().filter(allowed) {
            Some(key) if values.next().is_none() => Ok(Self(Some(key.to_owned()))),
            _ => {
                let rule = "must be 1 to 200 printable ASCII characters, and be given once";
                Err(Error::invalid(Self::HEADER, rule).into())
            }
        }
    }
}
