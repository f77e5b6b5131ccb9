//! Dry runs: any write of API v2 can be shown before it is done, and then be done exactly as it was shown.
//!
//! The parameters `dry_run` and `commit` are taken off the request here, before any handler sees it, and become the
//! [`Terms`] of its actor. How a work is shown and compared is the business of whoever writes.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    mem,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{
        HeaderValue, Method, StatusCode, Uri,
        header::{CACHE_CONTROL, CONTENT_TYPE},
        request::Parts,
    },
    response::{IntoResponse as _, Response},
};
use futures_util::{
    StreamExt as _,
    future::{BoxFuture, Either, FutureExt as _},
    stream,
};
use kernel::{Actor, Error, Manner, Preview, Seen, Terms};
use ring::hmac;
use serde::Serialize;
use serde_json::Value;
use tower::{Layer, Service};
use utoipa::{
    ToSchema,
    openapi::{
        ContentBuilder, Ref,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::{ObjectBuilder, Type},
    },
};

use crate::{BASE, Problem};

/// The media type of the answer to a dry run, by which the document tells it from the usual answer.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.platbook.dry-run+json";
/// The largest body of a request that can be committed later.
const LARGEST: usize = 4 << 20;

const DRY_RUN: &str = "dry_run";
const COMMIT: &str = "commit";

/// What a write would do
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DryRun {
    /// The status that the request would be answered with.
    #[schema(example = 201)]
    status: u16,
    /// What the request would be answered with. What is made has the ids that it will have once it is committed.
    #[schema(value_type = Option<Object>)]
    answer: Value,
    /// What is done, as the change log names it.
    #[schema(example = "block.smart_assign")]
    action: Option<String>,
    /// What would be written: `[table, id, before, after]` for each record, as it will stand in the log.
    #[schema(value_type = Vec<Object>)]
    changes: Vec<Value>,
    /// The kinds of the jobs that it would start. What they do is not shown.
    jobs: Vec<String>,
    /// Whether others have to approve it, by the policies of the caller's groups.
    needs_approval: bool,
    /// Send the same request with `commit=` this to have exactly this done. Nothing when it needs approval, or changes
    /// nothing.
    commit_token: Option<String>,
    /// Until when the token is good.
    expires_at: Option<String>,
}

/// The two parameters, as the document shows them with every write.
pub(crate) fn parameters() -> [(&'static str, Parameter); 2] {
    let dry_run = ParameterBuilder::new()
        .name(DRY_RUN)
        .parameter_in(ParameterIn::Query)
        .description(Some(
            "Only show what would be done: everything is checked and done as it would be, and taken back. The answer is a \
             `DryRun`; what would be refused is refused in the same words. Writes that do more than change records \
             (files, secrets, several steps, jobs) refuse it, but for imports, whose job then only checks.",
        ))
        .schema(Some(ObjectBuilder::new().schema_type(Type::Boolean)));
    let commit = ParameterBuilder::new()
        .name(COMMIT)
        .parameter_in(ParameterIn::Query)
        .description(Some(
            "The `commit_token` of a dry run of the same request by the same caller, within an hour: it is done exactly as \
             it was shown, or refused (409, saying what is different).",
        ))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)));
    [("DryRun", dry_run.build()), ("Commit", commit.build())]
}

/// The answer to a dry run, for the document.
pub(crate) fn content() -> utoipa::openapi::Content {
    ContentBuilder::new().schema(Some(Ref::from_schema_name("DryRun"))).build()
}

/// The layer, inside of the one that finds out who calls. With the key it makes the fingerprints of requests; it must be
/// the same on all nodes.
pub fn dry_runs(key: &[u8; 32]) -> DryRuns {
    DryRuns(Arc::new(hmac::Key::new(hmac::HMAC_SHA256, key)))
}

/// See [`dry_runs`].
#[derive(Clone)]
pub struct DryRuns(Arc<hmac::Key>);

impl<S> Layer<S> for DryRuns {
    type Service = OnTerms<S>;

    fn layer(&self, inner: S) -> OnTerms<S> {
        OnTerms { key: self.0.clone(), inner }
    }
}

/// A service behind [`dry_runs`].
#[derive(Clone)]
pub struct OnTerms<S> {
    key: Arc<hmac::Key>,
    inner: S,
}

type Answer<F> =
    Either<F, Either<Ready<Result<Response, Infallible>>, BoxFuture<'static, Result<Response, Infallible>>>>;

impl<S> Service<Request> for OnTerms<S>
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

    fn call(&mut self, request: Request) -> Self::Future {
        match Wish::of(&request) {
            Ok(None) => Either::Left(self.inner.call(request)),
            Ok(Some(wish)) => {
                // The service that is ready, and not its copy, has to take the request.
                let copy = self.inner.clone();
                let inner = mem::replace(&mut self.inner, copy);
                Either::Right(Either::Right(on_terms(self.key.clone(), wish, request, inner).boxed()))
            }
            Err(error) => Either::Right(Either::Left(ready(Ok(Problem::from(error).into_response())))),
        }
    }
}

/// What the two parameters say.
struct Wish {
    manner: Manner,
    /// The address without them.
    uri: Uri,
}

