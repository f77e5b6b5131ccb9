//! What happens to every request, whichever door it goes to: it gets an id, is measured, and is logged when it fails.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use access::{Access, Credentials, Peer, Secure};
use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, Method, StatusCode, header::AUTHORIZATION},
    response::Response,
};
use futures_util::future::{BoxFuture, FutureExt as _};
use kernel::{Actor, RequestId};
use tower::{Layer, Service};
use tracing::Instrument as _;

use super::{
    headers::protect,
    refusals::{Refusal, Refusals},
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// How much is noted of a name or a path, in characters.
const LONGEST: usize = 100;

/// A layer that observes requests. `strict` tells browsers that came over TLS, here or at a proxy, to do so always.
pub(super) fn observe(strict: bool, access: Access, refusals: Refusals) -> Observe {
    Observe { strict, access, refusals }
}

#[derive(Clone)]
pub(super) struct Observe {
    strict: bool,
    access: Access,
    refusals: Refusals,
}

impl<S> Layer<S> for Observe {
    type Service = Observed<S>;

    fn layer(&self, inner: S) -> Observed<S> {
        Observed { inner, observe: self.clone() }
    }
}

#[derive(Clone)]
pub(super) struct Observed<S> {
    inner: S,
    observe: Observe,
}

impl<S> Service<Request> for Observed<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Send,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let begun = Instant::now();
        let id = given(&request).unwrap_or_else(fresh);
        request.extensions_mut().insert(RequestId(id.clone()));
        let seen = Seen { id, door: door(request.uri().path()), method: request.method().clone() };
        let path: Arc<str> = request.uri().path().into();
        let strict = self.observe.strict && request.extensions().get() == Some(&Secure(true));
        let shown = Shown::of(&request);
        let peer = request.extensions().get::<Peer>().copied();
        let observe = self.observe.clone();
        let span = tracing::info_span!("request", id = &*seen.id);
        let answer = self.inner.call(request);
        async move {
            let mut response = answer.await?;
            seen.measure(response.status(), begun, &path);
            let forbidden = response.extensions().get::<api_v1::Forbidden>().is_some();
            let forbidden = forbidden || response.status() == StatusCode::FORBIDDEN;
            if shown.is_something() && (forbidden || response.status() == StatusCode::UNAUTHORIZED) {
                observe.refused(&seen, &shown, forbidden, peer, &path);
            }
            let headers = response.headers_mut();
            if let Ok(value) = HeaderValue::from_str(&seen.id) {
                headers.insert(REQUEST_ID, value);
            }
            protect(headers, &path, strict);
            Ok(response)
        }
        .instrument(span)
        .boxed()
    }
}

/// What a request has shown to be let in.
struct Shown {
    header: Option<HeaderValue>,
    signed: bool,
    /// Whether the body shows it, to open a session.
    signs_in: bool,
}

impl Shown {
    fn of(request: &Request) -> Self {
        let header = request.headers().get(AUTHORIZATION).cloned();
        let signed = header.is_none() && request.uri().query().is_some_and(|query| query.contains("hash="));
        let signs_in = request.method() == Method::POST && request.uri().path().starts_with("/api/v2/sessions");
        Self { header, signed, signs_in }
    }

    fn is_something(&self) -> bool {
        self.header.is_some() || self.signed || self.signs_in
    }
}

impl Observe {
    /// Notes that somebody who has shown credentials was refused. Who shows none has not tried anything.
    fn refused(&self, seen: &Seen, shown: &Shown, forbidden: bool, peer: Option<Peer>, path: &str) {
        let credentials = shown.header.as_ref().and_then(|header| Credentials::from_header(header.as_bytes()).ok());
        let request = RequestId(seen.id.clone());
        let person = credentials.as_ref().filter(|_| forbidden).and_then(|shown| self.access.recognise(shown).ok()?);
        let from = peer.map(|peer| format!(" from {}", peer.address)).unwrap_or_default();
        let who = match (&person, credentials) {
            (Some(person), _) => format!("\"{}\"", person.name),
            (None, Some(Credentials::Basic { name, .. })) => format!("\"{}\"", beginning(&name)),
            (None, Some(_)) => "The holder of a token".to_owned(),
            (None, None) if shown.signs_in => "Somebody who signs in".to_owned(),
            (None, None) if shown.signed => "The signer of a request".to_owned(),
            (None, None) => "Somebody with an Authorization header that can't be read".to_owned(),
        };
        let (category, verdict) =
            if forbidden { ("API", "was refused for lack of rights") } else { ("User", "was not let in") };
        let text = format!("{who}{from} {verdict}: {} {}", seen.method, beginning(path));
        let actor = match person {
            Some(person) => person.actor(request),
            // The name is only what somebody says, so it is not that of who acts.
            None => Actor { name: "unknown".into(), request, ..Actor::system("") },
        };
        self.refusals.note(Refusal { actor, category, text });
    }
}

/// As much of a text as is noted.
fn beginning(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

/// The id that the caller chose, when it is short and printable.
fn given(request: &Request) -> Option<Arc<str>> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let sound = (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
    sound.then(|| id.into())
}

/// A new id. It begins with the time, so that what comes together lies together in the index of the change log.
fn fresh() -> Arc<str> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    format!("{now:012x}{:012x}", rand::random::<u64>() >> 16).into()
}

fn door(path: &str) -> &'static str {
    match path {
        _ if path.starts_with("/api/v2/") => "v2",
        _ if path.starts_with("/api/v1/") => "v1",
        _ => "other",
    }
}

struct Seen {
    id: Arc<str>,
    door: &'static str,
    method: Method,
}

impl Seen {
    fn measure(&self, status: StatusCode, begun: Instant, path: &str) {
        let took = begun.elapsed();
        let class = match status.as_u16() / 100 {
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            _ => "5xx",
        };
        let method = match self.method {
            Method::GET => "GET",
            Method::POST => "POST",
            Method::PUT => "PUT",
            Method::PATCH => "PATCH",
            Method::DELETE => "DELETE",
            _ => "other",
        };
        metrics::counter!("platbook_requests_total", "door" => self.door, "method" => method, "status" => class)
            .increment(1);
        metrics::histogram!("platbook_request_seconds", "door" => self.door).record(took);
        let (code, micros) = (status.as_u16(), took.as_micros());
        if status.is_server_error() {
            tracing::warn!(method, path, status = code, micros, "a request failed");
        } else {
            tracing::debug!(method, path, status = code, micros, "a request was answered");
        }
    }
}
