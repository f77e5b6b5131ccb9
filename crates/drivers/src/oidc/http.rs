//! Requests to a provider.

use std::time::Duration;

use futures_util::future::BoxFuture;
use kernel::{Error, Result};
use openidconnect::{HttpRequest, HttpResponse, http};
use reqwest::{Client, Url, redirect::Policy};

use crate::is_loopback;

/// The largest answer, in bytes: 256 KiB. Discovery documents and key sets have some 5 KiB.
const LARGEST: usize = 256 * 1024;

/// Asks a provider. It follows no redirect: nothing that a provider answers is allowed to.
#[derive(Debug, Clone)]
pub(super) struct Http {
    client: Client,
}

/// Why there was no usable answer, as the end of a sentence that begins with the provider.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Failure(String);

impl Http {
    /// For this provider, and for not longer than this a request.
    pub(super) fn new(issuer: &Url, patience: Duration) -> Result<Self> {
        // Fails when the program has chosen a provider before us: that one is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(concat!("platbook/", env!("CARGO_PKG_VERSION")))
            .timeout(patience)
            .redirect(Policy::none());
        // The certificates of the system need not be read, nor be there at all, when none is shown.
        let client =
            if issuer.scheme() == "http" { client.no_proxy().tls_certs_only([]).build() } else { client.build() };
        let client = client.map_err(|error| {
            Error::conflict(format!("The provider {issuer} can't be asked from this machine: {error}."))
        })?;
        Ok(Self { client })
    }

    /// What sends requests for `openidconnect`.
    pub(super) fn sender(&self) -> impl Fn(HttpRequest) -> BoxFuture<'static, Result<HttpResponse, Failure>> + use<> {
        let http = self.clone();
        move |request| {
            let http = http.clone();
            Box::pin(async move { http.send(request).await })
        }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        let request = reqwest::Request::try_from(request).map_err(|_| Failure("names a place that is none".into()))?;
        // A provider could name other places than its own, too.
        if !is_safe(request.url()) {
            return Err(Failure("names a place that is not https://".into()));
        }
        let mut answer = self.client.execute(request).await.map_err(|error| silent(&error))?;
        let mut body = Vec::new();
        let status = answer.status();
        let headers = std::mem::take(answer.headers_mut());
        while let Some(piece) = answer.chunk().await.map_err(|error| silent(&error))? {
            if body.len() + piece.len() > LARGEST {
                return Err(Failure("answers with more than 256 KiB".into()));
            }
            body.extend_from_slice(&piece);
        }
        let mut response = http::Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

fn silent(error: &reqwest::Error) -> Failure {
    Failure(match error {
        _ if error.is_timeout() => "takes too long".into(),
        _ if error.is_connect() => "can't be reached".into(),
        _ => "breaks the connection off".into(),
    })
}

/// Whether secrets may be sent there: encrypted, or on this machine.
pub(super) fn is_safe(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}