impl Wish {
    /// Nothing for nearly all requests.
    fn of(request: &Request) -> kernel::Result<Option<Self>> {
        let query = request.uri().query().unwrap_or_default();
        let ours = (query.contains(DRY_RUN) || query.contains(COMMIT))
            && !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
            && request.uri().path().starts_with(BASE);
        if !ours {
            return Ok(None);
        }
        let (mut rest, mut manners, mut found) = (Vec::new(), Vec::new(), false);
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                DRY_RUN => match value {
                    "" | "true" | "1" => manners.push(Manner::Offer),
                    "false" | "0" => {}
                    _ => return Err(Error::invalid(DRY_RUN, "must be true or false")),
                },
                COMMIT => manners.push(Manner::Exactly(value.into())),
                _ => {
                    rest.push(pair);
                    continue;
                }
            }
            found = true;
        }
        if !found {
            return Ok(None);
        }
        if manners.len() > 1 {
            return Err(Error::invalid(COMMIT, "either dry_run or commit can be given, and once"));
        }
        let path = request.uri().path();
        let uri = if rest.is_empty() { path.to_owned() } else { format!("{path}?{}", rest.join("&")) };
        let uri = uri.parse().map_err(|_| Error::invalid("query", "can't be read"))?;
        Ok(Some(Self { manner: manners.pop().unwrap_or_default(), uri }))
    }
}

async fn on_terms<S>(key: Arc<hmac::Key>, wish: Wish, request: Request, mut inner: S) -> Result<Response, Infallible>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let (mut parts, body) = request.into_parts();
    let Wish { mut manner, uri } = wish;
    parts.uri = uri;
    let Some(actor) = parts.extensions.get::<Actor>().cloned().filter(|_| manner != Manner::Keep) else {
        return inner.call(Request::from_parts(parts, body)).await;
    };
    let (whole, body) = match peek(body, LARGEST).await {
        Ok(read) => read,
        Err(error) => return Ok(Problem::from(error).into_response()),
    };
    let fingerprint = match whole {
        Some(bytes) => fingerprint(&key, &parts, &bytes),
        // Whoever takes so much sees to dry runs itself.
        None if manner == Manner::Offer => {
            manner = Manner::Rehearse;
            String::new()
        }
        None => {
            return Ok(Problem::from(Error::TooLarge("This is too large to be committed.".to_owned())).into_response());
        }
    };
    let mut terms = actor.terms.as_deref().cloned().unwrap_or_default();
    let rehearses = manner != Manner::Keep && !matches!(manner, Manner::Exactly(_));
    (terms.manner, terms.request) = (manner, fingerprint.into());
    parts.extensions.insert(Actor { terms: Some(Arc::new(terms.clone())), ..actor });
    let response = inner.call(Request::from_parts(parts, body)).await?;
    Ok(if rehearses { shown(response, &terms).await } else { response })
}

/// The whole body when it is not larger than this, and the body to be read again.
pub async fn peek(body: Body, most: usize) -> kernel::Result<(Option<Bytes>, Body)> {
    let mut stream = body.into_data_stream();
    let (mut chunks, mut size) = (Vec::new(), 0);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| Error::invalid("body", "broke off before its end; send the request again"))?;
        size += chunk.len();
        chunks.push(chunk);
        if size > most {
            let begun = stream::iter(chunks.into_iter().map(Ok));
            return Ok((None, Body::from_stream(begun.chain(stream))));
        }
    }
    let whole = Bytes::from(chunks.concat());
    Ok((Some(whole.clone()), Body::from(whole)))
}

/// What tells a request from every other one. It can't be guessed from it what the request was, which may hold secrets.
fn fingerprint(key: &hmac::Key, parts: &Parts, body: &[u8]) -> String {
    let mut context = hmac::Context::with_key(key);
    let kind = parts.headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let uri = parts.uri.to_string();
    for part in [parts.method.as_str().as_bytes(), uri.as_bytes(), kind, body] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.sign().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The answer that would have been given, and what would have been done.
async fn shown(response: Response, terms: &Terms) -> Response {
    let seen = terms.seen();
    if seen.by_itself || !response.status().is_success() {
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return Problem::from(Error::internal("an answer broke off")).into_response();
    };
    let answer = serde_json::from_slice(&bytes).unwrap_or_default();
    match DryRun::new(parts.status, answer, seen) {
        Ok(shown) => {
            let headers = [(CONTENT_TYPE, MEDIA_TYPE), (CACHE_CONTROL, "no-store")];
            (StatusCode::OK, headers, axum::Json(shown)).into_response()
        }
        Err(error) => Problem::from(error).into_response(),
    }
}

impl DryRun {
    fn new(status: StatusCode, answer: Value, seen: Seen) -> kernel::Result<Self> {
        let Preview { action, changes, jobs, .. } = seen.preview.unwrap_or_default();
        let changes: Vec<Value> =
            if changes.is_empty() { Vec::new() } else { serde_json::from_str(&changes).map_err(Error::internal)? };
        let offer = seen.offer.filter(|_| !changes.is_empty());
        Ok(Self {
            status: status.as_u16(),
            answer,
            action: Some(action).filter(|action| !action.is_empty()),
            changes,
            jobs,
            needs_approval: seen.needs_approval,
            expires_at: offer.as_ref().map(|offer| offer.until.to_string()),
            commit_token: offer.map(|offer| offer.token),
        })
    }
}
