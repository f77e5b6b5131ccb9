//! A browser: it keeps the cookie that a sign-in has set, and its page knows the CSRF token.

use axum::{
    body::Body,
    http::{Request, header::COOKIE},
};
use serde_json::{Value, json};

use crate::door::{Door, PASSWORD, Said};

pub(crate) struct Browser<'a> {
    door: &'a Door,
    pub(crate) cookie: String,
    pub(crate) csrf_token: String,
    pub(crate) id: i64,
}

impl<'a> Browser<'a> {
    /// Signs in with [`PASSWORD`].
    pub(crate) async fn of(door: &'a Door, name: &str) -> Self {
        Self::opened(door, &sign_in(door, json!({"username": name, "password": PASSWORD})).await)
    }

    /// With the session that this answer has opened.
    pub(crate) fn opened(door: &'a Door, said: &Said) -> Self {
        assert_eq!(said.status, 201, "{}", said.text);
        let cookie = said.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let json = said.json();
        let csrf_token = json["csrf_token"].as_str().unwrap().to_owned();
        Self { door, cookie, csrf_token, id: json["session"]["id"].as_i64().unwrap() }
    }

    pub(crate) async fn get(&self, path: &str) -> Said {
        self.send("GET", &format!("/api/v2{path}"), None, Value::Null).await
    }

    /// As the page does it.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Value) -> Said {
        self.send(method, &format!("/api/v2{path}"), Some(&self.csrf_token), body).await
    }

    pub(crate) async fn send(&self, method: &str, uri: &str, csrf_token: Option<&str>, body: Value) -> Said {
        let request = Request::builder().method(method).uri(uri).header(COOKIE, format!("theme=dark; {}", self.cookie));
        let request = match csrf_token {
            Some(token) => request.header("X-CSRF-Token", token),
            None => request,
        };
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.door.send(request.header("content-type", "application/json").body(body).unwrap()).await
    }
}

/// What `POST /sessions` says.
pub(crate) async fn sign_in(door: &Door, body: Value) -> Said {
    post(door, "/sessions", body).await
}

/// A request without credentials.
pub(crate) async fn post(door: &Door, path: &str, body: Value) -> Said {
    let request = Request::post(format!("/api/v2{path}")).header("content-type", "application/json");
    let request = request.header("user-agent", "Mozilla/5.0 (test)");
    door.send(request.body(Body::from(body.to_string())).unwrap()).await
}
