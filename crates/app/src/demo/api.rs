//! A client of the demo's own server.

use std::path::Path;

use anyhow::Context as _;
use reqwest::{Certificate, Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;

/// The API v2 of a server.
pub(super) struct Api {
    http: Client,
    server: String,
    user: String,
    password: String,
}

impl Api {
    /// A client that signs in with this name and password, and trusts this certificate only.
    pub(super) fn new(server: &str, user: &str, password: &str, trusted: Option<&Path>) -> anyhow::Result<Self> {
        let trusted = match trusted {
            Some(file) => Certificate::from_pem_bundle(&std::fs::read(file)?)?,
            None => Vec::new(),
        };
        let http = Client::builder().no_proxy().tls_certs_only(trusted).build()?;
        // An address that stands for all of them can be listened at, but not gone to.
        let server = server.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
        Ok(Self { http, server, user: user.to_owned(), password: password.to_owned() })
    }

    /// The whole address of a path.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}/api/v2{path}", self.server)
    }

    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        Ok(self.send(Method::GET, path, |request| request).await?.1)
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        Ok(self.send(Method::POST, path, |request| request.json(body)).await?.1)
    }

    /// Answers with the status as well.
    pub(super) async fn put(&self, path: &str, body: &Value) -> anyhow::Result<(StatusCode, Value)> {
        self.send(Method::PUT, path, |request| request.json(body)).await
    }

    /// Sends a file as it is.
    pub(super) async fn upload(&self, path: &str, text: &'static str) -> anyhow::Result<Value> {
        Ok(self.send(Method::POST, path, |request| request.body(text)).await?.1)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        with: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> anyhow::Result<(StatusCode, Value)> {
        let what = format!("{method} {path}");
        let request = self.http.request(method, self.url(path)).basic_auth(&self.user, Some(&self.password));
        let response = with(request).send().await.with_context(|| format!("{what} got no answer"))?;
        let (status, text) = (response.status(), response.text().await?);
        if !status.is_success() {
            anyhow::bail!("{what} was answered with {status}: {text}");
        }
        let answer = serde_json::from_str(&text).with_context(|| format!("{what} was not answered in JSON"))?;
        Ok((status, answer))
    }
}
