//! A registry that answers by RDAP, on loopback. It knows what a test tells it, and takes nothing but what the standard
//! allows (RFC 7480, RFC 9082), so that a driver that works here works elsewhere.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

/// What it says of a handle.
#[derive(Debug, Clone)]
pub enum Answer {
    /// An entity.
    Entity(Value),
    /// A body of this media type.
    Text(&'static str, String),
    /// Nothing but a status.
    Status(u16),
    /// That the answer is at this place.
    Redirect(String),
    /// A body without an end.
    Endless,
    /// The beginning of a body, and then nothing for ever.
    Silence,
}

/// A running registry; it stops with this value.
#[derive(Debug)]
pub struct Registry {
    port: u16,
    state: Known,
    task: JoinHandle<()>,
}

/// Answers by handle, and the handles that were asked for.
type Known = Arc<Mutex<(HashMap<String, Answer>, Vec<String>)>>;

impl Registry {
    /// Starts one.
    pub async fn start() -> Self {
        let state = Known::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap_or_else(|error| panic!("no port: {error}"));
        let port = listener.local_addr().unwrap_or_else(|error| panic!("no port: {error}")).port();
        let router = Router::new().route("/registry/entity/{handle}", get(entity)).with_state(state.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap_or_default() });
        Self { port, state, task }
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/registry/", self.port)
    }

    /// Tells it what to say of a handle.
    pub fn answers(&self, handle: &str, answer: Answer) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0.insert(handle.to_owned(), answer);
    }

    /// The handles for which it was asked, in order.
    pub fn asked(&self) -> Vec<String> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// An entity with a card, as the registries send it.
    pub fn entity(handle: &str, name: &str, email: &str) -> Answer {
        let card = json!([
            ["version", {}, "text", "4.0"],
            ["fn", {}, "text", name],
            ["kind", {}, "text", "group"],
            ["adr", {"label": "Street 1\nTown"}, "text", ["", "", "", "", "", "", ""]],
            ["tel", {"type": ["work", "voice"]}, "text", "+1-555-0100"],
            ["email", {}, "text", email]
        ]);
        Answer::Entity(json!({
            "rdapConformance": ["rdap_level_0"], "objectClassName": "entity", "handle": handle,
            "vcardArray": ["vcard", card], "remarks": [{"title": "Hours", "description": ["By day."]}]
        }))
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn entity(
    State(state): State<Known>,
    Path(handle): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if query.is_some() || headers.get(header::ACCEPT).is_none_or(|accept| accept != "application/rdap+json") {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let answer = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.1.push(handle.clone());
        state.0.get(&handle).cloned()
    };
    let rdap = |status: StatusCode, body: Body| (status, [(header::CONTENT_TYPE, "application/rdap+json")], body);
    let piece = || Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 1024]));
    match answer {
        None => {
            let error = json!({"rdapConformance": ["rdap_level_0"], "errorCode": 404, "title": "Not found"});
            rdap(StatusCode::NOT_FOUND, error.to_string().into()).into_response()
        }
        Some(Answer::Entity(entity)) => rdap(StatusCode::OK, entity.to_string().into()).into_response(),
        Some(Answer::Text(kind, body)) => ([(header::CONTENT_TYPE, kind)], body).into_response(),
        Some(Answer::Status(status)) => {
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response()
        }
        Some(Answer::Redirect(to)) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        Some(Answer::Endless) => rdap(StatusCode::OK, Body::from_stream(stream::repeat_with(piece))).into_response(),
        Some(Answer::Silence) => {
            let silence = stream::unfold(false, move |said| async move {
                if said {
                    std::future::pending::<()>().await;
                }
                Some((piece(), true))
            });
            rdap(StatusCode::OK, Body::from_stream(silence)).into_response()
        }
    }
}
