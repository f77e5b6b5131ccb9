//! What every answer tells browsers, so that nothing of ours can be turned against the person in front of one.

use axum::http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
        X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// A year: the browser will not try plain HTTP in that time.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");
/// An answer of an API is data: a browser that shows it as a page loads nothing and runs nothing.
const DATA: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
/// The pages of Swagger UI bring their own scripts, and style what they draw.
const PAGES: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);

/// Adds them. `strict` says that the browser came over TLS, and shall always do so. What a door has set stands.
pub(super) fn protect(headers: &mut HeaderMap, path: &str, strict: bool) {
    let page = path.starts_with("/dev/");
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(if page { PAGES } else { DATA });
    if !page && !headers.contains_key(ETAG) {
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    if strict {
        headers.insert(STRICT_TRANSPORT_SECURITY, HSTS);
    }
}
