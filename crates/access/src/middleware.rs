//! The layer that finds out who calls. It leaves a [`kernel::Actor`] in the request's extensions, for the doors.
//!
//! A request without credentials goes on without an actor; the doors refuse it where they need one. Wrong credentials
//! are answered here, in the form of the door to which the request was going.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    mem,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    extract::Request,
    http::{
        Extensions, HeaderMap, Uri,
        header::{AUTHORIZATION, ORIGIN},
    },
    response::Response,
};
use futures_util::future::{BoxFuture, Either, FutureExt as _};
use kernel::{Error, RequestId, Result};
use tower::{Layer, Service};

use crate::{Access, Credentials, Hidden, Peer, Person, Secure, TransportPolicy, random};

/// Where the door of API v1 is, the only one that takes signed requests.
const V1: &str = "/api/v1/";

/// A layer for everything that wants to know who calls. Outside of it belong the layers that leave a
/// [`RequestId`] and [`Secure`] in the request's extensions.
pub fn recognise(access: &Access, policy: TransportPolicy) -> Recognise {
    Recognise { access: access.clone(), policy }
}

/// See [`recognise`].
#[derive(Clone)]
pub struct Recognise {
    access: Access,
    policy: TransportPolicy,
}

impl<S> Layer<S> for Recognise {
    type Service = Recognised<S>;

    fn layer(&self, inner: S) -> Recognised<S> {
        Recognised { recognise: self.clone(), inner }
    }
}

/// A service behind [`recognise`].
#[derive(Clone)]
pub struct Recognised<S> {
    recognise: Recognise,
    inner: S,
}

/// What is known at once needs no future of its own: not the requests without credentials, nor those whose
/// credentials were proven a moment ago, nor refusals that need no look into the database.
type Answer<F> =
    Either<F, Either<Ready<Result<Response, Infallible>>, BoxFuture<'static, Result<Response, Infallible>>>>;

impl<S> Service<Request> for Recognised<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answer<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        match self.recognise.at_once(&mut request) {
            Ok(None) => Either::Left(self.inner.call(request)),
            Ok(Some(credentials)) => {
                // The service that is ready, and not its copy, has to take the request.
                let copy = self.inner.clone();
                let inner = mem::replace(&mut self.inner, copy);
                Either::Right(Either::Right(prove(self.recognise.access.clone(), credentials, request, inner).boxed()))
            }
            Err(error) => Either::Right(Either::Left(ready(Ok(refuse(request.uri(), error))))),
        }
    }
}

impl Recognise {
    /// Does what can be done without waiting. Answers with the credentials that have to be proven still.
    fn at_once(&self, request: &mut Request) -> Result<Option<Credentials>> {
        let Some(credentials) = shown(request.headers(), request.uri())? else { return Ok(None) };
        self.policy.check(request.extensions().get::<Secure>().copied(), &credentials)?;
        let Some(person) = self.access.recognise(&credentials)? else { return Ok(Some(credentials)) };
        check_bounds(&person, request.extensions(), request.headers())?;
        let id = request_id(request.extensions());
        request.extensions_mut().insert(person.actor(id));
        Ok(None)
    }
}

async fn prove<S>(
    access: Access,
    credentials: Credentials,
    request: Request,
    mut inner: S,
) -> Result<Response, Infallible>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let (mut parts, body) = request.into_parts();
    let identified = access.identify(&credentials).await;
    let allowed =
        identified.and_then(|person| check_bounds(&person, &parts.extensions, &parts.headers).map(|()| person));
    match allowed {
        Ok(person) => {
            let id = request_id(&parts.extensions);
            parts.extensions.insert(person.actor(id));
            inner.call(Request::from_parts(parts, body)).await
        }
        Err(error) => Ok(refuse(&parts.uri, error)),
    }
}

/// Refuses credentials that may not be used from where the request comes.
fn check_bounds(person: &Person, extensions: &Extensions, headers: &HeaderMap) -> Result<()> {
    if person.bounds.is_everywhere() {
        return Ok(());
    }
    let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    person.bounds.check(extensions.get::<Peer>().copied(), origin)
}

/// The credentials that a request shows, if it does.
fn shown(headers: &HeaderMap, uri: &Uri) -> Result<Option<Credentials>> {
    if let Some(header) = headers.get(AUTHORIZATION) {
        return Credentials::from_header(header.as_bytes()).map(Some);
    }
    let query = uri.query().filter(|_| uri.path().starts_with(V1)).unwrap_or_default();
    let signed = api_v1::SignedQuery::parse(query)?;
    Ok(signed.map(|_| Credentials::Signed(Hidden(query.to_owned()))))
}

fn request_id(extensions: &Extensions) -> RequestId {
    extensions
        .get::<RequestId>()
        .cloned()
        .unwrap_or_else(|| RequestId(Arc::from(random::text(random::HEXADECIMAL, 16))))
}

fn refuse(uri: &Uri, error: Error) -> Response {
    if uri.path().starts_with(V1) { api_v1::refuse(&error) } else { api_v2::refuse(error) }
}
