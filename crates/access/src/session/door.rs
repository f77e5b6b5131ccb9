//! What the doors share where somebody signs in: where a visit comes from, and the answer that carries the cookie.

use std::convert::Infallible;

use api_v2::{BASE, Json};
use axum::{
    extract::FromRequestParts,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{CACHE_CONTROL, SET_COOKIE, USER_AGENT, WWW_AUTHENTICATE},
        request::Parts,
    },
    response::{IntoResponse as _, Response},
};
use kernel::{Error, RequestId};

use super::{SignedIn, Visit, cookie};
use crate::{hidden::Hidden, random, transport::Peer};

/// Left by the middleware in a request that is authorised by its cookie: the session's secret.
#[derive(Debug, Clone)]
pub(crate) struct CurrentSession(pub(crate) Hidden<String>);

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>().copied();
        let agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let request = parts.extensions.get::<RequestId>().cloned().unwrap_or_else(random::request_id);
        Ok(Self { address: peer.map(|peer| peer.address), tls: peer.is_some_and(|peer| peer.tls), agent, request })
    }
}

/// Whether a request to this path signs somebody in. Such a request can't belong to a session, whatever its cookies say:
/// who signs in must not be held up by what is left of an earlier session.
pub(crate) fn signs_in(method: &Method, path: &str) -> bool {
    let below = path.strip_prefix(BASE).and_then(|path| path.strip_prefix("/sessions"));
    *method == Method::POST && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The answer to a sign-in. An open session is 201, and its cookie is set; when the second factor is wanted, it is 202
/// and nothing is set.
pub fn signed_in(signed_in: SignedIn, tls: bool) -> api_v2::Result<Response> {
    let mut response = match signed_in {
        SignedIn::Pending(pending) => (StatusCode::ACCEPTED, Json(pending)).into_response(),
        SignedIn::Open(open) => {
            let cookie = set_cookie(&cookie::set(&open.secret, tls))?;
            (StatusCode::CREATED, cookie, Json(open)).into_response()
        }
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The answer to a sign-out.
pub(super) fn signed_out(tls: bool) -> api_v2::Result<Response> {
    Ok((StatusCode::NO_CONTENT, set_cookie(&cookie::clear(tls))?).into_response())
}

fn set_cookie(value: &str) -> api_v2::Result<HeaderMap> {
    let value = HeaderValue::from_str(value).map_err(Error::internal)?;
    Ok(HeaderMap::from_iter([(SET_COOKIE, value)]))
}

/// Names the page as the way to sign in. Where HTTP Basic is named, a browser asks for a password by itself, which is of
/// no use to somebody who works in a page.
pub(crate) fn challenge(response: &mut Response) {
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Session realm=\"Platbook\""));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_posted_to_sessions_signs_in() {
        assert!(signs_in(&Method::POST, "/api/v2/sessions"));
        assert!(signs_in(&Method::POST, "/api/v2/sessions/second_factor"));
        assert!(!signs_in(&Method::DELETE, "/api/v2/sessions/current"));
        assert!(!signs_in(&Method::POST, "/api/v2/sessionsx") && !signs_in(&Method::POST, "/sessions"));
    }
}
