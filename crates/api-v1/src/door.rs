//! `/api/v1/api.php` itself.
//!
//! The HTTP status is 200 whether an action was done or refused, as it always was: clients look at `success`. Three
//! kinds of failure have a status of their own, since those who must react to them are often not the client but what
//! stands between: 401 for callers that nobody knows, 503 for "try again later", and 500 for our own faults.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Extension, RawQuery, State, rejection::BytesRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::any,
};
use kernel::{Actor, Error, Result};

use crate::{Actions, Answer, MAX_BODY, Params, Request, actions::Table, params::shorten};

/// Where the door is.
pub const PATH: &str = "/api/v1/api.php";

const SIGN_IN: &str = "Sign in to use the API: send a user name and password (HTTP Basic), a bearer token, or a URL \
                       signed with apiKey and hash.";

/// Serves the actions at [`PATH`]. It expects that a middleware has put the [`Actor`] into the request's extensions.
pub fn router<S: Clone + Send + Sync + 'static>(actions: Actions<S>) -> Router {
    Router::new()
        .route(PATH, any(enter))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(Arc::new(actions.into_table()))
}

/// Left in a response by which the caller hears that they lack a right, since its status does not say so.
#[derive(Debug, Clone, Copy)]
pub struct Forbidden;

/// An error as a response: the envelope with `success` 0, and the status that this page's head describes.
/// Our own faults are logged here.
pub fn refuse(error: &Error) -> Response {
    if let Error::Internal(text) = error {
        tracing::error!(error = %text, "an API v1 call failed");
    }
    let mut response = Answer::refusal(error).into_response();
    *response.status_mut() = status(error);
    if matches!(error, Error::Forbidden(_)) {
        response.extensions_mut().insert(Forbidden);
    }
    let (name, value) = match error {
        Error::Unauthenticated(_) => (header::WWW_AUTHENTICATE, "Basic realm=\"Platbook\", charset=\"UTF-8\""),
        Error::Busy(_) | Error::Stale(_) => (header::RETRY_AFTER, "1"),
        _ => return response,
    };
    response.headers_mut().insert(name, HeaderValue::from_static(value));
    response
}

const fn status(error: &Error) -> StatusCode {
    match error {
        Error::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
        Error::Busy(_) | Error::Stale(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        Error::Forbidden(_) | Error::NotFound(_) | Error::Invalid(_) | Error::Conflict(_) | Error::TooLarge(_) => {
            StatusCode::OK
        }
    }
}

async fn enter(
    State(table): State<Arc<Table>>,
    method: Method,
    actor: Option<Extension<Actor>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    if method != Method::GET && method != Method::POST {
        return wrong_method();
    }
    let Some(Extension(actor)) = actor else {
        return refuse(&Error::Unauthenticated(SIGN_IN.to_owned()));
    };
    let answer = async {
        let params = read(query.as_deref().unwrap_or_default(), &headers, body).await?;
        table.answer(Request { actor, params }).await
    };
    match answer.await {
        Ok(answer) => answer.into_response(),
        Err(error) => refuse(&error),
    }
}

/// HEAD is not served either: a GET may change something, and who sends HEAD does not expect that.
fn wrong_method() -> Response {
    let error = Error::invalid("method", "API v1 is called with GET or POST");
    let mut response = Answer::refusal(&error).into_response();
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
    response
}

/// The parameters of the query and the body; where both have a name, that of the body counts.
async fn read(query: &str, headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Params> {
    let mut params = Params::from_form(query.as_bytes())?;
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Error::TooLarge(format!("The body is too large; at most {MAX_BODY} bytes (4 MiB) may be sent in one call."))
        }
        _ => Error::invalid("body", "could not be read to its end"),
    })?;
    let sent = read_body(headers, &body).await?;
    if params.has("hash") {
        forbid_replacing(&params, &sent)?;
    }
    params.merge(sent);
    Ok(params)
}

/// The signature of a URL does not cover the body. Someone who finds a signed URL in a log must not be able to turn it
/// into another call by sending a body with it.
fn forbid_replacing(signed: &Params, sent: &Params) -> Result<()> {
    match sent.keys().find(|name| signed.has(name)) {
        None => Ok(()),
        Some(name) => Err(Error::invalid(
            shorten(name),
            "is in the signed URL already, and the body may not replace what is signed",
        )),
    }
}

async fn read_body(headers: &HeaderMap, body: &Bytes) -> Result<Params> {
    if body.is_empty() {
        return Ok(Params::default());
    }
    let content_type = headers.get(header::CONTENT_TYPE).map_or("", |value| value.to_str().unwrap_or("?"));
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media_type.as_str() {
        "" | "application/x-www-form-urlencoded" => Params::from_form(body),
        "application/json" => Params::from_json_body(body),
        "multipart/form-data" => Params::from_multipart(content_type, body).await,
        _ => Err(Error::invalid(
            "Content-Type",
            "the body must be sent as application/x-www-form-urlencoded, multipart/form-data or application/json",
        )),
    }
}
