//! A server that expects certain requests in a certain order, and nothing else.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// The token that commands of the tests carry unless they say otherwise.
pub(crate) const TOKEN: &str = "plat_0123456789";

/// A request that must come, and the answer to it.
pub(crate) struct Exchange {
    method: Method,
    target: String,
    authorization: Option<String>,
    body: Wanted,
    status: StatusCode,
    answer: Reply,
    link: Option<String>,
    kind: Option<&'static str>,
}

enum Wanted {
    Nothing,
    Json(Value),
    Text(String, &'static str),
}

enum Reply {
    Text(String),
    /// The connection breaks in the middle of the answer.
    Broken,
}

/// A request; by itself it has no body and is answered with 200 and nothing.
pub(crate) fn expect(method: &str, target: &str) -> Exchange {
    Exchange {
        method: method.parse().unwrap(),
        target: format!("/api/v2{target}"),
        authorization: Some(format!("Bearer {TOKEN}")),
        body: Wanted::Nothing,
        status: StatusCode::OK,
        answer: Reply::Text(String::new()),
        link: None,
        kind: None,
    }
}

impl Exchange {
    /// The JSON that must be in the body.
    pub(crate) fn json(self, body: Value) -> Self {
        Self { body: Wanted::Json(body), ..self }
    }

    /// The text that must be in the body, and its media type.
    pub(crate) fn text(self, body: &str, media: &'static str) -> Self {
        Self { body: Wanted::Text(body.to_owned(), media), ..self }
    }

    /// The `Authorization` header that must be there, or must not.
    pub(crate) fn authorization(self, value: Option<&str>) -> Self {
        Self { authorization: value.map(str::to_owned), ..self }
    }

    pub(crate) fn answers(self, answer: &Value) -> Self {
        self.says(200, &answer.to_string())
    }

    pub(crate) fn says(self, status: u16, text: &str) -> Self {
        Self { status: StatusCode::from_u16(status).unwrap(), answer: Reply::Text(text.to_owned()), ..self }
    }

    /// Answers with a problem document.
    pub(crate) fn refuses(self, status: u16, detail: &str, errors: &[(&str, &str)]) -> Self {
        let errors: Vec<Value> =
            errors.iter().map(|(field, detail)| json!({ "field": field, "detail": detail })).collect();
        let problem = json!({
            "type": "about:blank", "title": "No", "status": status, "detail": detail, "instance": "4f1c2a", "errors": errors,
        });
        self.says(status, &problem.to_string())
    }

    pub(crate) fn breaks(self) -> Self {
        Self { answer: Reply::Broken, ..self }
    }

    /// The media type of the answer.
    pub(crate) fn kind(self, kind: &'static str) -> Self {
        Self { kind: Some(kind), ..self }
    }

    pub(crate) fn link(self, link: &str) -> Self {
        Self { link: Some(link.to_owned()), ..self }
    }
}

#[derive(Default)]
struct Script {
    to_come: VecDeque<Exchange>,
    wrong: Vec<String>,
    keys: Vec<String>,
}

/// The server, and what it has seen.
pub(crate) struct Server {
    pub(crate) url: String,
    script: Arc<Mutex<Script>>,
}

impl Server {
    pub(crate) async fn expecting(exchanges: impl IntoIterator<Item = Exchange>) -> Self {
        let script = Script { to_come: exchanges.into_iter().collect(), ..Script::default() };
        let script = Arc::new(Mutex::new(script));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&script));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, script }
    }

    /// Fails unless everything came as it had to. Returns the names of the writes.
    pub(crate) fn satisfied(self) -> Vec<String> {
        let script = self.script.lock().unwrap();
        assert_eq!(script.wrong, [""; 0], "requests came that were not expected");
        assert!(script.to_come.is_empty(), "{} requests did not come", script.to_come.len());
        script.keys.clone()
    }
}

async fn answer(
    State(script): State<Arc<Mutex<Script>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut script = script.lock().unwrap();
    let got = format!("{method} {uri}");
    let Some(exchange) = script.to_come.pop_front() else {
        script.wrong.push(format!("{got} came after the end"));
        return StatusCode::IM_A_TEAPOT.into_response();
    };
    if let Some(wrong) = exchange.misfit(&got, &headers, &body) {
        script.wrong.push(wrong);
        return StatusCode::IM_A_TEAPOT.into_response();
    }
    if let Some(key) = headers.get("Idempotency-Key") {
        script.keys.push(key.to_str().unwrap().to_owned());
    }
    exchange.reply()
}

impl Exchange {
    /// What is wrong with a request.
    fn misfit(&self, got: &str, headers: &HeaderMap, body: &[u8]) -> Option<String> {
        let Self { method, target, .. } = self;
        let header = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        if got != format!("{method} {target}") {
            return Some(format!("{got} came instead of {method} {target}"));
        }
        if header(header::AUTHORIZATION) != self.authorization {
            return Some(format!("{got} is signed in with {:?}", header(header::AUTHORIZATION)));
        }
        if headers.contains_key("Idempotency-Key") == method.is_safe() {
            return Some(format!("{got}: a write has a name, a read has none"));
        }
        let (wanted, media) = match &self.body {
            Wanted::Nothing => (String::new(), None),
            Wanted::Json(wanted) => {
                let sent: Value = serde_json::from_slice(body).unwrap_or_default();
                if sent == *wanted {
                    return None;
                }
                (wanted.to_string(), Some("application/json"))
            }
            Wanted::Text(wanted, media) => (wanted.clone(), Some(*media)),
        };
        let sent = String::from_utf8_lossy(body);
        if sent != wanted || header(header::CONTENT_TYPE).as_deref() != media {
            return Some(format!("{got} sends {sent} as {:?}", header(header::CONTENT_TYPE)));
        }
        None
    }

    fn reply(self) -> Response {
        let body = match self.answer {
            Reply::Text(text) => Body::from(text),
            Reply::Broken => {
                let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
                Body::from_stream(futures_util::stream::iter([Ok(Bytes::from_static(b"{")), Err(broken)]))
            }
        };
        let mut response = (self.status, body).into_response();
        if let Some(kind) = self.kind {
            response.headers_mut().insert(header::CONTENT_TYPE, kind.parse().unwrap());
        }
        if let Some(link) = self.link {
            response.headers_mut().insert(header::LINK, link.parse().unwrap());
        }
        response
    }
}
