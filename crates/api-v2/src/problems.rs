//! Every refusal of API v2 is a problem document that names its request, whoever refused it.

use axum::{
    body::Body,
    extract::Request,
    http::{
        StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE, WWW_AUTHENTICATE},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use kernel::RequestId;

use crate::{BASE, Problem, problem::MEDIA_TYPE};

/// A middleware for `axum::middleware::from_fn`, to be put around everything that may refuse a request but inside
/// the one that leaves the [`RequestId`] in the request's extensions. It puts that id into each [`Problem`], and makes
/// a problem of what axum and other layers answer below [`BASE`] in words of their own (405, 408, 413, 429, 500).
pub async fn problems(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    let ours = request.uri().path().strip_prefix(BASE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let mut response = next.run(request).await;
    let problem = response.extensions_mut().remove::<Problem>();
    match problem.or_else(|| (ours && !is_problem(&response)).then(|| foreign(response.status())).flatten()) {
        Some(problem) => {
            let instance = id.map(|id| id.to_string()).or(problem.instance);
            replace(response, Problem { instance, ..problem })
        }
        None => response,
    }
}

fn is_problem(response: &Response) -> bool {
    response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(MEDIA_TYPE.as_bytes()))
}

/// The problem behind a refusal of which only the status is known.
fn foreign(status: StatusCode) -> Option<Problem> {
    let detail = match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            "This method is not allowed here. The methods that are: see the Allow header."
        }
        StatusCode::REQUEST_TIMEOUT => "The request took too long, and was given up.",
        StatusCode::PAYLOAD_TOO_LARGE => "The body is larger than this server takes.",
        StatusCode::TOO_MANY_REQUESTS => "Too many requests. Wait a little before the next one.",
        StatusCode::INTERNAL_SERVER_ERROR => "Something went wrong on the server. It has been logged.",
        other if other.is_client_error() || other.is_server_error() => "The request was refused.",
        _ => return None,
    };
    Some(Problem::new(status, detail))
}

/// The problem's body and headers over the headers that are there already, such as `Allow`. Who has named a way to sign
/// in knows better than the problem.
fn replace(response: Response, problem: Problem) -> Response {
    let (mut parts, _) = response.into_parts();
    let (new, body) = problem.into_response().into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    let challenge = parts.headers.remove(WWW_AUTHENTICATE);
    parts.headers.extend(new.headers);
    if let Some(challenge) = challenge {
        parts.headers.insert(WWW_AUTHENTICATE, challenge);
    }
    Response::from_parts(parts, Body::new(body))
}
