//! Lists: filtered, in parts.

use axum::{
    extract::{FromRequestParts, OriginalUri},
    http::{HeaderValue, Uri, header::LINK, request::Parts},
    response::{IntoResponse, Response},
};
use kernel::Page;
use serde::{Serialize, de::DeserializeOwned};

use crate::{Json, PageQuery, Problem, next_link, page::is_place, query::read};

/// The parameters of a list: its own filter, and `limit`, `offset`, `page`. In the OpenAPI document that is
/// `params(BlockQuery, PageQuery)`.
///
/// The filter must not flatten [`PageQuery`] into itself: serde would then read its numbers as text, and no longer
/// know which parameters exist.
#[derive(Debug, Clone)]
pub struct Paged<T> {
    /// The filter.
    pub query: T,
    /// Which part of the list is wanted.
    pub page: Page,
    uri: Uri,
}

/// The filter of a list that has none.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoFilter {}

impl<T> Paged<T> {
    /// The answer: this part of the list, with a `Link` to the next part when there is `more`.
    pub fn answer<R>(&self, rows: Vec<R>, more: bool) -> Listed<R> {
        Listed { rows, next: more.then(|| next_link(&self.uri, self.page)) }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Paged<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let pairs = parts.uri.query().unwrap_or_default().split('&');
        let (place, filter): (Vec<&str>, Vec<&str>) = pairs.partition(|pair| is_place(pair));
        let query = read(&filter.join("&"), &PageQuery::NAMES)?;
        let page = read::<PageQuery>(&place.join("&"), &[])?.try_into()?;
        // Below a nested router the plain URI lacks the base.
        let uri =
            parts.extensions.get::<OriginalUri>().map_or_else(|| parts.uri.clone(), |original| original.0.clone());
        Ok(Self { query, page, uri })
    }
}

/// A part of a list. In JSON a bare array; the next part, if there is one, in a `Link` header.
#[derive(Debug, Clone)]
pub struct Listed<R> {
    /// The entries.
    pub rows: Vec<R>,
    /// The value of the `Link` header.
    pub next: Option<String>,
}

impl<R: Serialize> IntoResponse for Listed<R> {
    fn into_response(self) -> Response {
        let mut response = Json(self.rows).into_response();
        if let Some(link) = self.next.and_then(|link| HeaderValue::try_from(link).ok()) {
            response.headers_mut().insert(LINK, link);
        }
        response
    }
}
