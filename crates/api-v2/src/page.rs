//! Which part of a list is wanted, and where the next one is.

use axum::http::Uri;
use kernel::{Error, FieldErrors, Page};
use serde::Deserialize;
use utoipa::IntoParams;

/// The parameters of every list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// How many to return at the most.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: Option<u32>,
    /// How many to leave out at the start. Give this or `page`.
    #[param(minimum = 0, default = 0)]
    pub offset: Option<u32>,
    /// The page of `limit` entries, counted from 1. Give this or `offset`.
    #[param(minimum = 1)]
    pub page: Option<u32>,
}

impl PageQuery {
    /// The names of the parameters.
    pub(crate) const NAMES: [&str; 3] = ["limit", "offset", "page"];
    /// The most that one answer of API v2 holds.
    pub const MOST: u32 = 1000;
}

impl TryFrom<PageQuery> for Page {
    type Error = Error;

    fn try_from(PageQuery { limit, offset, page }: PageQuery) -> Result<Self, Error> {
        let mut errors = FieldErrors::default();
        let limit = limit.unwrap_or(Self::USUAL);
        if !(1..=PageQuery::MOST).contains(&limit) {
            errors.push("limit", format!("must be 1 to {}", PageQuery::MOST));
        }
        if page.is_some() && offset.is_some() {
            errors.push("page", "can't be given together with offset; give one of the two");
        }
        // Pages count from 1, and the first begins at 0.
        let offset = match page.map(|page| page.checked_sub(1).and_then(|before| before.checked_mul(limit))) {
            Some(Some(offset)) => offset,
            Some(None) => {
                errors.push("page", "must be 1 or more, and begin before entry 4294967296 of the list");
                0
            }
            None => offset.unwrap_or(0),
        };
        errors.into_result()?;
        Ok(Self { offset, limit })
    }
}

/// The value of a `Link` header (RFC 8288) to the next part of a list: the same request, except for its place in
/// the list. `page` is the part that is answered now.
pub fn next_link(uri: &Uri, page: Page) -> String {
    let Page { offset, limit } = page;
    let kept = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !is_place(pair));
    let place = [format!("limit={limit}"), format!("offset={}", offset.saturating_add(limit))];
    let query: Vec<&str> = kept.chain(place.iter().map(String::as_str)).collect();
    format!("<{}?{}>; rel=\"next\"", uri.path(), query.join("&"))
}

/// Whether a `name=value` of a query is one of [`PageQuery`].
pub(crate) fn is_place(pair: &str) -> bool {
    pair.split('=').next().is_some_and(|name| PageQuery::NAMES.contains(&name))
}
