//! What is refused, in the form of RFC 9457 (problem details). The only place where an error gets an HTTP status.

use axum::{
    Json,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use kernel::{Error, FieldError, Obstacle};
use serde::Serialize;
use utoipa::ToSchema;

/// The result of every handler of API v2.
pub type Result<T> = std::result::Result<T, Problem>;

/// The media type of a problem (RFC 9457, section 3).
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "about:blank", "title": "Unprocessable Entity", "status": 422,
    "detail": "mask: must be a whole number from 0 to 255, not the text \"a\"", "instance": "4f1c2a",
    "errors": [{"field": "mask", "detail": "must be a whole number from 0 to 255, not the text \"a\""}]
}))]
pub struct Problem {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The name of the status.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What was refused, for a person.
    pub detail: String,
    /// The id of the request, by which the server's log knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// What is wrong with each field or parameter.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
}

/// One thing that is wrong with one field or parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// The field or parameter as the caller named it, such as `mask` or `attrs[0].key`; `body` for the body as a whole.
    pub field: String,
    /// The rule it breaks, and what to do.
    pub detail: String,
}

impl Problem {
    /// A problem with this status and sentence. What has a [`kernel::Error`] is made from that instead.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            instance: None,
            errors: Vec::new(),
        }
    }

    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        if let Error::Internal(text) = &error {
            tracing::error!(error = %text, "internal error");
        }
        let problem = Self::new(status(&error), error.public());
        match error {
            Error::Invalid(fields) => {
                Self { errors: fields.0.into_iter().map(FieldProblem::from).collect(), ..problem }
            }
            Error::Conflict(Obstacle { field: Some(field), message }) => {
                Self { errors: vec![FieldProblem { field, detail: message }], ..problem }
            }
            _ => problem,
        }
    }
}

impl From<FieldError> for FieldProblem {
    fn from(FieldError { field, message }: FieldError) -> Self {
        Self { field, detail: message }
    }
}

fn status(error: &Error) -> StatusCode {
    match error {
        Error::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
        Error::Forbidden(_) => StatusCode::FORBIDDEN,
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Conflict(_) => StatusCode::CONFLICT,
        Error::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        Error::Stale(_) | Error::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        match self.status() {
            StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"Platbook\", Bearer"));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        // The layer `problems` finds it here and adds the id of the request.
        response.extensions_mut().insert(self);
        response
    }
}

/// The answer to a request that a middleware refuses.
pub fn refuse(error: Error) -> Response {
    Problem::from(error).into_response()
}
