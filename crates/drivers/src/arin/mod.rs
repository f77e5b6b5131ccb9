//! ARIN's registration service (Reg-RWS): XML over HTTP, with a key in a header. What it lacks, a search for customers,
//! is asked of ARIN's public directory by RDAP (RFC 9082, 3.2.3).

mod directory;
mod payload;
mod xml;

use std::{sync::Arc, time::Duration};

use access::Hidden;
use futures_util::future::BoxFuture;
use kernel::{Error, Result};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use registry::arin::{Arin, Call, Exchange, Rendered, Trouble};
use reqwest::{
    Client, Method, StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue},
    redirect::Policy,
};

use crate::is_loopback;

/// Where ARIN takes registrations.
pub const REGISTRATION: &str = "https://reg.arin.net/";
/// Where ARIN shows them.
pub const DIRECTORY: &str = "https://rdap.arin.net/registry/";

/// How long a call may take from the first byte sent to the last one received.
const PATIENCE: Duration = Duration::from_secs(30);
/// The largest answer, in bytes: 1 MiB.
const LARGEST: usize = 1024 * 1024;
/// What a segment of a path may hold as it is (RFC 3986, 2.3).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// ARIN at an address.
#[derive(Debug, Clone)]
pub struct ArinService {
    registration: Arc<Url>,
    directory: Arc<Url>,
    patience: Duration,
}

impl ArinService {
    /// The service that answers below these addresses. They must be `https`, or lie on this machine.
    pub fn new(registration: &str, directory: &str) -> Result<Self> {
        Self::with_patience(registration, directory, PATIENCE)
    }

    /// The same, for tests that do not want to wait.
    pub fn with_patience(registration: &str, directory: &str, patience: Duration) -> Result<Self> {
        Ok(Self { registration: Arc::new(base(registration)?), directory: Arc::new(base(directory)?), patience })
    }

    async fn call(&self, key: &Hidden<String>, call: &Call) -> Exchange {
        let sent = self.render(call);
        let at_directory = matches!(call, Call::CustomersNamed(_));
        let base = if at_directory { &self.directory } else { &self.registration };
        let not_sent = |sent: Rendered, why: String| Exchange {
            sent,
            status: None,
            response: None,
            outcome: Err(Trouble::NotSent(why)),
        };
        let (url, http) = match (base.join(&sent.path), client(base, self.patience)) {
            (Ok(url), Ok(http)) => (url, http),
            (Err(error), _) => return not_sent(sent, error.to_string()),
            (_, Err(error)) => return not_sent(sent, format!("ARIN can't be asked from this machine: {error}.")),
        };
        let method = Method::from_bytes(sent.method.as_bytes()).unwrap_or_default();
        let mut request = http.request(method, url);
        if at_directory {
            request = request.header(ACCEPT, "application/rdap+json");
        } else {
            let Ok(mut value) = HeaderValue::try_from(format!("ApiKey {}", key.0)) else {
                return not_sent(sent, "The API key can't stand in a header.".to_owned());
            };
            value.set_sensitive(true);
            request = request.header(ACCEPT, "application/xml").header(AUTHORIZATION, value);
        }
        if let Some(body) = &sent.body {
            request = request.header(CONTENT_TYPE, "application/xml").body(body.clone());
        }
        match request.send().await {
            Err(error) if error.is_connect() || error.is_builder() => {
                not_sent(sent, format!("ARIN does not answer at {base}: no connection."))
            }
            Err(error) => {
                let why = if error.is_timeout() { "it takes too long" } else { "the connection broke" };
                let outcome = Err(Trouble::Lost(format!("ARIN does not answer at {base}: {why}.")));
                Exchange { sent, status: None, response: None, outcome }
            }
            Ok(response) => self.answer(call, sent, response, key).await,
        }
    }

    async fn answer(
        &self,
        call: &Call,
        sent: Rendered,
        mut response: reqwest::Response,
        key: &Hidden<String>,
    ) -> Exchange {
        let status = response.status();
        let mut body = Vec::new();
        let mut whole = true;
        loop {
            match response.chunk().await {
                Ok(Some(piece)) if body.len() + piece.len() <= LARGEST => body.extend_from_slice(&piece),
                Ok(None) => break,
                Ok(Some(_)) | Err(_) => {
                    whole = false;
                    break;
                }
            }
        }
        let text = String::from_utf8_lossy(&body).replace(key.0.as_str(), "(secret)");
        let outcome = if whole { read(call, status, &text) } else { Err(lost("breaks off, or is too large")) };
        Exchange { sent, status: Some(status.as_u16()), response: Some(text), outcome }
    }
}

