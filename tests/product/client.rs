//! A client of API v2, signed in as the first administrator.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use crate::{Server, server::PASSWORD};

/// How long an answer may take: far longer than any does.
const PATIENCE: Duration = Duration::from_mins(1);

/// A client of one server.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
}

/// What a server has answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The body; null when there is none.
    pub body: Value,
}

/// No answer came: nobody knows whether the request was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost;

impl Client {
    /// Of this server.
    pub fn of(server: &Server) -> Self {
        // One provider of cryptography for the process; an error says that it is there already.
        rustls::crypto::ring::default_provider().install_default().ok();
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        Self { http, url: server.url.clone() }
    }

    /// Asks for something. A key makes it harmless to ask again.
    pub async fn ask(&self, method: Method, path: &str, body: Value, key: Option<&str>) -> Result<Reply, Lost> {
        let mut request = self.http.request(method, format!("{}/api/v2{path}", self.url));
        request = request.basic_auth("admin", Some(PASSWORD));
        if !body.is_null() {
            request = request.json(&body);
        }
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let response = request.send().await.map_err(|_| Lost)?;
        let status = response.status().as_u16();
        let text = response.text().await.map_err(|_| Lost)?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        assert!(status != 500, "{path}: {body}");
        Ok(Reply { status, body })
    }

    /// Asks for something that a server in good health does.
    pub async fn done(&self, method: Method, path: &str, body: Value) -> Value {
        match self.ask(method, path, body, None).await {
            Ok(Reply { status: 200..300, body }) => body,
            refused => panic!("{path}: {refused:?}"),
        }
    }

    /// All blocks that meet the conditions of a query.
    pub async fn blocks(&self, query: &str) -> Vec<Value> {
        let mut blocks = Vec::new();
        loop {
            let path = format!("/ipam/netblocks?{query}&limit=1000&offset={}", blocks.len());
            let Value::Array(page) = self.done(Method::GET, &path, Value::Null).await else {
                panic!("{path}: no list")
            };
            let last = page.len() < 1000;
            blocks.extend(page);
            if last {
                return blocks;
            }
        }
    }
}
