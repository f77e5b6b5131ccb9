//! Query parameters.

use axum::{extract::FromRequestParts, http::request::Parts};
use kernel::Error;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use crate::{Problem, wording};

/// The query parameters. A repeated parameter fills a list. Structs say `#[serde(deny_unknown_fields)]`, so that a
/// misspelt parameter is refused, with the names of those that exist, and doesn't silently widen a search.
///
/// A list with `limit`, `offset` and `page` takes [`crate::Paged`] instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Query<T>(
    /// What the query says.
    pub T,
);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Ok(Self(read(parts.uri.query().unwrap_or_default(), &[])?))
    }
}

/// Reads the text behind the question mark; `also` are parameters that exist, but are read by someone else.
pub(crate) fn read<T: DeserializeOwned>(query: &str, also: &[&str]) -> Result<T, Error> {
    if let Some(pair) = query.split('&').find(|pair| percent_decode_str(pair).decode_utf8().is_err()) {
        let name = pair.split('=').next().unwrap_or_default();
        return Err(Error::invalid(wording::shorten(name), "is not valid UTF-8 text"));
    }
    let deserializer = serde_html_form::Deserializer::from_bytes(query.as_bytes());
    serde_path_to_error::deserialize(deserializer)
        .map_err(|error| wording::explain("query", also, error.path(), &error.inner().to_string()))
}
