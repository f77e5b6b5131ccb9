//! The layer that finds out who calls. It leaves a [`kernel::Actor`] in the request's extensions, for the doors.
//!
//! A request without credentials goes on without an actor; the doors refuse it where they need one. Wrong credentials
//! are answered here, in the form of the door to which the request was going.
//!
//! A browser sends the cookie of a session by itself, whoever made it send the request. So a cookie that is no longer
//! good is as good as none, and one that is good lets nobody change anything without the session's CSRF token.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    mem,
    task::{Context, Poll},
};

use axum::{
    extract::Request,
    http::{
        Extensions, Method, Uri,
        header::{AUTHORIZATION, COOKIE, ORIGIN},
    },
    response::Response,
};
use futures_util::future::{BoxFuture, Either, FutureExt as _};
use kernel::{Error, RequestId, Result};
use tower::{Layer, Service};

use crate::{
    Access, Credentials, Hidden, Person, Secure, TransportPolicy, random,
    session::{self, CSRF_HEADER, CurrentSession},
    sign_in::asks_only,
    transport::Peer,
};

/// Where the door of API v1 is, the only one that takes signed requests.
const V1: &str = "/api/v1/";

/// The header by which a client says how its password is to be checked: clients of ProVision send it.
const LOGIN_TYPE: &str = "x-login-type";

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
        let secure = request.extensions().get::<Secure>().copied();
        if session::signs_in(request.method(), request.uri().path()) {
            self.policy.check_password(secure)?;
        }
        let Some(credentials) = shown(request)? else { return Ok(None) };
        self.policy.check(secure, &credentials)?;
        let Some(person) = self.access.recognise(&credentials)? else { return Ok(Some(credentials)) };
        admit(&self.access, request, &credentials, &person)?;
        Ok(None)
    }
}

/// Lets somebody in who has proven who they are.
fn admit(access: &Access, request: &mut Request, credentials: &Credentials, person: &Person) -> Result<()> {
    check_bounds(person, request)?;
    if let Credentials::Session(secret) = credentials {
        let token = request.headers().get(CSRF_HEADER).map(|value| value.as_bytes());
        if !harmless(request.method(), request.uri()) && !access.is_csrf_token(secret, token.unwrap_or_default())? {
            return Err(Error::forbidden(
                "This request is authorised by the cookie of a session alone, which a page of somebody else could have \
                 made the browser send. Send the csrf_token of GET /api/v2/sessions/current in the header X-CSRF-Token.",
            ));
        }
        request.extensions_mut().insert(CurrentSession(secret.clone()));
    }
    let actor = person.actor(request_id(request.extensions()));
    request.extensions_mut().insert(actor);
    Ok(())
}

/// Refuses credentials that may not be used from where the request comes.
fn check_bounds(person: &Person, request: &Request) -> Result<()> {
    if person.bounds.is_everywhere() {
        return Ok(());
    }
    let origin = request.headers().get(ORIGIN).and_then(|origin| origin.to_str().ok());
    person.bounds.check(request.extensions().get::<Peer>().map(|peer| peer.address), origin)
}

/// Whether a request changes nothing. With API v1 a GET may.
fn harmless(method: &Method, uri: &Uri) -> bool {
    let asks = *method == Method::GET || *method == Method::HEAD || *method == Method::OPTIONS;
    asks && (!uri.path().starts_with(V1) || asks_only(uri.query().unwrap_or_default()))
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
    let mut request = request;
    let from = request.extensions().get::<Peer>().map(|peer| peer.address);
    let identified = access.identify(&credentials, from).await;
    let admitted = match identified {
        Err(Error::Unauthenticated(_)) if matches!(credentials, Credentials::Session(_)) => {
            let mut response = inner.call(request).await?;
            session::challenge(&mut response);
            return Ok(response);
        }
        identified => identified.and_then(|person| admit(&access, &mut request, &credentials, &person)),
    };
    match admitted {
        Ok(()) => inner.call(request).await,
        Err(error) => Ok(refuse(request.uri(), error)),
    }
}

/// The credentials that a request shows, if it does.
fn shown(request: &Request) -> Result<Option<Credentials>> {
    let (headers, uri) = (request.headers(), request.uri());
    if let Some(header) = headers.get(AUTHORIZATION) {
        let mut credentials = Credentials::from_header(header.as_bytes())?;
        if let Credentials::Basic { kind, .. } = &mut credentials {
            let said = headers.get(LOGIN_TYPE).map(|value| value.to_str().unwrap_or_default().trim());
            *kind = said.filter(|said| !said.is_empty()).map(|said| said.chars().take(64).collect());
        }
        return Ok(Some(credentials));
    }
    let query = uri.query().filter(|_| uri.path().starts_with(V1)).unwrap_or_default();
    if api_v1::SignedQuery::parse(query)?.is_some() {
        return Ok(Some(Credentials::Signed(Hidden(query.to_owned()))));
    }
    if session::signs_in(request.method(), uri.path()) {
        return Ok(None);
    }
    let tls = request.extensions().get::<Peer>().is_some_and(|peer| peer.tls);
    let cookies = headers.get_all(COOKIE).iter().map(|value| value.as_bytes());
    Ok(session::in_cookies(cookies, tls).map(Credentials::Session))
}

fn request_id(extensions: &Extensions) -> RequestId {
    extensions.get::<RequestId>().cloned().unwrap_or_else(random::request_id)
}

fn refuse(uri: &Uri, error: Error) -> Response {
    if uri.path().starts_with(V1) { api_v1::refuse(&error) } else { api_v2::refuse(error) }
}