/// What an answer means for a call.
fn read(call: &Call, status: StatusCode, body: &str) -> Result<registry::arin::Reply, Trouble> {
    let says = payload::refusal(body).unwrap_or_else(|| format!("ARIN answers {status}."));
    match status {
        StatusCode::OK if matches!(call, Call::CustomersNamed(_)) => directory::customers(body).map_err(|w| lost(&w)),
        StatusCode::OK => payload::reply(body).map_err(|why| lost(&why)),
        StatusCode::NOT_FOUND if matches!(call, Call::CustomersNamed(_)) => {
            Ok(registry::arin::Reply::Customers(Vec::new()))
        }
        StatusCode::NOT_FOUND => Err(Trouble::Absent(says)),
        StatusCode::TOO_MANY_REQUESTS => Err(Trouble::NotSent(format!("ARIN has no time now: {says}"))),
        // It may have failed before or after it did what was asked.
        status if status.is_server_error() => Err(Trouble::Lost(format!("ARIN failed: {says}"))),
        status if status.is_client_error() => Err(Trouble::Refused(says)),
        _ => Err(lost(&format!("is no answer: {status}"))),
    }
}

fn lost(why: &str) -> Trouble {
    Trouble::Lost(format!("The answer of ARIN {why}."))
}

impl Arin for ArinService {
    fn render(&self, call: &Call) -> Rendered {
        let (method, path, body) = match call {
            Call::MostSpecificNet(prefix) => {
                let path = format!("net/mostSpecificNet/{}/{}", prefix.first_address(), prefix.last_address());
                ("GET", path, None)
            }
            Call::Net(handle) => ("GET", format!("net/{}", escaped(handle)), None),
            Call::Customer(handle) => ("GET", format!("customer/{}", escaped(handle)), None),
            Call::Org(handle) => ("GET", format!("org/{}", escaped(handle)), None),
            Call::Ticket(number) => ("GET", format!("ticket/{}/summary", escaped(number)), None),
            Call::CustomersNamed(name) => {
                return Rendered { method: "GET", path: format!("entities?fn={}", escaped(name)), body: None };
            }
            Call::CreateCustomer { parent, customer } => {
                ("POST", format!("net/{}/customer", escaped(parent)), Some(payload::customer(customer)))
            }
            Call::Reassign { parent, net } => {
                ("PUT", format!("net/{}/reassign", escaped(parent)), Some(payload::net(parent, net, "S")))
            }
            Call::Reallocate { parent, net } => {
                ("PUT", format!("net/{}/reallocate", escaped(parent)), Some(payload::net(parent, net, "A")))
            }
            Call::RemoveNet(handle) => ("DELETE", format!("net/{}", escaped(handle)), None),
            Call::RemoveCustomer(handle) => ("DELETE", format!("customer/{}", escaped(handle)), None),
        };
        Rendered { method, path: format!("rest/{path}"), body: body.map(|body| body.to_document()) }
    }

    fn send<'a>(&'a self, key: &'a Hidden<String>, call: &'a Call) -> BoxFuture<'a, Exchange> {
        Box::pin(self.call(key, call))
    }
}

fn escaped(text: &str) -> impl std::fmt::Display {
    utf8_percent_encode(text, ESCAPED)
}

/// The address of a service, below which everything is asked.
fn base(address: &str) -> Result<Url> {
    let wrong = |why: &str| Error::invalid("arin", format!("the address {address} {why}"));
    let mut url = Url::parse(address).map_err(|_| wrong("is no URL"))?;
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
        return Err(wrong("must begin with https://"));
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("may have neither a user nor anything behind the path"));
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

/// A client that goes nowhere else: a write that is redirected would be sent twice.
fn client(base: &Url, patience: Duration) -> reqwest::Result<Client> {
    // Fails when the program has chosen a provider before us: that one is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .user_agent(concat!("platbook/", env!("CARGO_PKG_VERSION")))
        .timeout(patience)
        .connect_timeout(patience)
        .pool_max_idle_per_host(0)
        .redirect(Policy::none());
    if base.scheme() == "http" { client.no_proxy().tls_certs_only([]).build() } else { client.build() }
}
