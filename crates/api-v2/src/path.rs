//! Path parameters.

use axum::{
    extract::{FromRequestParts, RawPathParams, path::ErrorKind, rejection::PathRejection},
    http::{StatusCode, request::Parts},
};
use kernel::Error;
use serde::de::DeserializeOwned;

use crate::{Problem, wording};

/// The parameters of the path, percent-decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Path<T>(
    /// What the path says.
    pub T,
);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) => {
                // A path read into anything but a struct is read without the names of its parameters.
                let names = RawPathParams::from_request_parts(parts, state)
                    .await
                    .map(|params| params.iter().map(|(name, _)| name.to_owned()).collect())
                    .unwrap_or_default();
                Err(explain(rejection, names))
            }
        }
    }
}

fn explain(rejection: PathRejection, names: Vec<String>) -> Problem {
    let PathRejection::FailedToDeserializePathParams(failure) = rejection else {
        return Error::internal(rejection).into();
    };
    let name = |index| names.into_iter().nth(index).unwrap_or_else(|| "path".to_owned());
    match failure.into_kind() {
        ErrorKind::ParseErrorAtKey { key, value, expected_type } => wrong(key, &value, expected_type),
        ErrorKind::ParseErrorAtIndex { index, value, expected_type } => wrong(name(index), &value, expected_type),
        ErrorKind::ParseError { value, expected_type } => wrong(name(0), &value, expected_type),
        ErrorKind::DeserializeError { key, message, .. } => Error::invalid(key, message).into(),
        ErrorKind::Message(message) => Error::invalid(name(0), message).into(),
        ErrorKind::InvalidUtf8InPathParam { key } => {
            Problem::new(StatusCode::BAD_REQUEST, format!("\"{key}\" in the path is not UTF-8 text."))
        }
        other => Error::internal(other).into(),
    }
}

fn wrong(name: String, value: &str, expected: &str) -> Problem {
    let value = wording::shorten(value);
    Error::invalid(name, format!("must be {}, not \"{value}\"", wording::wanted(expected))).into()
}
